package anomaly

import (
	"cmp"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"time"

	"github.com/forewarn/forewarn/shared/chunk"
	"github.com/forewarn/forewarn/shared/entity"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/signal"
	"github.com/forewarn/forewarn/shared/wire"
)

// Versions of a watcher's snapshot. Those of the first hold JSON.
const (
	watcherVersionJSON = 1
	watcherVersion     = 2
)

// Snapshot returns the state: a version byte, the time in Unix milliseconds, then of each that is watched, in the order of the
// keys, a message of [wire] behind its length. Equal states give equal bytes.
func (w *Watcher) Snapshot() ([]byte, error) {
	b := binary.AppendVarint(append(make([]byte, 0, w.size), watcherVersion), w.now.UnixMilli())
	var message []byte
	for _, s := range w.sorted() {
		var err error
		if message, err = wire.Append(message[:0], &portrait{kept: &s.kept, of: madeOf(s.rule), habit: s.habit}); err != nil {
			return nil, fmt.Errorf("encode what is watched as %s: %w", s.Key, err)
		}
		b = chunk.Append(b, message)
	}
	w.size = len(b) + len(b)/8
	return b, nil
}

// portrait is what a snapshot holds of one.
type portrait struct {
	*kept
	of    ofRule
	habit any // that, or a *[]byte of it
}

// ofRule is what must be as it was for what was learned to hold.
type ofRule struct {
	Rule  string  `json:"rule"`
	Unit  string  `json:"unit"`
	Least float64 `json:"least,omitempty"`
}

func madeOf(r *signal.Rule) ofRule { return ofRule{r.ID, r.Unit, r.Least} }

// Fields makes it a message. The key follows from rule and entity.
func (p *portrait) Fields() []any {
	return []any{
		&p.of.Rule, &p.of.Unit, &p.of.Least, p.Entity, &p.Series, &p.Group, &p.Last, &p.Reading, &p.Heard, &p.Episode, &p.Opened, &p.Bad,
		(*string)(&p.Severity), &p.Value, &p.Told, &p.ToldAt, &p.Beyond, &p.Family, p.habit,
	}
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
	clear(w.families)
	w.bindings.Clear()
	w.now, w.order, w.orphans = time.Time{}, nil, nil
}

func (w *Watcher) fill(b []byte) error {
	if err := refuseNewer("snapshot of metrics", b, watcherVersion); err != nil {
		return err
	}
	if len(b) == 0 || b[0] != watcherVersion && b[0] != watcherVersionJSON {
		return fmt.Errorf("anomaly's snapshot of metrics is not of version %d or before", watcherVersion)
	}
	cut := w.cut
	if b[0] == watcherVersionJSON {
		cut = w.cutJSON
	}
	now, width := binary.Varint(b[1:])
	if width <= 0 {
		return chunk.ErrCut
	}
	w.now, b = time.UnixMilli(now), b[1+width:]
	w.size = len(b)
	var err error
	for len(b) > 0 && err == nil {
		b, err = cut(b)
	}
	return err
}

// cut restores the first that b holds, and returns what follows it.
func (w *Watcher) cut(b []byte) (rest []byte, err error) {
	message, rest, err := chunk.Cut(b)
	if err != nil {
		return nil, err
	}
	k, learned := kept{Entity: &entity.Entity{}}, []byte(nil)
	p := portrait{kept: &k, habit: &learned}
	if err := wire.Read(message, &p); err != nil {
		return nil, fmt.Errorf("decode what was watched: %w", err)
	}
	if p.of.Rule != "" && k.Entity.ID != "" {
		k.Key = p.of.Rule + "/" + k.Entity.ID
	}
	return rest, w.restore(k, p.of, learned)
}

// cutJSON is the same of what earlier releases wrote.
func (w *Watcher) cutJSON(b []byte) (rest []byte, err error) {
	meta, rest, err := chunk.Cut(b)
	if err != nil {
		return nil, err
	}
	learned, rest, err := chunk.Cut(rest)
	if err != nil {
		return nil, err
	}
	k := struct {
		kept
		ofRule
	}{kept: kept{Entity: &entity.Entity{}}}
	if err := json.Unmarshal(meta, &k); err != nil || k.Entity == nil {
		return nil, fmt.Errorf("decode what was watched: %w", cmp.Or(err, chunk.ErrCut))
	}
	return rest, w.restore(k.kept, k.ofRule, learned)
}

// restore takes over one that was watched.
func (w *Watcher) restore(k kept, was ofRule, learned []byte) error {
	if _, twice := w.watched[k.Key]; twice || k.Key == "" || k.Episode != "" && k.Severity.Rank() == 0 {
		return fmt.Errorf("what was watched as %q is there twice, or lacks its key or severity", k.Key)
	}
	r, ok := w.cat.Rule(was.Rule)
	if !ok || !judged(r) || madeOf(r) != was || !k.Resume(r) {
		w.forget(k, was)
		return nil
	}
	s := newWatched(r, k.Key, w.place(k.Entity))
	k.Entity = s.Entity
	s.kept = k
	if err := s.habit.UnmarshalBinary(learned); err != nil { // the rest is as good as it was; this one is learned anew
		w.forget(k, was)
		return nil //nolint:nilerr // counted, and said where people wait for an end
	}
	w.add(s)
	return nil
}

// forget counts what is not taken over, and ends its episode.
func (w *Watcher) forget(k kept, was ofRule) {
	w.stats.Forgotten++
	if k.Episode == "" {
		return
	}
	s := &watched{kept: k, rule: &signal.Rule{ID: was.Rule, Unit: was.Unit, Title: i18n.Text{En: "No longer watched", Zh: "不再监控"}}}
	f := s.finding(finding.Anomaly, k.Episode, finding.Resolved, w.now.UTC())
	f.Message = sayForgotten(k.Entity.Name)
	w.orphans = append(w.orphans, f)
}
