package intake

import (
	"time"

	"github.com/forewarn/forewarn/shared/incident"
)

// Timers keep what is to happen to an incident at a time, one of a kind for each.
type Timers interface {
	// Set has something happen to key at a time, in place of what was to.
	Set(key string, at time.Time, payload []byte)
	// Restore is Set if nothing is to happen to key.
	Restore(key string, at time.Time, payload []byte)
	Cancel(key string)
}

// plan has happen to after at its time what is to, and no longer what was to happen to before; nil: that is not known.
func (a *Applier) plan(before, after *incident.Incident) {
	a.planReminder(before, after)
	if a.Closings == nil {
		return
	}
	at, ok := a.Rules.Closing(after)
	was, had := time.Time{}, false
	if before != nil {
		was, had = a.Rules.Closing(before)
	}
	switch {
	case ok && !(had && was.Equal(at)):
		a.Closings.Set(after.ID, a.soonest(at, a.Rules.CloseAfter), nil)
	case had && !ok:
		a.Closings.Cancel(after.ID)
	}
}

func (a *Applier) planReminder(before, after *incident.Incident) {
	if a.Reminders == nil {
		return
	}
	at, version, ok := a.Rules.Reminder(after)
	was, had := 0, false
	if before != nil {
		_, was, had = a.Rules.Reminder(before)
	}
	switch {
	case ok && !(had && was == version):
		a.Reminders.Set(after.ID, a.soonest(at, a.Rules.RenotifyAfter[after.Severity]), payload(version))
	case had && !ok:
		a.Reminders.Cancel(after.ID)
	}
}

// soonest returns when something happens that is reckoned from a time of the findings: what is over before it could be planned, as when
// findings of days ago are read, is reckoned from now.
func (a *Applier) soonest(at time.Time, after time.Duration) time.Time {
	if now := a.Now(); !at.After(now) {
		return now.Add(after)
	}
	return at
}
