package score

import (
	"math"
	"slices"
)

// spell is a time during which at least one episode stood at warning or worse, in Unix seconds; end may be +Inf.
type spell struct{ begin, end float64 }

// spells joins the episodes of one series. Findings of one time keep their order.
func spells(findings []Finding) (out []spell) {
	sorted := slices.Clone(findings)
	slices.SortStableFunc(sorted, func(a, b Finding) int {
		switch {
		case a.Time < b.Time:
			return -1
		case a.Time > b.Time:
			return 1
		}
		return 0
	})
	live := map[string]string{} // severity by episode
	begin := math.NaN()
	for _, f := range sorted {
		note(live, f)
		loud := anyLoud(live)
		switch {
		case loud && math.IsNaN(begin):
			begin = f.Time
		case !loud && !math.IsNaN(begin):
			out = append(out, spell{begin, f.Time})
			begin = math.NaN()
		}
	}
	if !math.IsNaN(begin) {
		out = append(out, spell{begin, math.Inf(1)})
	}
	return out
}

// note takes a finding's severity over; one without keeps what its episode had.
func note(live map[string]string, f Finding) {
	switch {
	case f.Action == "resolved":
		delete(live, f.Episode)
	case f.Severity != "":
		live[f.Episode] = f.Severity
	case live[f.Episode] == "":
		live[f.Episode] = "warning"
	}
}

func anyLoud(live map[string]string) bool {
	for _, severity := range live {
		if severity == "warning" || severity == "critical" {
			return true
		}
	}
	return false
}

// Alarms returns how many alarms the findings about one series amount to: spells during which an episode stands at
// warning or worse.
func Alarms(findings []Finding) int { return len(spells(findings)) }
