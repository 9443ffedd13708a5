package trend

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/signal"
)

// snapshotVersion changes with the layout of a snapshot.
const snapshotVersion = 1

// Snapshot returns the state: a version byte, the worker's times, then per signal, in the order of the keys, its
// JSON and its model, each behind its length. Equal states give equal bytes.
func (w *Worker) Snapshot() ([]byte, error) {
	b := binary.AppendVarint(binary.AppendVarint([]byte{snapshotVersion}, w.now.UnixMilli()), w.awake.UnixMilli())
	for _, key := range w.sorted() {
		s := w.signals[key]
		meta, err := json.Marshal(&s.kept)
		if err != nil {
			return nil, fmt.Errorf("encode signal %s: %w", key, err)
		}
		model, err := s.model.AppendBinary(nil)
		if err != nil {
			return nil, fmt.Errorf("encode model of %s: %w", key, err)
		}
		b = appendChunk(appendChunk(b, meta), model)
	}
	return b, nil
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
	if len(b) == 0 || b[0] != snapshotVersion {
		return fmt.Errorf("trend snapshot is not of version %d", snapshotVersion)
	}
	var err error
	if w.now, b, err = cutTime(b[1:]); err != nil {
		return err
	}
	if w.awake, b, err = cutTime(b); err != nil {
		return err
	}
	w.turn()
	for len(b) > 0 {
		var meta, model []byte
		var err error
		if meta, b, err = cutChunk(b); err != nil {
			return err
		}
		if model, b, err = cutChunk(b); err != nil {
			return err
		}
		if err := w.restore(meta, model); err != nil {
			return err
		}
	}
	return nil
}

func (w *Worker) restore(meta, model []byte) error {
	var k kept
	if err := json.Unmarshal(meta, &k); err != nil {
		return fmt.Errorf("decode signal: %w", err)
	}
	s, err := restored(k, w.cat)
	if err == nil {
		err = s.model.UnmarshalBinary(model)
	}
	if err != nil { // the rest is as good as it was; this one is learned anew
		w.forget(k)
		return nil //nolint:nilerr // counted, and said where people wait for an end
	}
	s.last, s.leak = s.model.judge(w.days)
	w.signals[k.Key] = s
	return nil
}

// forget counts a signal that cannot be taken over, and ends its episode.
func (w *Worker) forget(k kept) {
	w.stats.Forgotten++
	if k.Episode.ID == "" {
		return
	}
	s := &tracked{rule: &signal.Rule{Title: i18n.Text{En: "No longer watched", Zh: "不再监控"}}, kept: k}
	f := s.finding(finding.Resolved, k.Episode.Severity, w.now.UTC())
	f.Message = sayOrphaned(k.Entity.Name)
	w.orphans = append(w.orphans, f)
}

func cutTime(b []byte) (time.Time, []byte, error) {
	millis, width := binary.Varint(b)
	if width <= 0 {
		return time.Time{}, nil, errCut
	}
	return time.UnixMilli(millis), b[width:], nil
}

func appendChunk(b, chunk []byte) []byte {
	return append(binary.AppendUvarint(b, uint64(len(chunk))), chunk...)
}

var errCut = errors.New("trend snapshot is cut short")

func cutChunk(b []byte) (chunk, rest []byte, err error) {
	n, width := binary.Uvarint(b)
	if width <= 0 || n > uint64(len(b)-width) {
		return nil, nil, errCut
	}
	return b[width : width+int(n)], b[width+int(n):], nil
}
