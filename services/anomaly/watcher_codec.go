package anomaly

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
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

// Snapshot writes the state: a version byte, the time in Unix milliseconds, then of each that is watched, in the order of the
// keys, a message of [wire] behind its length. Equal states give equal bytes.
func (w *Watcher) Snapshot(out io.Writer) error {
	message := binary.AppendVarint([]byte{watcherVersion}, w.now.UnixMilli())
	_, err := out.Write(message)
	var p portrait
	for _, s := range w.sorted() {
		p.draw(s)
		if err == nil {
			message, err = wire.Append(message[:0], &p)
		}
		if err == nil {
			err = chunk.Write(out, message)
		}
		if err != nil {
			return fmt.Errorf("encode what is watched as %s: %w", s.key(), err)
		}
	}
	return err
}

// portrait is what a snapshot holds of one. It serves one after the other.
type portrait struct {
	kept
	of      ofRule
	entity  entity.Packed
	episode episode // zero where nothing is unusual
	family  string
	habit   any   // that, or the [bare] bytes of it
	table   []any // of Fields
}

func (p *portrait) draw(s *watched) {
	*p = portrait{kept: s.kept, of: madeOf(s.Rule), entity: s.place.entity, habit: s.habit, table: p.table}
	if s.Episode != nil {
		p.episode = *s.Episode
	}
	if s.family != nil {
		p.family = s.family.name
	}
}

// ofRule is what must be as it was for what was learned to hold.
type ofRule struct {
	Rule  string  `json:"rule"`
	Unit  string  `json:"unit"`
	Least float64 `json:"least,omitempty"`
}

func madeOf(r *signal.Rule) ofRule { return ofRule{r.ID, r.Unit, r.Least} }

// Fields makes it a message, in which an entity is one as well.
func (p *portrait) Fields() []any {
	e := &p.episode
	p.table = append(
		p.table[:0], &p.of.Rule, &p.of.Unit, &p.of.Least, (*string)(&p.entity), &p.Series, &p.Group, &p.Last, &p.Reading, &p.Heard,
		&e.ID, &e.Opened, &e.Bad, (*string)(&e.Severity), &p.Value, &e.Told, &e.ToldAt, &e.Beyond, &p.family, p.habit,
	)
	return p.table
}

// bare are the bytes of a habit, which share memory with the snapshot.
type bare []byte

var _ wire.Binary = (*bare)(nil)

func (b *bare) AppendBinary(to []byte) ([]byte, error) { return append(to, *b...), nil }

func (b *bare) UnmarshalBinary(data []byte) error {
	*b = data
	return nil
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
	clear(w.places)
	clear(w.roots)
	clear(w.families)
	w.bindings.Clear()
	w.stock = stock{}
	w.now, w.count, w.unusual, w.order, w.due, w.orphans = time.Time{}, 0, 0, nil, 0, nil
}

func (w *Watcher) fill(b []byte) error {
	if err := refuseNewer("snapshot of metrics", b, watcherVersion); err != nil {
		return err
	}
	if len(b) == 0 || b[0] != watcherVersion && b[0] != watcherVersionJSON {
		return fmt.Errorf("anomaly's snapshot of metrics is not of version %d or before", watcherVersion)
	}
	var p portrait
	cut := p.cut
	if b[0] == watcherVersionJSON {
		cut = p.cutJSON
	}
	now, width := binary.Varint(b[1:])
	if width <= 0 {
		return chunk.ErrCut
	}
	w.now, b = time.UnixMilli(now), b[1+width:]
	var learned, rest []byte
	var err error
	for len(b) > 0 && err == nil {
		if learned, rest, err = cut(b); err == nil {
			b, err = rest, w.restore(&p, learned)
		}
	}
	return err
}

// cut reads the first that b holds, and returns its habit and what follows it.
func (p *portrait) cut(b []byte) (learned, rest []byte, err error) {
	message, rest, err := chunk.Cut(b)
	if err != nil {
		return nil, nil, err
	}
	*p = portrait{habit: (*bare)(&learned), table: p.table}
	if err := wire.Read(message, p); err != nil {
		return nil, nil, fmt.Errorf("decode what was watched: %w", err)
	}
	return learned, rest, nil
}

// cutJSON is the same of what earlier releases wrote.
func (p *portrait) cutJSON(b []byte) (learned, rest []byte, err error) {
	meta, rest, err := chunk.Cut(b)
	if err != nil {
		return nil, nil, err
	}
	learned, rest, err = chunk.Cut(rest)
	if err != nil {
		return nil, nil, err
	}
	var before keptJSON
	if err := json.Unmarshal(meta, &before); err != nil {
		return nil, nil, fmt.Errorf("decode what was watched: %w", err)
	}
	before.draw(p)
	return learned, rest, nil
}

// restore takes over one that was watched.
func (w *Watcher) restore(p *portrait, learned []byte) error {
	id := p.entity.ID()
	r, ok := w.cat.Rule(p.of.Rule)
	if w.find(r, id) != nil || id == "" || p.of.Rule == "" || p.episode.ID != "" && p.episode.Severity.Rank() == 0 {
		return fmt.Errorf("what was watched as \"%s/%s\" is there twice, or lacks its key or severity", p.of.Rule, id)
	}
	if e := p.episode; e.ID != "" {
		p.Episode = &e
	}
	at, err := w.settle(id, p.entity)
	if err != nil {
		return fmt.Errorf("decode what was watched: %w", err)
	}
	if !ok || !judged(r) || madeOf(r) != p.of || !p.Resume(r) {
		w.forget(p, at)
		return nil
	}
	s := w.stock.signal(&p.kept, at, w.stock.habit(r))
	s.family = w.family(p.family)
	if err := s.habit.UnmarshalBinary(learned); err != nil { // the rest is as good as it was; this one is learned anew
		w.forget(p, at)
		return nil //nolint:nilerr // counted, and said where people wait for an end
	}
	if s.Episode != nil {
		w.unusual++
	}
	w.add(s)
	return nil
}

// settle returns the place of an entity that a snapshot holds. Of those of one ID the first counts, and only it is read.
func (w *Watcher) settle(id string, packed entity.Packed) (*place, error) {
	if at := w.places[id]; at != nil {
		return at, nil
	}
	e, err := packed.Unpack()
	if err != nil {
		return nil, err
	}
	return w.stock.place(packed, w.root(e.Root)), nil
}

// forget counts what is not taken over, and ends its episode.
func (w *Watcher) forget(p *portrait, at *place) {
	w.stats.Forgotten++
	if p.Episode == nil {
		return
	}
	s := &watched{kept: p.kept, place: at}
	s.Rule = &signal.Rule{ID: p.of.Rule, Unit: p.of.Unit, Title: i18n.Text{En: "No longer watched", Zh: "不再监控"}}
	f := s.finding(finding.Anomaly, s.Episode.ID, finding.Resolved, w.now.UTC())
	f.Message = sayForgotten(f.Entity.Name)
	w.orphans = append(w.orphans, f)
}
