package contest

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/forewarn/forewarn/services/forewarn/internal/peer"
	"github.com/forewarn/forewarn/services/forewarn/internal/scenario"
	"github.com/forewarn/forewarn/services/forewarn/internal/score"
	"github.com/forewarn/forewarn/shared/signal"
)

// Ours is the name of Forewarn among the methods.
const Ours = "forewarn"

// Standing is what one method came to. Alarms at warning or worse count.
type Standing struct {
	Name string `json:"-"`
	// Alarms is how many it raised, Signals on how many series.
	Alarms  int `json:"alarms"`
	Signals int `json:"signals"`
	// Failures is how often a limit was reached, Warned how many of them were warned of in time (see [score.Judge]), and
	// LeadHours the median of how long ahead.
	Failures  int          `json:"failures"`
	Warned    int          `json:"warned"`
	LeadHours score.Number `json:"lead_hours"`
	// Harmless counts alarms, after the learning time, on what never reached its limit within the data; Weeks is for how
	// long that was watched, Rate one by the other.
	Harmless int          `json:"alarms_without_failure"`
	Weeks    score.Number `json:"series_weeks"`
	Rate     score.Number `json:"alarms_without_failure_per_series_week"`
}

// Result is what all methods came to on the same subjects.
type Result struct {
	// Subjects is how many series with a limit took part.
	Subjects int
	// Standings are Forewarn's, then those of the rules.
	Standings []Standing
	// Verdicts are on Forewarn, one for each failure, in the order of the series and of time.
	Verdicts []Verdict
}

// Verdict says whether Forewarn warned of a failure in time.
type Verdict struct {
	State signal.State // of the first signal of the series, when it was met
	Failure
	Warned bool
	Lead   time.Duration // of the warning that counts; 0 where none does
}

// Standings judges all methods on the subjects of all tallies, which observe nothing afterwards.
func Standings(tallies []*Tally) Result {
	subjects := Subjects(tallies)
	for _, s := range subjects {
		s.course.close()
	}
	out := Result{Subjects: len(subjects), Standings: []Standing{stand(Ours, subjects, func(s *Subject) []score.Finding { return s.ours })}}
	for i, r := range peer.Usuals() {
		out.Standings = append(out.Standings, stand(r.Name, subjects, func(s *Subject) []score.Finding { return s.rules[i].said() }))
	}
	for _, s := range subjects {
		out.Verdicts = append(out.Verdicts, s.verdicts()...)
	}
	return out
}

// verdicts returns one for each failure of the subject.
func (s *Subject) verdicts() (out []Verdict) {
	if len(s.course.failures) == 0 {
		return nil
	}
	for i, r := range s.judge(nil, &score.Said{Findings: s.ours}) {
		lead := time.Duration(r.LeadHours * float64(time.Hour))
		out = append(out, Verdict{State: s.State, Failure: s.course.failures[i], Warned: r.Warned, Lead: lead})
	}
	return out
}

// Subjects returns the subjects with a limit in the order of their series.
func Subjects(tallies []*Tally) (out []*Subject) {
	for _, t := range tallies {
		for _, s := range t.bySeries {
			if s.owner != "" {
				out = append(out, s)
			}
		}
	}
	slices.SortFunc(out, func(a, b *Subject) int { return cmp.Compare(a.State.Series, b.State.Series) })
	return out
}

func stand(name string, subjects []*Subject, said func(*Subject) []score.Finding) Standing {
	out := Standing{Name: name}
	var results []score.Result
	for _, s := range subjects {
		findings := said(s)
		if n := score.Alarms(findings); n > 0 {
			out.Alarms, out.Signals = out.Alarms+n, out.Signals+1
		}
		results = s.judge(results, &score.Said{Findings: findings})
	}
	sum := score.Count(results)
	out.Failures, out.Warned, out.LeadHours = sum.Failures, sum.Warned, sum.LeadHours
	out.Harmless, out.Weeks, out.Rate = sum.False, sum.Weeks, score.Number(math.NaN())
	if sum.Weeks > 0 {
		out.Rate = score.Number(float64(sum.False)) / sum.Weeks
	}
	return out
}

// judge appends the judgement on each failure of the subject, or on its course if that has none.
func (s *Subject) judge(results []score.Result, said *score.Said) []score.Result {
	c := &s.course
	truth := scenario.Truth{Series: s.State.Series, Kind: s.kind, Start: c.start / 1000, End: c.end / 1000}
	if len(c.failures) == 0 {
		if c.born {
			return results
		}
		return append(results, score.Judge(&truth, said))
	}
	for _, f := range c.failures {
		from, at, onset := f.From/1000, f.At/1000, f.Onset/1000
		truth.Start, truth.Failure, truth.Onset = from, &at, &onset
		results = append(results, score.Judge(&truth, said))
	}
	return results
}
