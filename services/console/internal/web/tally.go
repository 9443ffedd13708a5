package web

import (
	"slices"

	"github.com/forewarn/forewarn/shared/outcome"
)

// shownTallies is how many weeks and months a table of the track record has, the newest.
const shownTallies = 12

// tallyTable is what became of incidents, counted in one way.
type tallyTable struct {
	ID, Title, Head string
	Rows            []outcome.Tally
}

// Tallies returns the tables of a scorecard that have rows; times come newest first.
func (s speaker) Tallies(card *outcome.Scorecard) (out []tallyTable) {
	if card.Incidents == nil {
		return nil
	}
	t := card.Incidents
	for _, table := range []tallyTable{
		{"teams", s.Say("By team", "按团队"), s.Say("Team", "团队"), t.Teams},
		{"months", s.Say("By month", "按月"), s.Say("Month", "月份"), newest(t.Months)},
		{"weeks", s.Say("By week", "按周"), s.Say("Week", "周"), newest(t.Weeks)},
	} {
		if len(table.Rows) > 0 {
			out = append(out, table)
		}
	}
	return out
}

// newest returns the last of a list by time, the newest first.
func newest(all []outcome.Tally) []outcome.Tally {
	out := slices.Clone(all[max(0, len(all)-shownTallies):])
	slices.Reverse(out)
	return out
}

// Fared says what became of predictions of like probability.
func (s speaker) Fared(k outcome.Kept) string {
	if k.Told() == 0 {
		return "–"
	}
	return s.Sayf("%d: %d true, %d prevented, %d wrong", "%d：发生 %d，已避免 %d，未发生 %d", k.Told(), k.CameTrue, k.Prevented, k.Wrong)
}

// Quartiles says a median and the middle half around it.
func (s speaker) Quartiles(q *outcome.Quartiles) string {
	if q == nil {
		return "–"
	}
	return s.Sayf("%s (%s to %s)", "%s（%s 至 %s）", s.Span(seconds(q.P50)), s.Span(seconds(q.P25)), s.Span(seconds(q.P75)))
}
