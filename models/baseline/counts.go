package baseline

import "math"

// Counts judges how many events an interval has: log lines of a template, errors, restarts. It follows the mean and, where
// counts scatter more than Poisson's, the size of a negative binomial. The zero value has seen nothing yet.
type Counts struct {
	Mean, Variance float32
	Seen           uint32
}

const (
	countMemory = 2000 // intervals
	leastSeen   = 30
	countClip   = 4 // standard deviations above the mean that a count may count at most
)

// Observe takes in the number of events of an interval and returns its rarity: -log10 of the probability of as many or
// more, or, if that is less, of as few or fewer. It is 0 until 30 intervals were seen, and for what is no count.
func (c *Counts) Observe(n float64) (rarity float64) {
	if !(n >= 0) || n > mostValue {
		return 0
	}
	if c.Seen >= leastSeen {
		rarity = c.rarity(n)
	}
	c.learn(n)
	return rarity
}

func (c *Counts) learn(n float64) {
	mean, variance := float64(c.Mean), float64(c.Variance)
	if c.Seen >= leastSeen {
		n = min(n, mean+countClip*math.Sqrt(max(variance, mean, 1)))
	}
	rate := 1 / min(float64(c.Seen)+1, countMemory)
	off := n - mean
	c.Mean += float32(rate * off)
	c.Variance += float32(rate * (off*off*(1-rate) - variance))
	c.Seen = min(c.Seen, math.MaxUint32-1) + 1
}

// leastMean is the least mean that is told apart from none: one event in as many intervals as are remembered.
const leastMean = 1.0 / countMemory

// shape returns the mean and the size of the negative binomial.
func (c *Counts) shape() (mean, size float64) {
	mean = max(float64(c.Mean), leastMean)
	// Means of a few hundred counts scatter: less than a tenth above Poisson's variance is none.
	return mean, mean * mean / max(float64(c.Variance)-1.1*mean, 1e-3*mean)
}

// rarity returns the rarer side's.
func (c *Counts) rarity(n float64) float64 {
	mean, size := c.shape()
	return max(upper(n, mean, size), lower(n, mean, size))
}

// logMass returns the logarithm of a negative binomial's probability of n, by its mean and size (Hilbe, Negative Binomial
// Regression, 2011); a large size is Poisson's.
func logMass(n, mean, size float64) float64 {
	a, _ := math.Lgamma(n + size)
	b, _ := math.Lgamma(size)
	c, _ := math.Lgamma(n + 1)
	return a - b - c + size*math.Log(size/(size+mean)) + n*math.Log(mean/(size+mean))
}

// upper bounds -log10 of the probability of n or more by a geometric series, which is close beyond the mean.
func upper(n, mean, size float64) float64 {
	if n <= mean {
		return 0
	}
	ratio := (n + size) / (n + 1) * mean / (size + mean)
	return max(0, -(logMass(n, mean, size)-math.Log1p(-min(ratio, 1-1e-9)))/math.Ln10)
}

// lower does so for n or fewer.
func lower(n, mean, size float64) float64 {
	if n >= mean {
		return 0
	}
	ratio := n / (n - 1 + size) * (size + mean) / mean
	if n == 0 {
		ratio = 0
	}
	return max(0, -(logMass(n, mean, size)-math.Log1p(-min(ratio, 1-1e-9)))/math.Ln10)
}
