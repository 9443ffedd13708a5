package intake

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/forewarn/forewarn/services/notifier/internal/life"
	"github.com/forewarn/forewarn/services/notifier/internal/timer"
	"github.com/forewarn/forewarn/shared/incident"
)

// The kinds of what is due by time.
const (
	dueReminder = "reminder"
	dueClosing  = "closing"
)

// Reminders is the user of the timers by which people are told again.
type Reminders struct{ *Clerk }

// Closings is the user of the timers by which incidents are closed for their age.
type Closings struct{ *Clerk }

var (
	_ timer.User = Reminders{}
	_ timer.User = Closings{}
)

// Fire tells people again, unless somebody has seen to the incident or they have been told of it since.
func (r Reminders) Fire(ctx context.Context, due []timer.Due) error {
	return r.each(ctx, dueReminder, due, (*Clerk).remind)
}

func (c *Clerk) remind(ctx context.Context, due timer.Due) error {
	version, err := strconv.Atoi(string(due.Payload))
	if err != nil {
		return nil //nolint:nilerr // nobody's timer; the sweep sets one that is
	}
	return c.change(ctx, due.Key, func(cur *incident.Incident) *life.Step { return c.Rules.Remind(cur, version, c.Now()) })
}

// Sweep sets the reminders that are not there, after what an earlier process has not finished.
func (r Reminders) Sweep(ctx context.Context, pending map[string]bool) error {
	return r.sweep(ctx, dueReminder, pending, func(i *incident.Incident) plan {
		at, version, ok := r.Rules.Reminder(i)
		return plan{wanted: ok, at: at, after: r.Rules.RenotifyAfter[i.Severity], payload: payload(version), timers: r.Reminders}
	})
}

// Fire closes an incident, unless somebody has changed what it is reckoned from.
func (c Closings) Fire(ctx context.Context, due []timer.Due) error {
	return c.each(ctx, dueClosing, due, (*Clerk).closeOld)
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

// Sweep sets the closings that are not there, after what an earlier process has not finished.
func (c Closings) Sweep(ctx context.Context, pending map[string]bool) error {
	return c.sweep(ctx, dueClosing, pending, func(i *incident.Incident) plan {
		at, ok := c.Rules.Closing(i)
		return plan{wanted: ok, at: at, after: c.Rules.CloseAfter, timers: c.Closings}
	})
}

// plan is what is to happen to an incident.
type plan struct {
	wanted  bool
	at      time.Time
	after   time.Duration // what it is reckoned from
	payload []byte
	timers  Timers
}

// each serves timers: as many together as can be, the rest one by one. One that fails keeps no other. What is underway is stored with it, for
// who comes after a crash.
func (c *Clerk) each(ctx context.Context, kind string, due []timer.Due, serve func(*Clerk, context.Context, timer.Due) error) error {
	var errs []error
	for len(due) > 0 && ctx.Err() == nil {
		var underway []string
		made, apart := c.Together(ctx, len(due), func(a *Applier, k int) error {
			own := *c
			own.Applier = a
			if err := existing(serve(&own, ctx, due[k])); err != nil {
				return err
			}
			underway = append(underway, due[k].Key)
			return a.Store.PutUnderway(ctx, kind, underway)
		})
		for _, one := range due[made : made+apart] {
			err := c.Store.PutUnderway(ctx, kind, []string{one.Key})
			if err == nil {
				err = existing(serve(c, ctx, one))
			}
			errs = append(errs, err)
		}
		due = due[made+apart:]
	}
	return errors.Join(append(errs, ctx.Err())...)
}

// sweep finishes what an earlier process has not, and sets what is planned for each incident that is not closed and has no timer pending.
func (c *Clerk) sweep(ctx context.Context, kind string, pending map[string]bool, planned func(*incident.Incident) plan) error {
	underway, err := c.Store.Underway(ctx, kind)
	if err != nil {
		return err
	}
	for _, id := range underway {
		cur, err := c.Store.Get(ctx, id)
		if err == nil {
			err = c.settleOther(ctx, cur)
		}
		if existing(err) != nil {
			return err
		}
	}
	ids, err := c.Store.Unclosed(ctx)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if pending[id] {
			continue
		}
		if err := existing(c.restore(ctx, id, planned)); err != nil {
			return err
		}
	}
	return nil
}

// restore sets the timer of an incident. One that is over is left to who has made the newest change and not published it. If that one was read
// so long after it happened that the timer was over before it could be set, it is put off by as much.
func (c *Clerk) restore(ctx context.Context, id string, planned func(*incident.Incident) plan) error {
	i, err := c.Store.Get(ctx, id)
	if err != nil {
		return err
	}
	p := planned(i)
	if !p.wanted {
		return nil
	}
	if !p.at.After(c.Now()) {
		last, stored, err := incident.LastPublished(ctx, c.Trail, i.ID)
		if err != nil || last == nil || last.Incident.Version < i.Version {
			return err
		}
		if lag := stored.Sub(last.Change.Time); lag >= p.after {
			p.at = p.at.Add(lag)
		}
	}
	p.timers.Restore(i.ID, p.at, p.payload)
	return nil
}

// existing passes over errors of incidents that are gone.
func existing(err error) error {
	if gone(err) {
		return nil
	}
	return err
}

func payload(version int) []byte { return []byte(strconv.Itoa(version)) }
