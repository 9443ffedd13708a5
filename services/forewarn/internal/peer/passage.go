package peer

import "math"

// FirstPassage takes daily closes for a Brownian motion with drift, whose first passage follows the inverse-Gaussian
// law, after arXiv 1901.10552. It fires if the limit is reached within seven days with a probability of one half.
type FirstPassage struct {
	closes       daily
	drift, sigma float64 // per day and per square root of a day
	room         float64 // share left at the newest close
	last         Reading
}

// NewFirstPassage returns the rule; it remembers 42 closes.
func NewFirstPassage() *FirstPassage {
	return &FirstPassage{closes: daily{keep: 42, closes: true}, last: silent()}
}

// Observe fits and forecasts once a day, and counts the hours since then off the dates.
func (r *FirstPassage) Observe(s Sample) Reading {
	if r.closes.add(s.Time, s.Used()) && len(r.closes.days) >= minDays {
		r.fit(r.closes.days)
		r.last = r.forecast()
	}
	out := r.last
	gone := s.Time - r.closes.today*day
	out.P10, out.P50, out.P90 = max(0, out.P10-gone), max(0, out.P50-gone), max(0, out.P90-gone)
	return out
}

func (r *FirstPassage) fit(y []float64) {
	n := float64(len(y) - 1)
	r.drift = (y[len(y)-1] - y[0]) / n
	squares := 0.0
	for i := 1; i < len(y); i++ {
		e := y[i] - y[i-1] - r.drift
		squares += e * e
	}
	r.sigma, r.room = math.Sqrt(squares/n)+1e-6, 1-y[len(y)-1]
}

func (r *FirstPassage) forecast() Reading {
	out := silent()
	for i, days := range [...]float64{4.0 / 24, 1, 7, 30} {
		out.Within[i] = r.within(days)
	}
	out.P10, out.P50, out.P90 = r.quantile(0.1), r.quantile(0.5), r.quantile(0.9)
	out.Urgency = out.Within[2]
	out.Firing = out.Within[2] >= 0.5
	return out
}

// within returns the probability of passing the limit within so many days.
func (r *FirstPassage) within(days float64) float64 {
	if r.room <= 0 {
		return 1
	}
	s := r.sigma * math.Sqrt(days)
	p := normal((r.drift*days - r.room) / s)
	// The second term is a product of a huge and a tiny number: both are taken as logarithms.
	if tail := normal((-r.room - r.drift*days) / s); tail > 0 {
		p += math.Exp(2*r.drift*r.room/(r.sigma*r.sigma) + math.Log(tail))
	}
	return min(max(p, 0), 1)
}

// quantile returns when the probability reaches p, in seconds; +Inf beyond 180 days.
func (r *FirstPassage) quantile(p float64) float64 {
	lo, hi := 0.0, 180.0
	if r.within(hi) < p {
		return math.Inf(1)
	}
	for hi-lo > 1e-3 {
		if mid := (lo + hi) / 2; r.within(mid) >= p {
			hi = mid
		} else {
			lo = mid
		}
	}
	return hi * day
}

// normal is the standard normal distribution function.
func normal(z float64) float64 { return math.Erfc(-z/math.Sqrt2) / 2 }
