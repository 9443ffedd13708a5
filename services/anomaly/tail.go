package anomaly

import "math"

// logTail returns an upper bound, within a few per cent of the value, of the natural logarithm of the probability of n or
// more of what comes mean times on average with a variance: negative binomial, or Poisson if the variance is no larger
// than the mean. It holds where n is above the mean, and is 0 elsewhere. The terms from n on fall at least as fast as the
// first two do, which bounds their sum by a geometric series. O(1).
func logTail(n, mean, variance float64) float64 {
	if n <= mean || mean <= 0 {
		return 0
	}
	var first, ratio float64
	if variance <= mean*(1+1e-9) {
		first = n*math.Log(mean) - mean - logFactorial(n)
		ratio = mean / (n + 1)
	} else {
		size, fail := mean*mean/(variance-mean), 1-mean/variance
		gamma, _ := math.Lgamma(n + size)
		norm, _ := math.Lgamma(size)
		first = gamma - norm - logFactorial(n) + size*math.Log(1-fail) + n*math.Log(fail)
		ratio = fail * max(1, (n+size)/(n+1))
	}
	if ratio >= 1 {
		return 0
	}
	return min(0, first-math.Log1p(-ratio))
}

func logFactorial(n float64) float64 {
	v, _ := math.Lgamma(n + 1)
	return v
}
