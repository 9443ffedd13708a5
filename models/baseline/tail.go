package baseline

import "math"

// tail is what is known of the large values of a decision statistic: peaks over a threshold (Davison & Smith, J. R. Stat.
// Soc. B 52, 1990), a generalised Pareto fitted by moments (Hosking & Wallis, Technometrics 29, 1987).
type tail struct {
	// From is the threshold, which tailShare of the values exceed; 0 before anything is learnt.
	From float32
	// Mean and Square are the means of the exceedances and of their squares.
	Mean, Square float32
}

const (
	tailShare = 0.02
	bulk      = 1.69897 // -log10(tailShare)
	// mostShape clamps the shape: moments do not tell heavier tails. Lighter ones than the exponential count as such.
	mostShape    = 0.3
	priorExcess  = 8   // exceedances that the prior is worth
	memoryExcess = 250 // exceedances that are remembered
	leastFrom    = 0.05
)

// prior is the tail of Gaussian noise of unit spread.
func prior() tail { return tail{From: 2, Mean: 0.5, Square: 0.5} }

// rarity returns -log10 of how often the statistic is as large as x, at least 0.
func (t *tail) rarity(x float64) float64 {
	if t.From == 0 {
		p := prior()
		return p.rarity(x)
	}
	from := float64(t.From)
	if x <= from {
		return bulk * x / from
	}
	mean, square := float64(t.Mean), float64(t.Square)
	shape := 0.5 * (1 - mean*mean/max(square-mean*mean, 1e-12))
	shape = min(max(shape, 0), mostShape)
	excess := (x - from) / max(mean*(1-shape), 1e-9)
	if shape < 0.02 {
		return bulk + excess/math.Ln10
	}
	return bulk + math.Log1p(shape*excess)/(shape*math.Ln10)
}

// learn takes in a value, at most clip mean exceedances above the threshold, as the samples-th.
func (t *tail) learn(x, samples, clip float64) {
	if t.From == 0 {
		*t = prior()
	}
	from := float64(t.From)
	step := max(0.01, 1/(10+samples/10)) * max(from, 0.5)
	if x <= from {
		t.From = float32(max(from-tailShare*step, leastFrom))
		return
	}
	rate := 1 / min(priorExcess+tailShare*samples, memoryExcess)
	excess := min(x-from, clip*float64(t.Mean))
	t.Mean += float32(rate * (excess - float64(t.Mean)))
	t.Square += float32(rate * (excess*excess - float64(t.Square)))
	t.From = float32(from + (1-tailShare)*step)
}
