package peer

import (
	"math"
	"slices"
)

// minDays is how many days the rules on daily values must have seen.
const minDays = 5

// TheilSen extrapolates the median slope of 42 daily maxima (Theil 1950, Sen 1968). It fires if the limit is reached
// within seven days.
type TheilSen struct {
	maxima       daily
	slope, level float64 // per day; at the end of the newest complete day
	slopes, rest []float64
}

// NewTheilSen returns the rule.
func NewTheilSen() *TheilSen { return &TheilSen{maxima: daily{keep: 42}} }

// Observe fits once a day, O(days^2 log days).
func (r *TheilSen) Observe(s Sample) Reading {
	if r.maxima.add(s.Time, s.Used()) {
		r.fit(r.maxima.days)
	}
	out := silent()
	if len(r.maxima.days) < minDays {
		return out
	}
	out.P50 = math.Inf(1)
	if r.slope > 0 {
		out.P50 = max(0, (1-r.level)/r.slope*day-(s.Time-r.maxima.today*day))
	}
	out.Firing = out.P50 < 7*day
	return out
}

func (r *TheilSen) fit(y []float64) {
	if len(y) < minDays {
		return
	}
	r.slopes, r.rest = r.slopes[:0], r.rest[:0]
	for i := range y {
		for j := range i {
			r.slopes = append(r.slopes, (y[i]-y[j])/float64(i-j))
		}
	}
	r.slope = median(r.slopes)
	for i := range y {
		r.rest = append(r.rest, y[i]-r.slope*float64(i))
	}
	r.level = median(r.rest) + r.slope*float64(len(y)-1)
}

// median returns the middle of x, which it sorts and which is not empty.
func median(x []float64) float64 {
	slices.Sort(x)
	return (x[(len(x)-1)/2] + x[len(x)/2]) / 2
}
