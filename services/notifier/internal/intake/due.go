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
type Reminders struct{ *sweeper }

// Closings is the user of the timers by which incidents are closed for their age.
type Closings struct{ *sweeper }

var (
	_ timer.User = Reminders{}
	_ timer.User = Closings{}
)

// NewReminders returns the user of the reminders of a process.
func NewReminders(c *Clerk) Reminders {
	return Reminders{newSweeper(c, dueReminder, func(i *incident.Incident) plan {
		at, version, ok := c.Rules.Reminder(i)
		return plan{wanted: ok, at: at, after: c.Rules.RenotifyAfter[i.Severity], payload: payload(version), timers: c.Reminders}
	})}
}

// NewClosings returns the user of the closings of a process.
func NewClosings(c *Clerk) Closings {
	return Closings{newSweeper(c, dueClosing, func(i *incident.Incident) plan {
		at, ok := c.Rules.Closing(i)
		return plan{wanted: ok, at: at, after: c.Rules.CloseAfter, timers: c.Closings}
	})}
}

// Fire tells people again, unless somebody has seen to the incident or they have been told of it since.
func (r Reminders) Fire(ctx context.Context, due []timer.Due) error {
	return r.fire(ctx, due, (*Clerk).remind)
}

func (c *Clerk) remind(ctx context.Context, due timer.Due) error {
	version, err := strconv.Atoi(string(due.Payload))
	if err != nil {
		return nil //nolint:nilerr // nobody's timer; the sweep sets one that is
	}
	return c.change(ctx, due.Key, func(cur *incident.Incident) *life.Step { return c.Rules.Remind(cur, version, c.Now()) })
}

// Fire closes an incident, unless somebody has changed what it is reckoned from.
func (c Closings) Fire(ctx context.Context, due []timer.Due) error {
	return c.fire(ctx, due, (*Clerk).closeOld)
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

// existing passes over errors of incidents that are gone.
func existing(err error) error {
	if gone(err) {
		return nil
	}
	return err
}

func payload(version int) []byte { return []byte(strconv.Itoa(version)) }
