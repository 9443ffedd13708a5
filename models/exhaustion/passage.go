package exhaustion

import "math"

// passage is the law of the first time at which a Brownian motion with drift, starting at 0, reaches distance:
// the inverse-Gaussian law (Chhikara & Folks, The Inverse Gaussian Distribution, 1989). Times in seconds,
// distances in shares of the limit.
type passage struct {
	distance float64
	drift    float64 // per second, > 0
	curve    float64 // by how much the drift grows, per second², >= 0, for the first bends seconds
	bends    float64
	variance float64 // per second, > 0
	// reach is how far ahead the law is believed, in seconds; no probability is given to later times.
	reach float64
}

// within returns the probability that the distance is covered within t seconds, 0 to 1. It is monotone in t.
func (p passage) within(t float64) float64 {
	t = min(t, p.reach)
	if p.distance <= 0 {
		return 1
	}
	if t <= 0 || p.drift <= 0 {
		return 0
	}
	s := math.Sqrt(p.variance * t)
	mean := p.drift*t + p.curve*p.bent(t)
	z := (mean - p.distance) / s
	if z < -farOff {
		return 0
	}
	// The reflected term is exp(2 drift distance / variance) Φ(-(mean + distance)/s), a huge number times a tiny one: the
	// same as the density at z times Mills' ratio.
	reflected := math.Exp(-z*z/2) / math.Sqrt(2*math.Pi) * mills((mean+p.distance)/s)
	return min(1, normalCDF(z)+reflected)
}

// farOff is how many standard deviations below the mean nothing happens any more: less than once in 10^11.
const farOff = 6.7

// bent returns what a curve of 1 adds to the mean within t seconds.
func (p passage) bent(t float64) float64 {
	if t <= p.bends {
		return t * t / 2
	}
	return p.bends*p.bends/2 + p.bends*(t-p.bends)
}

func normalCDF(z float64) float64 { return 0.5 * math.Erfc(-z/math.Sqrt2) }

// mills returns Mills' ratio Φ(-z)/φ(z) for z >= 0, to five digits: where z is large by its asymptotic series, else by its
// continued fraction (Abramowitz & Stegun 26.2.12 and 26.2.14).
func mills(z float64) float64 {
	switch {
	case z < 3:
		return 0.5 * math.Erfc(z/math.Sqrt2) * math.Sqrt(2*math.Pi) * math.Exp(z*z/2)
	case z > 8:
		q := 1 / (z * z)
		return (1 - q*(1-3*q)) / z
	}
	x := z
	for k := 7.0; k >= 1; k-- {
		x = z + k/x
	}
	return 1 / x
}
