package score

import (
	"math"

	"github.com/forewarn/forewarn/services/forewarn/internal/scenario"
)

// odds sums up the probabilities of the forecasts whose outcome is known: those before the failure, or, where there was
// none, those whose horizon ends before the data do. What people avoided has no outcome. The first days do not count
// (disk 5, memory 2).
func odds(t *scenario.Truth, forecasts []Forecast) (out [Judged]Odds) {
	if t.Failure == nil && (t.Avoided() || t.Onset != nil) {
		return out
	}
	known := float64(t.Start) + 5*day
	if t.Kind == scenario.Leak {
		known = float64(t.Start) + 2*day
	}
	for i, h := range [Judged]struct {
		index   int
		seconds float64
	}{{Within24h, day}, {Within7d, 7 * day}} {
		for k := range forecasts {
			f := &forecasts[k]
			if outcome, ok := happened(t, f.Time, h.seconds); ok && f.Time >= known {
				out[i].add(f.Within[h.index], outcome)
			}
		}
	}
	return out
}

// happened returns 1 if the failure came within so many seconds, else 0; not ok if that is not known, or too late.
func happened(t *scenario.Truth, at, seconds float64) (outcome float64, ok bool) {
	if t.Failure == nil {
		return 0, at+seconds <= float64(t.End)
	}
	left := float64(*t.Failure) - at
	if left <= seconds {
		outcome = 1
	}
	return outcome, left > 0
}

func (o *Odds) add(p, outcome float64) {
	if math.IsNaN(p) {
		return
	}
	p = min(max(p, 0), 1)
	o.Squares += (p - outcome) * (p - outcome)
	b := &o.Bins[min(int(p*10), 9)]
	b.Count++
	b.Sum += p
	b.Failures += outcome
}

// join adds the sums of q.
func (o *Odds) join(q *Odds) {
	o.Squares += q.Squares
	for i := range o.Bins {
		o.Bins[i].Count += q.Bins[i].Count
		o.Bins[i].Sum += q.Bins[i].Sum
		o.Bins[i].Failures += q.Bins[i].Failures
	}
}

// brier returns the mean of the squares, NaN of nothing.
func (o *Odds) brier() float64 {
	n := 0.0
	for i := range o.Bins {
		n += o.Bins[i].Count
	}
	return o.Squares / n
}
