package score

import (
	"math"
	"slices"

	"github.com/forewarn/forewarn/services/forewarn/internal/scenario"
)

// Number is a figure that may not exist: NaN is null in JSON. Figures are rounded to four decimals.
type Number float64

// MarshalJSON writes null for NaN and infinities.
func (n Number) MarshalJSON() ([]byte, error) {
	if v := float64(n); !math.IsNaN(v) && !math.IsInf(v, 0) {
		return appendRounded(nil, v), nil
	}
	return []byte("null"), nil
}

// Figure is an estimate with its bootstrap interval over series (90 %: the 5th to the 95th percentile).
type Figure struct {
	Value Number `json:"value"`
	Low   Number `json:"low"`
	High  Number `json:"high"`
}

// Dated sums up the dates at one lead.
type Dated struct {
	Count int `json:"n"`
	// Error and ErrorP90 are the median and the 90th percentile of |p50 - failure| relative to the time left.
	Error    Figure `json:"error"`
	ErrorP90 Number `json:"error_p90"`
	// Coverage is the share of failures inside p10 to p90, Width the median of p90 - p10 relative to the time left.
	Coverage Figure `json:"coverage"`
	Width    Number `json:"width"`
}

// Summary is what is told about one method on many series.
type Summary struct {
	Series   int `json:"series"`
	Failures int `json:"failures"`
	Warned   int `json:"warned"`
	// Recall is Warned of Failures, Precision the share of alarms that were right.
	Recall    Figure `json:"recall"`
	Precision Number `json:"precision"`
	Risky     int    `json:"risky"`
	Found     int    `json:"risky_found"`
	LeadHours Number `json:"lead_hours"`
	False     int    `json:"false"`
	Weeks     Number `json:"series_weeks"`
	FalseRate Figure `json:"false_per_series_week"`
	// FalseTime is the share of the harmless time that was spent in a false alarm.
	FalseTime     Number `json:"hours_false"`
	Learning      int    `json:"false_while_learning"`
	FalseFamilies int    `json:"families_with_false"`

	Eta4h   Dated `json:"eta_4h"`
	EtaNear Dated `json:"eta_near"`
	EtaWeek Dated `json:"eta_week"`
	// Brier24h and Brier7d are the mean squared errors of the probabilities.
	Brier24h       Figure        `json:"brier_24h"`
	Brier7d        Figure        `json:"brier_7d"`
	Reliability24h []Reliability `json:"reliability_24h"`
	Reliability7d  []Reliability `json:"reliability_7d"`
	// Equal holds the recall at equal rates of false alarms, one for each of Budgets.
	Equal []AtBudget `json:"equal_false_alarms"`

	Families []FamilySummary `json:"families"`
}

// Reliability is a row of a reliability table: how often did happen what was foretold with such probabilities.
type Reliability struct {
	Forecasts int    `json:"forecasts"`
	Foretold  Number `json:"foretold"` // mean probability
	Happened  Number `json:"happened"` // share
}

// Summarize puts results together. The seed is that of the bootstrap; the same results in the same order with the same
// seed give the same summary.
func Summarize(results []Result, seed uint64) Summary {
	s := Count(results)
	b := newBootstrap(results, seed)
	s.Recall, s.FalseRate = b.figure(recall), b.figure(falseRate)
	s.Eta4h, s.EtaNear, s.EtaWeek = dated(results, At4h, b), dated(results, Near, b), dated(results, At7d, b)
	s.Brier24h, s.Brier7d = b.figure(brier(Odds24h)), b.figure(brier(Odds7d))
	s.Reliability24h, s.Reliability7d = reliability(results, Odds24h), reliability(results, Odds7d)
	for _, budget := range Budgets() {
		s.Equal = append(s.Equal, atBudget(results, budget, b))
	}
	s.Families = families(results)
	return s
}

// Count puts results together as far as that needs no interval: Failures, Warned, Precision, Risky, Found, LeadHours,
// False, Weeks, FalseTime, Learning and FalseFamilies.
func Count(results []Result) Summary {
	s := Summary{Series: len(results)}
	var weeks, hoursFalse float64
	var leads []float64
	blamed := map[string]bool{}
	for i := range results {
		r := &results[i]
		s.Failures += number(r.Fails)
		s.Warned += number(r.Warned)
		s.Risky += number(r.Risky)
		s.Found += number(r.Found)
		s.False += r.False
		s.Learning += r.Learning
		weeks += r.Weeks
		hoursFalse += r.HoursFalse
		if r.Warned {
			leads = append(leads, r.LeadHours)
		}
		if r.False > 0 {
			blamed[r.Family] = true
		}
	}
	s.Precision = Number(float64(s.Warned+s.Found) / float64(max(1, s.Warned+s.Found+s.False)))
	s.LeadHours, s.Weeks, s.FalseTime = Number(median(leads)), Number(weeks), Number(hoursFalse/(weeks*7*24))
	s.FalseFamilies = len(blamed)
	return s
}

func dated(results []Result, lead int, b *bootstrap) Dated {
	var errors, widths []float64
	for i := range results {
		if d := &results[i].Dates[lead]; d.Asked {
			errors = append(errors, d.Error)
			if !math.IsNaN(d.Width) {
				widths = append(widths, d.Width)
			}
		}
	}
	out := Dated{Count: len(errors), Error: b.figure(dateError(lead)), ErrorP90: Number(math.NaN()), Coverage: b.figure(coverage(lead)), Width: Number(median(widths))}
	if len(errors) > 0 {
		slices.Sort(errors)
		out.ErrorP90 = Number(errors[int(0.9*float64(len(errors)))])
	}
	return out
}

func reliability(results []Result, horizon int) []Reliability {
	var all Odds
	for i := range results {
		all.join(&results[i].Odds[horizon])
	}
	var out []Reliability
	for _, b := range all.Bins {
		out = append(out, Reliability{int(b.Count), Number(b.Sum / b.Count), Number(b.Failures / b.Count)})
	}
	return out
}

// Of returns the results of one kind, in their order.
func Of(kind scenario.Kind, results []Result) []Result {
	return slices.DeleteFunc(slices.Clone(results), func(r Result) bool { return r.Kind != kind })
}

func number(b bool) int {
	if b {
		return 1
	}
	return 0
}
