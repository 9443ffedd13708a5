package life

import (
	"fmt"
	"time"

	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/incident"
)

// anew takes people's signs off an incident whose danger has come back: it is to be looked at again. Whose it was stays, and what
// people said that it was worth.
func anew(w *incident.Work) {
	*w = incident.Work{Owner: w.Owner, Verdict: w.Verdict, Links: w.Links}
}

// worse takes off what said that nothing is left to do, when it has got worse than people were told.
func worse(w *incident.Work) { w.Mitigated, w.Resolved, w.Verified, w.Closed = nil, nil, nil, nil }

// over notes what the end of the danger says of people's part: a sign that it is not over is over, and what was predicted is verified
// by what the samples say became of it.
func over(next *incident.Incident, at time.Time) {
	next.Work.Reopened = nil
	o := next.Outcome
	if next.Work.Verified == nil && next.Work.Closed == nil && next.Predicted != nil && o != nil && o.What != finding.Unknown {
		next.Work.Verified = &incident.Sign{By: actor, At: at}
	}
}

// inherit hands what people did about an incident on to the one that goes on in its place, where nobody has done so.
func inherit(next *incident.Work, from *incident.Work) {
	if next.Owner == "" {
		next.Owner, next.Assigned = from.Owner, from.Assigned
	}
	if next.Acknowledged == nil {
		next.Acknowledged = from.Acknowledged
	}
	for _, l := range from.Links {
		if len(next.Links) < incident.MaxLinks {
			next.Links = append(next.Links[:len(next.Links):len(next.Links)], l)
		}
	}
}

// heeded returns whether people are to be told of a change for a reason, who may have seen to it already: what somebody has
// acknowledged is told again if it gets worse or ends, and what was dismissed only if it gets worse.
func heeded(cur, next *incident.Incident, why incident.Reason) incident.Reason {
	told := cur.Notified
	if told == nil || why == "" || next.Severity.Rank() > told.Severity.Rank() {
		return why
	}
	switch why {
	case incident.ReasonResolved, incident.ReasonUnheard:
		if cur.Dismissed() || cur.Work.Closed != nil {
			return ""
		}
	case incident.ReasonReopened:
		if cur.Dismissed() {
			return ""
		}
	case incident.ReasonMoved:
		sooner := next.ETA.P50 != nil && (told.P50 == nil || next.ETA.P50.Before(*told.P50))
		if cur.Dismissed() || cur.Attended() && !sooner {
			return ""
		}
	case incident.ReasonRaised, incident.ReasonCause, incident.ReasonExamined:
		if cur.Attended() {
			return ""
		}
	}
	return why
}

// Reminder returns when people are to be told of i again, as nobody has acknowledged it, and what names that time: the version that they
// were told last. ok is false if they are not, such as while it is held.
func (r Rules) Reminder(i *incident.Incident) (at time.Time, version int, ok bool) {
	after := r.RenotifyAfter[i.Severity]
	if after <= 0 || i.Notified == nil || i.State != incident.Open || i.Held != nil || i.Attended() || i.Work.Assigned != nil {
		return time.Time{}, 0, false
	}
	return i.Notified.Time.Add(after), i.Notified.Version, true
}

// Remind returns the change by which people are told again at a time, nil if they are not to be, or have been told something else since
// the given version.
func (r Rules) Remind(cur *incident.Incident, version int, now time.Time) *Step {
	if _, v, ok := r.Reminder(cur); !ok || v != version {
		return nil
	}
	next := clone(cur)
	next.Work.Reminders++
	s := change(next, incident.Remind, actor, now)
	span := i18n.Span(s.at(now).Sub(cur.Notified.Time))
	n := next.Work.Reminders
	s.tell(incident.ReasonUnacknowledged, i18n.Text{
		En: fmt.Sprintf("Nobody has acknowledged it for %s; told again (%d).", span.En, n),
		Zh: fmt.Sprintf("已 %s无人确认，再次通知（第 %d 次）。", span.Zh, n),
	})
	next.Notified.Count = n
	return s
}

// Closing returns when i is to be closed for its age, and what names that time; ok is false if it is not. What a person says is
// resolved stays while the danger is there.
func (r Rules) Closing(i *incident.Incident) (at time.Time, ok bool) {
	if r.CloseAfter <= 0 || i.State != incident.Resolved || i.Work.Closed != nil || i.Active() || i.ResolvedAt == nil {
		return time.Time{}, false
	}
	at = *i.ResolvedAt
	for _, s := range []*incident.Sign{i.Work.Resolved, i.Work.Verified} {
		if s != nil && s.At.After(at) {
			at = s.At
		}
	}
	return at.Add(r.CloseAfter), true
}

// CloseOld returns the change that closes cur for its age at a time, nil if it is not to be.
func (r Rules) CloseOld(cur *incident.Incident, now time.Time) *Step {
	at, ok := r.Closing(cur)
	if !ok || now.Before(at) {
		return nil
	}
	next := clone(cur)
	next.Work.Closed = &incident.Sign{By: actor, At: now}
	s := change(next, incident.Close, actor, now)
	s.Reindex, s.Places = true, len(next.Places)
	text := i18n.Text{En: "Closed: nothing was added for " + i18n.Span(r.CloseAfter).En, Zh: "已 " + i18n.Span(r.CloseAfter).Zh + "没有新情况，自动关闭"}
	if cur.Work.Verified == nil {
		text.En, text.Zh = text.En+"; nobody has verified it", text.Zh+"；无人验证"
	}
	return s.tell("", text)
}
