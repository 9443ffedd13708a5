package intake

import (
	"context"
	"errors"

	"github.com/forewarn/forewarn/services/notifier/internal/delivery"
	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/incident"
)

// errApart is returned by what cannot be made together with the changes before: it changes an incident that one of them has changed, of
// which people would not be told then, or it finishes what somebody else has begun.
var errApart = errors.New("cannot be made together with the changes before")

const (
	// enoughKeys and enoughBytes are how much is written together before the next change begins anew.
	enoughKeys  = 400
	enoughBytes = 4 << 20
)

// common is what several changes make together.
type common struct {
	draft      *incident.Draft
	deliveries []*delivery.Delivery
	done       []done
}

// done is a change, all of which is done when its event is published.
type done struct {
	before, after *incident.Incident
	event         *incident.Event
	changed       func(incident.Action) // is told of it once it is stored; nil: nobody is
}

// Together makes changes 0 to n-1, or the first of them, by as many syncs of the disk as one change costs: the incidents change at once,
// all or none, each by one change at most; then the deliveries of all are queued, then their events published. Each change is decided in its
// turn, and sees those before, so that the incidents are those of changes that are made one by one. Whoever stops in
// between leaves what [Applier.Apply] and [Clerk] find and finish.
//
// It returns how many were made and are safe, and how many behind these are to be made one by one, without it. One of both is positive.
func (a *Applier) Together(ctx context.Context, n int, change func(a *Applier, k int) error) (made, apart int) {
	own, c := *a, &common{draft: a.Store.Draft()}
	own.Store, own.common = c.draft.Store, c
	k := 0
	for ; k < n && c.draft.Changes() < enoughKeys && c.draft.Size() < enoughBytes; k++ {
		if !c.try(func() error { return change(&own, k) }) {
			break
		}
	}
	if k == 0 {
		return 0, 1
	}
	if err := a.commit(ctx, c); err != nil {
		return 0, k // each says by itself what is wrong
	}
	return k, 0
}

// try makes one change, or takes back what there is of it.
func (c *common) try(change func() error) bool {
	mark, deliveries, done := c.draft.Mark(), len(c.deliveries), len(c.done)
	err := change()
	if err == nil && c.draft.Changes() <= bus.MaxTogether && len(c.deliveries) <= bus.MaxTogether {
		return true
	}
	c.draft.Back(mark)
	c.deliveries, c.done = c.deliveries[:deliveries], c.done[:done]
	return false
}

// commit makes what was drafted safe, and carries out what follows from it.
func (a *Applier) commit(ctx context.Context, c *common) error {
	if err := c.draft.Commit(ctx, a.JS); err != nil {
		return err
	}
	for _, d := range c.done {
		if d.changed != nil {
			d.changed(d.event.Change.Action)
		}
	}
	if err := delivery.EnqueueAll(ctx, a.JS, c.deliveries); err != nil {
		for _, d := range c.deliveries {
			if err := a.queue(ctx, d); err != nil {
				return err
			}
		}
	}
	events := make([]*incident.Event, len(c.done))
	for k := range c.done {
		events[k] = c.done[k].event
	}
	if err := incident.PublishEvents(ctx, a.JS, events); err != nil {
		return err
	}
	for _, d := range c.done {
		a.plan(d.before, d.after)
	}
	return nil
}
