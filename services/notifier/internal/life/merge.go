package life

import (
	"fmt"
	"slices"

	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/incident"
)

// Survivor returns which of incidents of one fault goes on: the worst, of equal ones the oldest.
func Survivor(all []*incident.Incident) *incident.Incident {
	best := all[0]
	for _, i := range all[1:] {
		if c := i.Severity.Rank() - best.Severity.Rank(); c > 0 || c == 0 && i.ID < best.ID {
			best = i
		}
	}
	return best
}

// takeOver makes the troubles of other those of next, which goes on in its place. A forecast leads, as it has a chart and a date.
func takeOver(next, other *incident.Incident) {
	keepFaults(next)
	for k := range other.Marks {
		if slices.Contains(next.Episodes, other.Episodes[k]) {
			continue
		}
		m := other.Marks[k]
		if m.Trouble == nil {
			m.Fault = other.FaultOf(k)
		}
		next.Episodes, next.Marks = append(next.Episodes, other.Episodes[k]), append(next.Marks, m)
	}
	makeRoom(next)
	for _, c := range other.ConfirmedBy {
		if !slices.ContainsFunc(next.ConfirmedBy, func(o incident.Confirmation) bool { return o.Signal == c.Signal }) {
			addConfirmation(next, c)
		}
	}
	inherit(&next.Work, &other.Work)
	next.Places = addPlaces(next.Places, other.Places)
	if other.Worst.Rank() > next.Worst.Rank() {
		next.Worst = other.Worst
	}
	for _, id := range append(slices.Clone(other.Merged), other.ID) {
		if len(next.Merged) < incident.MaxMerged && !slices.Contains(next.Merged, id) {
			next.Merged = append(next.Merged, id)
		}
	}
	if foretells(other.Kind) && !foretells(next.Kind) {
		next.Kind, next.Resource, next.Signal, next.Series, next.Entity = other.Kind, other.Resource, other.Signal, other.Series, other.Entity
		next.Title, next.Message, next.Advice, next.Evidence = other.Title, other.Message, other.Advice, other.Evidence
		next.Probability, next.Horizons, next.ETA = other.Probability, other.Horizons, other.ETA
		next.Used, next.Limit, next.Unit = other.Used, other.Limit, other.Unit
		next.Predicted, next.Outcome = other.Predicted, other.Outcome
	}
}

// addPlaces returns places with those of more that are not among them.
func addPlaces(places, more []string) []string {
	for _, p := range more {
		if len(places) < incident.MaxPlaces && !slices.Contains(places, p) {
			places = append(slices.Clip(places), p)
		}
	}
	return places
}

// Close returns the end of an incident that another one has taken over, nil if it has ended already. Nobody is told: it goes on
// there, and so does the all-clear.
func Close(cur, into *incident.Incident) *Step {
	if cur.MergedInto != "" || cur.State != incident.Open {
		return nil
	}
	next := clone(cur)
	next.Version++
	next.State, next.MergedInto, next.LastFinding = incident.Resolved, into.ID, into.LastFinding
	at := into.UpdatedAt
	if at.Before(cur.UpdatedAt) {
		at = cur.UpdatedAt
	}
	next.ResolvedAt, next.UpdatedAt = &at, at
	next.Work.Closed = &incident.Sign{By: actor, At: at}
	s := &Step{Incident: next, Reindex: true, Change: incident.Change{
		Time: at, Version: next.Version, Action: finding.Resolved, Level: cur.Severity, Actor: actor,
		Text: i18n.Text{
			En: fmt.Sprintf("Merged into incident %s, which is likely of the same fault: %s", into.ID, into.Title.En),
			Zh: fmt.Sprintf("已合并到事件 %s，很可能是同一故障：%s", into.ID, into.Title.Zh),
		},
	}}
	return s.tell("", s.Change.Text)
}

// sayMerged adds to what the timeline tells which incidents were taken over.
func sayMerged(text i18n.Text, merged []*incident.Incident) i18n.Text {
	for _, m := range merged {
		text.En += fmt.Sprintf(" Merged with incident %s, which is likely of the same fault: %s.", m.ID, m.Title.En)
		text.Zh += fmt.Sprintf("已合并事件 %s，很可能是同一故障：%s。", m.ID, m.Title.Zh)
	}
	return text
}
