package life

import (
	"slices"
	"strings"
	"time"

	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/incident"
)

// unheard is how long an open message may be silent and still keep its incident open: its worker tells once a day that it goes on.
const unheard = 25 * time.Hour

// bearing is what a finding has to do with an incident.
type bearing int

const (
	leads     bearing = iota // it is what the incident is about
	takesLead                // it becomes that
	confirms                 // a message of a log that speaks of the same
	beside                   // another trouble, near in place and time
	noted                    // as beside, and too slight for an incident
)

// bearingOf tells what f is in next. What is foretold leads, as it has a chart and a date; else what came first, as long as it goes on.
func (r Rules) bearingOf(next *incident.Incident, f *finding.Finding) bearing {
	switch {
	case len(next.Marks) == 0 || next.Fault() == faultOf(f):
		return leads
	case r.isNote(next, f):
		return noted
	case confirmsLead(next, f):
		return confirms
	case f.Action == finding.Resolved || foretells(next.Kind) && goingOn(next) > 0: // nothing does of one that opens again
		return beside
	case foretells(f.Kind), !open(next, lastOfFault(next, next.Fault()), f.Time):
		return takesLead
	}
	return beside
}

// isNote reports whether f is too slight for an incident, and of a fault that was never more than that here.
func (r Rules) isNote(i *incident.Incident, f *finding.Finding) bool {
	if k := slices.Index(i.Episodes, f.Episode); k >= 0 {
		return i.Marks[k].Note && (f.Severity.Rank() < r.MinSeverity.Rank() || f.Action == finding.Resolved)
	}
	return f.Severity.Rank() < r.MinSeverity.Rank() && !troubled(i, f)
}

// troubled reports whether the fault of f is what i is about, or another trouble of it that is no note.
func troubled(i *incident.Incident, f *finding.Finding) bool {
	if i.Fault() == faultOf(f) {
		return true
	}
	for k := range i.Marks {
		if !i.Marks[k].Note && i.FaultOf(k) == faultOf(f) {
			return true
		}
	}
	return false
}

// confirmsLead reports whether f is of a message that speaks of what i is about.
func confirmsLead(i *incident.Incident, f *finding.Finding) bool {
	if f.Kind != finding.Log {
		return false
	}
	if slices.ContainsFunc(i.ConfirmedBy, func(c incident.Confirmation) bool { return c.Signal == f.Signal }) {
		return true
	}
	return accountIs(i, f)
}

// confirm notes what a message says, or that it has stopped. What i is about stays.
func confirm(next *incident.Incident, f *finding.Finding) {
	next.UpdatedAt = later(next.UpdatedAt, f.Time) // an entry bears the time at which it was written, which may be before the newest sample
	at := f.Time
	k := slices.IndexFunc(next.ConfirmedBy, func(c incident.Confirmation) bool { return c.Signal == f.Signal })
	if f.Action == finding.Resolved {
		if k >= 0 {
			next.ConfirmedBy[k].StoppedAt = &at
		}
		return
	}
	if k < 0 {
		k = addConfirmation(next, incident.Confirmation{Signal: f.Signal, Since: at})
	}
	c := &next.ConfirmedBy[k]
	c.Resource, c.Severity, c.Entries = finding.Resource(short(string(f.Resource), maxTitle)), f.Severity, f.Used
	c.Title, c.Message = clip(f.Title, maxTitle), clip(f.Message, maxSentence)
	c.LastAt, c.StoppedAt = at, nil
}

// addConfirmation appends c and returns its place. Where there is no room, one that has stopped makes it, or else the oldest.
func addConfirmation(next *incident.Incident, c incident.Confirmation) int {
	if len(next.ConfirmedBy) >= incident.MaxConfirmations {
		k := max(slices.IndexFunc(next.ConfirmedBy, func(c incident.Confirmation) bool { return c.StoppedAt != nil }), 0)
		next.ConfirmedBy = slices.Delete(next.ConfirmedBy, k, k+1)
	}
	next.ConfirmedBy = append(next.ConfirmedBy, c)
	return len(next.ConfirmedBy) - 1
}

// giveWay makes the message that opened an incident a confirmation of the prediction that joins it, and anything else one of the
// troubles beside it.
func giveWay(next *incident.Incident, f *finding.Finding) {
	keepFaults(next)
	if next.Kind != finding.Log || f.Kind == finding.Log || !accountIs(next, f) {
		return
	}
	c := incident.Confirmation{
		Signal: next.Signal, Resource: next.Resource, Severity: next.Severity, Title: next.Title, Message: next.Message,
		Entries: next.Used, Since: next.OpenedAt, LastAt: next.UpdatedAt,
	}
	if k := lastOfFault(next, next.Fault()); k >= 0 && next.Marks[k].Ended {
		at := next.Marks[k].Time
		c.StoppedAt = &at
	}
	addConfirmation(next, c)
}

