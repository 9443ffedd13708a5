package intake

import (
	"context"
	"slices"
	"time"

	"github.com/forewarn/forewarn/services/notifier/internal/life"
	"github.com/forewarn/forewarn/services/notifier/internal/route"
	"github.com/forewarn/forewarn/shared/incident"
	"github.com/forewarn/forewarn/shared/topology"
)

// Router decides whom an incident is told to.
type Router interface {
	Decide(i *incident.Incident, at time.Time) route.Decision
	// Has reports whether there is a channel of a name.
	Has(channel string) bool
}

// Holder tells why people are not to be told.
type Holder interface {
	// Hold returns what holds an incident at a time, given the others in a store; nil if nothing does.
	Hold(ctx context.Context, in *incident.Store, i *incident.Incident, at time.Time) (*incident.Hold, error)
	// Rest sets what rests on what.
	Rest(g *topology.Graph)
}

// rest sets what rests on what, for what joins and for what is held.
func (a *Applier) rest(g *topology.Graph) {
	a.Rules.Topology = g
	if a.Holder != nil {
		a.Holder.Rest(g)
	}
}

// address decides whom a step is told to, or that nobody is while it is held. What it decides is stored with the incident, so that
// a crash changes nothing about it.
func (a *Applier) address(ctx context.Context, cur *incident.Incident, s *life.Step) error {
	if s.Reason == "" {
		return nil
	}
	next, at := s.Incident, s.Change.Time
	s.Held = s.Held || next.Held != nil
	if a.Holder != nil {
		hold, err := a.Holder.Hold(ctx, a.Store, next, at)
		if err != nil {
			return err
		}
		if hold != nil {
			hold.Since = at
			next.Withhold(*hold)
			s.Held = true
			return nil
		}
	}
	next.TellBy(a.targets(cur, next, at))
	return nil
}

// targets returns whom the newest notice of next is for: of the end those who know that it began.
func (a *Applier) targets(cur, next *incident.Incident, at time.Time) []incident.Told {
	if why := next.Notified.Reason; (why == incident.ReasonResolved || why == incident.ReasonUnheard) && named(cur) {
		return slices.DeleteFunc(slices.Clone(next.Aware), func(t incident.Told) bool { return !a.Router.Has(t.Channel) })
	}
	d := a.Router.Decide(next, at)
	if a.Missed != nil {
		for _, m := range d.Missed {
			a.Missed(m)
		}
	}
	return d.Targets
}

// named reports whether it is known who was told of an incident: before people were named, it was not noted.
func named(cur *incident.Incident) bool {
	return cur != nil && cur.Notified != nil && (cur.Notified.Held || cur.Held != nil || cur.Notified.Told != nil || len(cur.Notified.Channels) == 0)
}
