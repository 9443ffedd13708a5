package anomaly

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"time"

	"github.com/forewarn/forewarn/shared/chunk"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/signal"
)

// watcherVersion changes with the layout of a watcher's snapshot.
const watcherVersion = 1

// Snapshot returns the state: a version byte, the time in Unix milliseconds, then of each that is watched, in the order of the
// keys, its JSON and its baseline, both behind their lengths. Equal states give equal bytes.
func (w *Watcher) Snapshot() ([]byte, error) {
	b := binary.AppendVarint([]byte{watcherVersion}, w.now.UnixMilli())
	for _, s := range w.sorted() {
		meta, err := json.Marshal(&s.kept)
		if err != nil {
			return nil, fmt.Errorf("encode what is watched as %s: %w", s.Key, err)
		}
		learned, err := s.habit.AppendBinary(nil)
		if err != nil {
			return nil, fmt.Errorf("encode the baseline of %s: %w", s.Key, err)
		}
		b = chunk.Append(chunk.Append(b, meta), learned)
	}
	return b, nil
}

// Restore replaces the state by what Snapshot returned. What no rule of kind behaviour or count reads any more, or reads otherwise, is
// left out and counted; damaged bytes are an error, and then the watcher has learned nothing.
func (w *Watcher) Restore(state []byte) error {
	w.reset()
	err := w.fill(state)
	if err != nil {
		w.reset()
	}
	return err
}

func (w *Watcher) reset() {
	clear(w.watched)
	clear(w.roots)
	clear(w.bindings)
	w.now, w.order, w.orphans = time.Time{}, nil, nil
}

func (w *Watcher) fill(b []byte) error {
	if len(b) == 0 || b[0] != watcherVersion {
		return fmt.Errorf("anomaly's snapshot of metrics is not of version %d", watcherVersion)
	}
	now, width := binary.Varint(b[1:])
	if width <= 0 {
		return chunk.ErrCut
	}
	w.now, b = time.UnixMilli(now), b[1+width:]
	for len(b) > 0 {
		meta, rest, err := chunk.Cut(b)
		if err != nil {
			return err
		}
		learned, rest, err := chunk.Cut(rest)
		if err != nil {
			return err
		}
		if err := w.restore(meta, learned); err != nil {
			return err
		}
		b = rest
	}
	return nil
}

// restore takes over one that was watched.
func (w *Watcher) restore(meta, learned []byte) error {
	var k kept
	if err := json.Unmarshal(meta, &k); err != nil {
		return fmt.Errorf("decode what was watched: %w", err)
	}
	if _, twice := w.watched[k.Key]; twice || k.Key == "" || k.Episode != "" && k.Severity.Rank() == 0 {
		return fmt.Errorf("what was watched as %q is there twice, or lacks its key or severity", k.Key)
	}
	r, ok := w.cat.Rule(k.Rule)
	if !ok || !judged(r) || r.Unit != k.Unit || r.Least != k.Least || !k.Resume(r) {
		w.forget(k)
		return nil
	}
	s := newWatched(&signal.Binding{Rule: r, Key: k.Key, Entity: k.Entity})
	s.kept = k
	if err := s.habit.UnmarshalBinary(learned); err != nil { // the rest is as good as it was; this one is learned anew
		w.forget(k)
		return nil //nolint:nilerr // counted, and said where people wait for an end
	}
	w.add(s)
	return nil
}

// forget counts what is not taken over, and ends its episode.
func (w *Watcher) forget(k kept) {
	w.stats.Forgotten++
	if k.Episode == "" {
		return
	}
	s := &watched{kept: k, rule: &signal.Rule{ID: k.Rule, Unit: k.Unit, Title: i18n.Text{En: "No longer watched", Zh: "不再监控"}}}
	f := s.finding(finding.Anomaly, k.Episode, finding.Resolved, w.now.UTC())
	f.Message = sayForgotten(k.Entity.Name)
	w.orphans = append(w.orphans, f)
}
