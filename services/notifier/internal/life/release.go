package life

import (
	"time"

	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/incident"
)

// Release ends the hold of an incident. Of what goes on people are told once, and of what has ended meanwhile those who know that it
// began. It returns nil if nothing is held.
func Release(cur *incident.Incident, at time.Time) *Step {
	if cur.Held == nil {
		return nil
	}
	next := clone(cur)
	next.Version++
	next.Released, next.Held = next.Version, nil
	s := &Step{Incident: next, Change: incident.Change{
		Time: later(cur.UpdatedAt, at), Version: next.Version, Action: finding.Updated, Level: next.Severity, Actor: actor,
	}}
	return s.tell(owed(cur), ended(cur.Held))
}

// owed is why people are to be told of what was held, "" if they need not be.
func owed(cur *incident.Incident) incident.Reason {
	last := incident.ReasonRaised
	if cur.Notified != nil {
		last = cur.Notified.Reason
	}
	switch {
	case cur.MergedInto != "":
		return ""
	case cur.State == incident.Open && len(cur.Aware) == 0:
		return incident.ReasonOpened
	case cur.State == incident.Open || len(cur.Aware) > 0:
		return last
	}
	return ""
}

// ended says that what held an incident is over.
func ended(h *incident.Hold) i18n.Text {
	why := h.Why
	if why == "" {
		why = h.Name
	}
	switch h.By {
	case incident.BySilence:
		return i18n.Text{En: "The silence is over: " + why, Zh: "静默已结束：" + why}
	case incident.ByMaintenance:
		return i18n.Text{En: "The maintenance is over: " + why, Zh: "维护窗口已结束：" + why}
	}
	return i18n.Text{En: "What it rests on is no longer down: " + why, Zh: "所依赖的对象已不再中断：" + why}
}
