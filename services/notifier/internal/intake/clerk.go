package intake

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/forewarn/forewarn/services/notifier/internal/life"
	"github.com/forewarn/forewarn/services/notifier/internal/timer"
	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/incident"
)

// Clerk carries out what people command, and what is due by time. Any number of them, in any number of processes, work beside each
// other and beside findings: each changes an incident by compare-and-set, after it has finished the change before. It is safe for
// concurrent use.
type Clerk struct {
	// Applier writes; it is the clerk's own.
	*Applier
	// Now is the clock that people's and timers' changes are dated by.
	Now func() time.Time
	// Changed is told of each change: its action.
	Changed func(incident.Action)
}

// Conduct carries out a command and returns when all of its effects are safe on the bus. After an error it is not known whether it was
// carried out: the same command, under the same id, may be sent again.
func (c *Clerk) Conduct(ctx context.Context, cmd *incident.Command) (reply *incident.Reply, err error) {
	err = c.change(ctx, cmd.Incident, func(cur *incident.Incident) (s *life.Step) {
		s, reply = life.Conduct(cur, cmd, c.Now())
		return s
	})
	if errors.Is(err, incident.ErrNotFound) {
		return &incident.Reply{Schema: incident.SchemaVersion, Code: incident.NotFound, Message: i18n.Text{
			En: "There is no such incident; it may have been removed after its retention.", Zh: "没有这个事件；可能已超过保留期被清理。",
		}}, nil
	}
	return reply, err
}

// change applies what decide makes of an incident, if that is not nil.
func (c *Clerk) change(ctx context.Context, id string, decide func(*incident.Incident) *life.Step) error {
	for {
		err := c.tryChange(ctx, id, decide)
		if !errors.Is(err, incident.ErrConflict) || c.common != nil || ctx.Err() != nil {
			return err
		}
	}
}

func (c *Clerk) tryChange(ctx context.Context, id string, decide func(*incident.Incident) *life.Step) error {
	cur, err := c.Store.Get(ctx, id)
	if err != nil {
		return err
	}
	if err := c.settle(ctx, cur); err != nil {
		return err
	}
	step := decide(cur)
	if step == nil {
		return nil
	}
	if err := c.address(ctx, cur, step); err != nil {
		return err
	}
	if err := c.write(ctx, cur, step); err != nil {
		return err
	}
	if err := c.emit(ctx, cur, step); err != nil {
		return err
	}
	c.Changed(step.Change.Action)
	return nil
}

// gone reports whether err says that there is no incident to do anything about.
func gone(err error) bool {
	return errors.Is(err, incident.ErrNotFound) || errors.Is(err, incident.ErrUnreadable)
}

// Reminders is the user of the timers by which people are told again.
type Reminders struct{ *Clerk }

// Fire tells people again, unless somebody has seen to the incident or they have been told of it since.
func (r Reminders) Fire(ctx context.Context, due []timer.Due) error {
	return r.each(ctx, due, (*Clerk).remind)
}

func (c *Clerk) remind(ctx context.Context, due timer.Due) error {
	version, err := strconv.Atoi(string(due.Payload))
	if err != nil {
		return nil //nolint:nilerr // nobody's timer; the sweep sets one that is
	}
	return c.change(ctx, due.Key, func(cur *incident.Incident) *life.Step { return c.Rules.Remind(cur, version, c.Now()) })
}

// Sweep sets the reminders that are not there.
func (r Reminders) Sweep(ctx context.Context, pending map[string]bool) error {
	return r.unclosed(ctx, pending, func(i *incident.Incident) {
		if at, version, ok := r.Rules.Reminder(i); ok {
			r.Reminders.Restore(i.ID, at, payload(version))
		}
	})
}

// Closings is the user of the timers by which incidents are closed for their age.
type Closings struct{ *Clerk }

// Fire closes an incident, unless somebody has changed what it is reckoned from.
func (c Closings) Fire(ctx context.Context, due []timer.Due) error {
	return c.each(ctx, due, (*Clerk).closeOld)
}

func (c *Clerk) closeOld(ctx context.Context, due timer.Due) error {
	var left time.Time
	err := c.change(ctx, due.Key, func(cur *incident.Incident) *life.Step {
		now := c.Now()
		if at, ok := c.Rules.Closing(cur); ok && at.After(now) {
			left = at
		}
		return c.Rules.CloseOld(cur, now)
	})
	if err == nil && !left.IsZero() { // somebody has added something meanwhile
		c.Closings.Set(due.Key, left, nil)
	}
	return err
}

// Sweep sets the closings that are not there.
func (c Closings) Sweep(ctx context.Context, pending map[string]bool) error {
	return c.unclosed(ctx, pending, func(i *incident.Incident) {
		if at, ok := c.Rules.Closing(i); ok {
			c.Closings.Restore(i.ID, at, nil)
		}
	})
}

// each serves timers: as many together as can be, the rest one by one. One that fails keeps no other.
func (c *Clerk) each(ctx context.Context, due []timer.Due, serve func(*Clerk, context.Context, timer.Due) error) error {
	var errs []error
	for len(due) > 0 && ctx.Err() == nil {
		made, apart := c.Together(ctx, len(due), func(a *Applier, k int) error {
			own := *c
			own.Applier = a
			return present(serve(&own, ctx, due[k]))
		})
		for _, one := range due[made : made+apart] {
			errs = append(errs, present(serve(c, ctx, one)))
		}
		due = due[made+apart:]
	}
	return errors.Join(append(errs, ctx.Err())...)
}

// present passes over errors of incidents that are gone.
func present(err error) error {
	if gone(err) {
		return nil
	}
	return err
}

// unclosed calls set with each incident that is not closed and has no timer pending.
func (c *Clerk) unclosed(ctx context.Context, pending map[string]bool, set func(*incident.Incident)) error {
	ids, err := c.Store.Unclosed(ctx)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if pending[id] {
			continue
		}
		i, err := c.Store.Get(ctx, id)
		if gone(err) {
			continue
		}
		if err != nil {
			return err
		}
		set(i)
	}
	return nil
}

func payload(version int) []byte { return []byte(strconv.Itoa(version)) }
