package life

import (
	"slices"

	"github.com/forewarn/forewarn/services/notifier/internal/cause"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/incident"
)

// likelier is by how much the weight of a cause must exceed that of the one that was told to be told itself.
const likelier = 0.1

// causes returns the likeliest causes among the troubles of i. A message that confirms a forecast speaks for that one.
func (r Rules) causes(i *incident.Incident) []incident.Cause {
	all := make([]cause.Trouble, 0, len(i.Marks))
	for k := range i.Marks {
		m := &i.Marks[k]
		if m.Trouble == nil || foretells(i.Kind) && isConfirmation(i, m.Trouble) {
			continue
		}
		t := cause.Trouble{Trouble: m.Trouble, Episode: i.Episodes[k], Severity: m.Severity, Note: m.Note}
		t.Confirmed = foretells(i.Kind) && len(i.ConfirmedBy) > 0 && i.FaultOf(k) == i.Fault()
		all = append(all, t)
	}
	return cause.Rank(all, r.graph())
}

func isConfirmation(i *incident.Incident, t *incident.Trouble) bool {
	return t.Kind == finding.Log && slices.ContainsFunc(i.ConfirmedBy, func(c incident.Confirmation) bool { return c.Signal == t.Signal })
}

// topCause is the fault that is the likeliest cause, "" if none is known.
func topCause(i *incident.Incident) string {
	if len(i.Causes) == 0 {
		return ""
	}
	return i.Causes[0].Fault()
}

// another reports whether the likeliest cause is another trouble than what the incident is about, and plainly likelier than the one
// that was the likeliest when people were told.
func another(told *incident.Notice, next *incident.Incident) bool {
	if next.Likeliest() == nil || topCause(next) == told.Cause {
		return false
	}
	weight := 0.0
	for k := range next.Causes {
		if next.Causes[k].Fault() == told.Cause {
			weight = next.Causes[k].Weight
		}
	}
	return next.Causes[0].Weight-weight >= likelier
}
