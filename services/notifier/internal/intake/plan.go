package intake

import (
	"context"
	"time"

	"github.com/forewarn/forewarn/shared/incident"
)

// Timers keep what is to happen to an incident at a time, one of a kind for each.
type Timers interface {
	Set(ctx context.Context, key string, at time.Time, payload []byte) error
	Cancel(ctx context.Context, key string) error
}

// plan has happen to after at its time what is to, and no longer what was to happen to before; nil: that is not known.
func (a *Applier) plan(ctx context.Context, before, after *incident.Incident) error {
	if err := a.planReminder(ctx, before, after); err != nil {
		return err
	}
	if a.Closings == nil {
		return nil
	}
	at, ok := a.Rules.Closing(after)
	was, had := time.Time{}, false
	if before != nil {
		was, had = a.Rules.Closing(before)
	}
	switch {
	case ok && !(had && was.Equal(at)):
		return a.Closings.Set(ctx, after.ID, soonest(at, a.Rules.CloseAfter), nil)
	case had && !ok:
		return a.Closings.Cancel(ctx, after.ID)
	}
	return nil
}

func (a *Applier) planReminder(ctx context.Context, before, after *incident.Incident) error {
	if a.Reminders == nil {
		return nil
	}
	at, version, ok := a.Rules.Reminder(after)
	was, had := 0, false
	if before != nil {
		_, was, had = a.Rules.Reminder(before)
	}
	switch {
	case ok && !(had && was == version):
		return a.Reminders.Set(ctx, after.ID, soonest(at, a.Rules.RenotifyAfter[after.Severity]), payload(version))
	case had && !ok:
		return a.Reminders.Cancel(ctx, after.ID)
	}
	return nil
}

// soonest returns when something happens that is reckoned from a time of the findings: what is over before it could be planned, as when
// findings of days ago are read, is reckoned from now.
func soonest(at time.Time, after time.Duration) time.Time {
	if now := time.Now(); !at.After(now) {
		return now.Add(after)
	}
	return at
}
