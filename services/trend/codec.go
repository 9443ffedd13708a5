package trend

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/forewarn/forewarn/models/calibration"
	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/chunk"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/signal"
	"github.com/forewarn/forewarn/shared/wire"
)

// Versions of a snapshot, raised with whatever in it changes its form. In those of the second signals are JSON.
const (
	snapshotVersionJSON = 2
	snapshotVersion     = 3
)

// Snapshot writes the state: a version byte, the worker's times, its score as JSON, then per signal, in the order of the
// keys, a message of [wire], each behind its length. Equal states give equal bytes.
func (w *Worker) Snapshot(out io.Writer) error {
	score, err := json.Marshal(w.score())
	if err != nil {
		return fmt.Errorf("encode score: %w", err)
	}
	message := binary.AppendVarint([]byte{snapshotVersion}, w.now.UnixMilli())
	message = chunk.Append(binary.AppendVarint(message, w.awake.UnixMilli()), score)
	_, err = out.Write(message)
	for _, s := range w.sorted() {
		if err == nil {
			message, err = wire.Append(message[:0], &portrait{kept: &s.kept, model: s.model, foretold: &s.foretold})
		}
		if err == nil {
			err = chunk.Write(out, message)
		}
		if err != nil {
			return fmt.Errorf("encode signal %s: %w", s.Key, err)
		}
	}
	return err
}

// score is what a snapshot holds beside signals: of the worker's own predictions, and of what runs where.
type score struct {
	// Basis and Table are those in force; no table is the prior of the release.
	Basis   string             `json:"basis"`
	Table   *calibration.Table `json:"table,omitempty"`
	Settled int64              `json:"settled"` // Unix ms
	Tally   tally              `json:"tally"`
	// Digested and Names are as in Worker, whatever the basis.
	Digested int64              `json:"digested"`
	Names    map[string]*naming `json:"names,omitempty"`
	// Relations are what series say of what rests on what.
	Relations *relationsKept `json:"relations,omitempty"`
}

func (w *Worker) score() *score {
	s := &score{Basis: w.prior.Basis, Settled: w.settled.UnixMilli(), Tally: w.tally, Digested: w.digested, Names: w.names, Relations: w.relations.kept()}
	if w.table != w.prior.Table {
		s.Table = w.table
	}
	return s
}

// keep takes over a score. What was learned and counted of other models' predictions does not hold for these.
func (w *Worker) keep(data []byte) error {
	s := score{Tally: newTally(), Names: w.names}
	if err := json.Unmarshal(data, &s); err != nil {
		return fmt.Errorf("decode score: %w", err)
	}
	w.settled, w.digested = time.UnixMilli(s.Settled).UTC(), s.Digested
	w.relations = s.Relations.restore()
	for key, n := range s.Names {
		if n == nil {
			return fmt.Errorf("name %q says nothing", key)
		}
	}
	if s.Basis != w.prior.Basis {
		return nil
	}
	if s.Tally.Raw == nil || s.Tally.Told == nil {
		return errors.New("score lacks a ledger")
	}
	w.tally = s.Tally
	if s.Table != nil {
		w.table = s.Table
	}
	return nil
}

// Restore replaces the state by what Snapshot returned. A signal whose rule is gone or changed is left out, to be
// learned anew; damaged bytes are an error, and then the worker is empty.
func (w *Worker) Restore(state []byte) error {
	fresh := NewWorker(w.cfg, w.cat, w.cal)
	err := fresh.fill(state)
	if err != nil {
		fresh = NewWorker(w.cfg, w.cat, w.cal)
	}
	*w = *fresh
	return err
}

func (w *Worker) fill(b []byte) error {
	if len(b) > 0 && b[0] > snapshotVersion && b[0] != '{' { // the very first ones were JSON
		return fmt.Errorf("trend snapshot is of version %d, this release reads up to %d: %w", b[0], snapshotVersion, bus.ErrNewer)
	}
	if len(b) == 0 || b[0] != snapshotVersion && b[0] != snapshotVersionJSON {
		return fmt.Errorf("trend snapshot is not of version %d or %d", snapshotVersionJSON, snapshotVersion)
	}
	cut := w.cut
	if b[0] == snapshotVersionJSON {
		cut = w.cutJSON
	}
	var err error
	if w.now, b, err = cutTime(b[1:]); err != nil {
		return err
	}
	if w.awake, b, err = cutTime(b); err != nil {
		return err
	}
	w.turn()
	var score []byte
	if score, b, err = chunk.Cut(b); err != nil {
		return err
	}
	if err := w.keep(score); err != nil {
		return err
	}
	for len(b) > 0 && err == nil {
		b, err = cut(b)
	}
	return err
}

// restore takes over a signal.
func (w *Worker) restore(k kept, model, foretold []byte) {
	s, err := restored(k, w.cat)
	if err == nil {
		err = s.model.UnmarshalBinary(model)
	}
	if err == nil {
		err = s.foretold.UnmarshalBinary(foretold)
	}
	if err != nil { // the rest is as good as it was; this one is learned anew. It is counted, and said where people wait for an end
		w.forget(k)
		return
	}
	s.forecast(w.days, w.table)
	w.signals[k.Key] = s
}

// forget counts a signal that cannot be taken over, and ends its episode.
func (w *Worker) forget(k kept) {
	w.stats.Forgotten++
	if k.Episode.ID == "" {
		return
	}
	s := &tracked{rule: &signal.Rule{Title: i18n.Text{En: "No longer watched", Zh: "不再监控"}}, kept: k}
	f := s.finding(finding.Resolved, k.Episode.Severity, w.now.UTC())
	f.Outcome = s.Episode.outcome(finding.Resolved, finding.Unknown, w.now.UnixMilli())
	f.Message = sayOrphaned(f.Entity.Name)
	w.orphans = append(w.orphans, f)
}

func cutTime(b []byte) (time.Time, []byte, error) {
	millis, width := binary.Varint(b)
	if width <= 0 {
		return time.Time{}, nil, chunk.ErrCut
	}
	return time.UnixMilli(millis), b[width:], nil
}