// keepFaults writes down what episodes are of that only the incident tells, before it becomes about something else.
func keepFaults(next *incident.Incident) {
	for k := range next.Marks {
		if next.Marks[k].Trouble == nil {
			next.Marks[k].Fault = next.FaultOf(k)
		}
	}
}

// goesOn reports whether an episode of another fault keeps cur open although f ends its own.
func goesOn(cur *incident.Incident, f *finding.Finding) bool {
	if _, ok := silence(f); ok {
		return false
	}
	for k := range cur.Marks {
		if cur.Episodes[k] != f.Episode && cur.FaultOf(k) != faultOf(f) && !cur.Marks[k].Note && open(cur, k, f.Time) {
			return true
		}
	}
	return false
}

// open reports whether an episode goes on, as far as was heard; there is none at -1.
func open(i *incident.Incident, k int, now time.Time) bool {
	if k < 0 {
		return false
	}
	message := strings.HasPrefix(i.FaultOf(k), incident.Fault(finding.Log, ""))
	return !i.Marks[k].Ended && (!message || now.Sub(i.Marks[k].Time) <= unheard)
}

// severity is the highest of the episodes that go on, and that of f if none does.
func severity(i *incident.Incident, f *finding.Finding) finding.Severity {
	var worst finding.Severity
	for k := range i.Marks {
		s := i.Marks[k].Severity
		if s == "" {
			s = i.Severity // written before there could be several
		}
		if !i.Marks[k].Note && open(i, k, f.Time) && s.Rank() > worst.Rank() {
			worst = s
		}
	}
	if worst == "" || f.Action == finding.Resolved && i.State != incident.Open {
		return f.Severity
	}
	return worst
}

// evidenceOf returns the evidence of i without that of messages which joined.
func evidenceOf(i *incident.Incident) []finding.Evidence {
	return slices.DeleteFunc(slices.Clone(i.Evidence), func(e finding.Evidence) bool { return e.Name == incident.ConfirmedBy })
}

// confirmations returns the evidence that messages give as long as they are written, the newest first.
func confirmations(i *incident.Incident) (out []finding.Evidence) {
	for _, c := range slices.Backward(i.ConfirmedBy) {
		if c.StoppedAt == nil {
			out = append(out, finding.Evidence{Name: incident.ConfirmedBy, Value: c.Entries, Unit: "entries", Text: confirmation(i, c.Message)})
		}
	}
	return out
}

// confirmation says that a message of a log confirms what i is about, or is another one beside it. It claims no cause.
func confirmation(i *incident.Incident, message i18n.Text) i18n.Text {
	if i.Kind == finding.Log {
		return i18n.Text{En: "Also in the log: " + message.En, Zh: "日志中还有：" + message.Zh}
	}
	return i18n.Text{En: "Confirmed by a message in the log: " + message.En, Zh: "日志信息印证：" + message.Zh}
}

// said is what the timeline tells of an update.
func (r Rules) said(cur *incident.Incident, f *finding.Finding) i18n.Text {
	as := r.bearingOf(cur, f)
	switch {
	case f.Action == finding.Resolved && as == leads:
		return staysOpen(cur, f)
	case f.Action == finding.Resolved, as == leads, slices.Contains(cur.Episodes, f.Episode):
		return f.Message
	case as == confirms:
		return confirmation(cur, f.Message)
	case as == takesLead && cur.Kind == finding.Log && accountIs(cur, f):
		return i18n.Text{En: "The message in the log confirms a forecast: " + f.Message.En, Zh: "该日志信息印证了一项预测：" + f.Message.Zh}
	case as == noted:
		return i18n.Text{En: "Noticed near it: " + f.Message.En, Zh: "附近同时发现：" + f.Message.Zh}
	}
	return i18n.Text{En: "Also in trouble, near in place and time: " + f.Message.En, Zh: "邻近对象同时出现问题：" + f.Message.Zh}
}

// accountIs reports whether f and i are about the same.
func accountIs(i *incident.Incident, f *finding.Finding) bool {
	_, ok := rankOf(i, f)
	return ok
}

// staysOpen says why an incident goes on when what it is about has ended.
func staysOpen(cur *incident.Incident, f *finding.Finding) i18n.Text {
	for k := range cur.Marks {
		message := strings.HasPrefix(cur.FaultOf(k), incident.Fault(finding.Log, ""))
		if !message && !cur.Marks[k].Note && cur.FaultOf(k) != faultOf(f) && open(cur, k, f.Time) {
			return i18n.Text{
				En: strings.TrimSpace(f.Message.En + " The incident stays open until what joined it is over, too."),
				Zh: f.Message.Zh + "待其他并入的问题结束后，事件才会关闭。",
			}
		}
	}
	return i18n.Text{
		En: strings.TrimSpace(f.Message.En + " The incident stays open until the message in the log has stopped."),
		Zh: f.Message.Zh + "待日志信息停止后，事件才会关闭。",
	}
}
