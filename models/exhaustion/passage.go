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
	ahead := normalCDF((mean - p.distance) / s)
	// The reflected term is exp(2 drift distance / variance) Φ(-z): a huge number times a tiny one, so it is
	// taken in logarithms.
	reflected := math.Exp(2*mean/t*p.distance/p.variance + logNormalTail((mean+p.distance)/s))
	return min(1, ahead+reflected)
}

// bent returns what a curve of 1 adds to the mean within t seconds.
func (p passage) bent(t float64) float64 {
	if t <= p.bends {
		return t * t / 2
	}
	return p.bends*p.bends/2 + p.bends*(t-p.bends)
}

func normalCDF(z float64) float64 { return 0.5 * math.Erfc(-z/math.Sqrt2) }

// logNormalTail returns log Φ(-z) for z >= 0, by the asymptotic series where Erfc underflows
// (Abramowitz & Stegun 26.2.12).
func logNormalTail(z float64) float64 {
	if z < 30 {
		return math.Log(0.5 * math.Erfc(z/math.Sqrt2))
	}
	return -z*z/2 - math.Log(z*math.Sqrt(2*math.Pi)) - 1/(z*z)
}
