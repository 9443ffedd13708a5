// Package heard remembers what the findings have said about logs of late: known messages, new ones, and those far more frequent than
// ever, so that it can be told whether a message is news or comes every day.
package heard

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/i18n"
)

const (
	// Memory is for how long findings are remembered.
	Memory = 8 * 24 * time.Hour
	// maxSignals and maxSpells bound what is remembered: some 30 MB at most.
	maxSignals, maxSpells = 20_000, 32
)

// Spell is one episode.
type Spell struct {
	Episode string
	// Opened is when it began, Told when it was last told while it went on, Ended when it was over, zero while it goes on.
	Opened, Told, Ended time.Time
	// Count is how many entries there were when that was last told.
	Count float64
}

// Signal is all that is remembered of one signal, the oldest spell first.
type Signal struct {
	Key      string
	Kind     finding.Kind
	Root     string
	Resource finding.Resource
	Severity finding.Severity
	Title    i18n.Text
	// Message is what was said last while it went on; it holds a line, redacted.
	Message i18n.Text
	Spells  []Spell
}

// Before returns how many spells there were that began before a time and not within a while of it, and the most entries that one had.
func (s *Signal) Before(at time.Time, while time.Duration) (spells int, most float64) {
	for _, p := range s.Spells {
		if p.Opened.Before(at.Add(-while)) {
			spells, most = spells+1, max(most, p.Count)
		}
	}
	return spells, most
}

// At returns the spell that went on at a time, nil if none did.
func (s *Signal) At(at time.Time) *Spell {
	for i := len(s.Spells) - 1; i >= 0; i-- {
		p := &s.Spells[i]
		if !p.Opened.After(at) && (p.Ended.IsZero() || p.Ended.After(at)) {
			return p
		}
	}
	return nil
}

// Book holds the signals. It is safe for concurrent use.
type Book struct {
	mu      sync.Mutex
	signals map[string]*Signal
	newest  time.Time
}

// NewBook returns an empty book.
func NewBook() *Book { return &Book{signals: map[string]*Signal{}} }

// Take notes what a finding says, if it is about a log. The same findings again change nothing.
func (b *Book) Take(f *finding.Finding) {
	if f.Kind != finding.Log && !strings.HasPrefix(f.Signal, "log-") {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if f.Time.After(b.newest) {
		b.newest = f.Time
	}
	s := b.signals[f.Signal]
	if s == nil {
		if f.Action == finding.Resolved || b.newest.Sub(f.Time) > Memory {
			return
		}
		b.makeRoom()
		s = &Signal{Key: f.Signal, Kind: f.Kind, Root: f.Entity.Root}
		b.signals[f.Signal] = s
	}
	s.take(f)
}

func (s *Signal) take(f *finding.Finding) {
	k := slices.IndexFunc(s.Spells, func(p Spell) bool { return p.Episode == f.Episode })
	if k < 0 {
		s.Spells = append(s.Spells, Spell{Episode: f.Episode, Opened: f.Time})
		if len(s.Spells) > maxSpells {
			s.Spells = slices.Delete(s.Spells, 0, 1)
		}
		k = len(s.Spells) - 1
	}
	p := &s.Spells[k]
	p.Count = max(p.Count, f.Used)
	if f.Action == finding.Resolved {
		p.Ended = f.Time
		return
	}
	p.Told = f.Time
	s.Severity, s.Resource, s.Title, s.Message = f.Severity, f.Resource, f.Title, f.Message
}

// makeRoom forgets what is too old, and if that is not enough a tenth of all, those told longest ago.
func (b *Book) makeRoom() {
	if len(b.signals) < maxSignals {
		return
	}
	last := func(s *Signal) time.Time { return s.Spells[len(s.Spells)-1].Told }
	all := slices.SortedFunc(maps.Values(b.signals), func(x, y *Signal) int { return last(x).Compare(last(y)) })
	for i, s := range all {
		if i < maxSignals/10 || b.newest.Sub(last(s)) > Memory {
			delete(b.signals, s.Key)
		}
	}
}

// Within returns copies of the signals of outermost entities, in the order of their keys.
func (b *Book) Within(in func(root string) bool) (out []Signal) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, s := range b.signals {
		if in(s.Root) {
			c := *s
			c.Spells = slices.Clone(s.Spells)
			out = append(out, c)
		}
	}
	slices.SortFunc(out, func(x, y Signal) int { return strings.Compare(x.Key, y.Key) })
	return out
}
