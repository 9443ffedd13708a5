// Package quiet tells when people are not to be told of an incident: somebody has silenced it, it is expected in a window of
// maintenance, or what it rests on is down, of which they know.
//
// What it guarantees:
//
//  1. Held incidents open, change and end like others, and say by what they are held. Nobody is told meanwhile.
//  2. What holds an incident ends by itself, also while the process is down: then, within [lookEvery] or soon after the next start, people
//     are told once of what goes on, and of what has ended those who know that it began.
//  3. A silence is on the bus before who made it is told so.
package quiet

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/zap"

	"github.com/forewarn/forewarn/services/notifier/internal/when"
	"github.com/forewarn/forewarn/shared/incident"
	"github.com/forewarn/forewarn/shared/selector"
	"github.com/forewarn/forewarn/shared/silence"
	"github.com/forewarn/forewarn/shared/topology"
)

// Window is one of the list notifier.maintenance: what it matches is expected while it goes on.
type Window struct {
	// Name says to people what is done.
	Name string `yaml:"name"`
	// Match is of what.
	Match         selector.Selector `yaml:"match"`
	when.Schedule `yaml:",inline"`
}

// Problems returns what is wrong with windows, each error beginning with its key.
func Problems(windows []Window) (errs []error) {
	for k := range windows {
		w, at := &windows[k], fmt.Sprintf("maintenance[%d].", k)
		if w.Name == "" || len(w.Name) > 100 {
			errs = append(errs, fmt.Errorf("%sname: %q is empty or longer than 100 bytes; say what is done, such as weekly-restart", at, w.Name))
		}
		if len(w.Match) == 0 {
			errs = append(errs, fmt.Errorf("%smatch: is missing, and everything would be expected; say of what, such as 'name=\"erp-*\"'", at))
		}
		errs = append(errs, w.Schedule.Problems(at)...)
	}
	return errs
}

// Settings are what a book is made of.
type Settings struct {
	KV    jetstream.KeyValue // where silences are kept
	Store *incident.Store
	// Windows are those of maintenance, Calendar the one that they are by; nil knows of no phase.
	Windows  []Window
	Calendar when.Calendar
	// Down selects troubles that keep people from being told of what rests on where they are.
	Down   []selector.Selector
	Logger *zap.Logger
}

// Book knows what is quiet now. It is safe for concurrent use.
type Book struct {
	s    Settings
	kick chan struct{} // something has changed

	mu       sync.Mutex
	silences map[string]*silence.Silence // none is changed in place
	graph    *topology.Graph
}

// Open returns the book of what is stored. A silence that cannot be read is said and passed over.
func Open(ctx context.Context, s Settings) (*Book, error) {
	b := &Book{s: s, kick: make(chan struct{}, 1), silences: map[string]*silence.Silence{}, graph: &topology.Graph{}}
	return b, b.load(ctx)
}

// Rest sets what rests on what.
func (b *Book) Rest(g *topology.Graph) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.graph = g
}

// Hold returns why people are not to be told of an incident at a time, given what other incidents there are in a store; nil if they are. It
// costs some reads if something is down.
func (b *Book) Hold(ctx context.Context, in *incident.Store, i *incident.Incident, at time.Time) (*incident.Hold, error) {
	b.mu.Lock()
	graph, silences := b.graph, b.silences
	var hold *incident.Hold
	for _, s := range silences {
		if s.State(at) == silence.Active && covers(s.Match, i, graph) && (hold == nil || s.Ends.After(*hold.Until)) {
			ends := s.Ends
			hold = &incident.Hold{By: incident.BySilence, Name: s.ID, Why: s.Author + ": " + s.Comment, Until: &ends}
		}
	}
	b.mu.Unlock()
	if hold != nil {
		return hold, nil
	}
	for k := range b.s.Windows {
		w := &b.s.Windows[k]
		if until, on := w.Active(at, b.s.Calendar); on && covers(w.Match, i, graph) {
			return &incident.Hold{By: incident.ByMaintenance, Name: w.Name, Why: w.Name, Until: &until}, nil
		}
	}
	return b.down(ctx, in, i, graph)
}

// covers reports whether a selector matches an incident: what it is about, and each other trouble of it that goes on, unless that is in
// the same outermost entity or rests on it. Labels are known of what it is about only.
func covers(sel selector.Selector, i *incident.Incident, graph *topology.Graph) bool {
	if !sel.Matches(selector.Incident{Incident: i}) {
		return false
	}
	for k := range i.Marks {
		m := &i.Marks[k]
		if m.Ended || m.Note || m.Trouble == nil {
			continue
		}
		how := graph.Near(m.Trouble.Entity.Root, i.Entity.Root).How
		if how != topology.Same && how != topology.Rests && !sel.Matches(selector.Trouble{Trouble: m.Trouble, Severity: m.Severity}) {
			return false
		}
	}
	return true
}
