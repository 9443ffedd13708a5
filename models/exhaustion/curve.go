package exhaustion

import (
	"math"
	"slices"
)

// curve is the probability over time that views give together: the largest that any of them gives.
type curve struct {
	views []view
	// known are the probabilities at times, both in rising order.
	times [6]float64
	known [6]float64
}

// sample fills in what is known at the horizons and at both ends.
func (c *curve) sample() {
	c.times = [6]float64{0: soonest, 5: MaxETA.Seconds()}
	for i, h := range Horizons() {
		c.times[i+1] = h.Seconds()
	}
	for i, t := range c.times {
		c.known[i], _ = c.within(t)
	}
}

// soonest is the least time ahead that is told, in seconds.
const soonest = 0.1

// within returns the probability at a time in seconds, and the index of the view that it is from, -1 for none.
func (c *curve) within(t float64) (best float64, who int) {
	who = -1
	for i := range c.views {
		if v := &c.views[i]; v.grade > 0 {
			if p := v.within(t); p > best {
				best, who = p, i
			}
		}
	}
	return best, who
}

// What a quantile may be off by: in probability, and where that leaps, as a share of the time.
const (
	offBy      = 0.004
	offByShare = 0.002
)

// quantile returns the time in seconds by which the probability is q, +Inf if that is beyond MaxETA. It searches where
// the known times enclose it, by regula falsi on the logarithm of time, the steps of which it bounds, so that a curve
// that leaps is halved.
func (c *curve) quantile(q float64) float64 {
	i := slices.IndexFunc(c.known[:], func(p float64) bool { return p >= q })
	switch i {
	case -1:
		return math.Inf(1)
	case 0:
		return soonest
	}
	lo, hi, below, above := math.Log(c.times[i-1]), math.Log(c.times[i]), c.known[i-1], c.known[i]
	for hi-lo > offByShare && above-q > offBy {
		part := min(max((q-below)/(above-below), leastPart), 1-leastPart)
		mid := lo + part*(hi-lo)
		if p, _ := c.within(math.Exp(mid)); p >= q {
			hi, above = mid, p
		} else {
			lo, below = mid, p
		}
	}
	return math.Exp(hi)
}

// leastPart is the least part by which a step narrows what encloses a quantile.
const leastPart = 0.2
