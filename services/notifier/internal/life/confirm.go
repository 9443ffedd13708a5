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

// isMessage reports whether f is of a message that stands beside what i is about.
func isMessage(i *incident.Incident, f *finding.Finding) bool {
	return f.Kind == finding.Log && len(i.Marks) > 0 && i.Fault() != faultOf(f)
}

// leads reports whether f is a prediction that joins the incident of a message, which is about the prediction from then on.
func leads(i *incident.Incident, f *finding.Finding) bool {
	return i.Kind == finding.Log && f.Kind != finding.Log && len(i.Marks) > 0
}

// confirm notes what a message says, or that it has stopped. What i is about stays.
func confirm(next *incident.Incident, f *finding.Finding) {
	if f.Time.After(next.UpdatedAt) {
		next.UpdatedAt = f.Time // an entry bears the time at which it was written, which may be before the newest sample
	}
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

// giveWay makes the message that opened an incident a confirmation of the prediction that joins it.
func giveWay(next *incident.Incident) {
	for k := range next.Marks {
		next.Marks[k].Fault = next.FaultOf(k)
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

// goesOn reports whether an episode of another fault keeps cur open although f ends its own.
func goesOn(cur *incident.Incident, f *finding.Finding) bool {
	if _, ok := silence(f); ok {
		return false
	}
	for k := range cur.Marks {
		if cur.Episodes[k] != f.Episode && cur.FaultOf(k) != faultOf(f) && open(cur, k, f.Time) {
			return true
		}
	}
	return false
}

// open reports whether an episode goes on, as far as was heard.
func open(i *incident.Incident, k int, now time.Time) bool {
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
		if open(i, k, f.Time) && s.Rank() > worst.Rank() {
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
func said(cur *incident.Incident, f *finding.Finding) i18n.Text {
	switch {
	case f.Action == finding.Resolved && !isMessage(cur, f):
		return i18n.Text{
			En: strings.TrimSpace(f.Message.En + " The incident stays open until the message in the log has stopped."),
			Zh: f.Message.Zh + "待日志信息停止后，事件才会关闭。",
		}
	case f.Action == finding.Resolved, cur.Fault() == faultOf(f), slices.Contains(cur.Episodes, f.Episode):
		return f.Message
	case isMessage(cur, f):
		return confirmation(cur, f.Message)
	}
	return i18n.Text{En: "The message in the log confirms a forecast: " + f.Message.En, Zh: "该日志信息印证了一项预测：" + f.Message.Zh}
}
