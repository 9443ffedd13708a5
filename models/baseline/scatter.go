package baseline

import "math"

// scatter is by how much a series deviates from what is expected of it.
type scatter struct {
	// Spread is the mean absolute deviation below and above what was expected, Step that of innovations.
	Spread [2]float32
	Step   float32
	// Covariance and Variance are those of a deviation and the one before.
	Covariance, Variance float32
}

const (
	typicalSize = 0.7979 // mean absolute value of a standard Gaussian: sqrt(2/pi)
	spreadDays  = 10
	leastSpread = 50 // samples
	sizeClip    = 4  // spreads that a deviation may count at most
	// grain is the least standard deviation as a share of a value: less is rounding.
	grain     = 1e-4
	tiny      = 1e-12
	mostCarry = 0.99
)

// side returns the index of a deviation's side.
func side(deviation float64) int {
	if deviation > 0 {
		return 1
	}
	return 0
}

// sigma returns the standard deviation on the side of a deviation, the other one where that has not been seen.
func (s *scatter) sigma(deviation float64) float64 {
	i := side(deviation)
	if s.Spread[i] == 0 {
		i = 1 - i
	}
	return float64(s.Spread[i]) / typicalSize
}

// carry returns how much of a deviation is left at the next sample.
func (s *scatter) carry() float64 {
	if s.Variance <= 0 {
		return 0
	}
	return min(max(float64(s.Covariance/s.Variance), 0), mostCarry)
}

// usual returns the mean absolute deviation of both sides.
func (s *scatter) usual() float64 { return float64(s.Spread[0]+s.Spread[1]) / 2 }

// learn takes in a deviation from what was expected and its innovation, of which sigma and step are usual, as the
// samples-th of so many a day. Before is the deviation before, in an hour that scatters by wide; slow is below 1 for what
// is hardly to be learnt.
func (s *scatter) learn(deviation, fresh, sigma, step, before, wide, samples, perDay, slow float64) {
	memory := max(leastSpread, spreadDays*perDay/2)
	rate := slow / min(samples/2+1, memory)
	size, sizeFresh := math.Abs(deviation), math.Abs(fresh)
	if samples >= 10 {
		size, sizeFresh = min(size, sizeClip*sigma), min(sizeFresh, sizeClip*step)
	}
	x := &s.Spread[side(deviation)]
	*x += float32(rate * (size - float64(*x)))
	s.Step += float32(rate / 2 * (sizeFresh - float64(s.Step)))
	rate = slow / min(samples+1, 2*memory) / (wide * wide)
	s.Covariance += float32(rate * (clamp(deviation, 3*sigma)*before - wide*wide*float64(s.Covariance)))
	s.Variance += float32(rate * (before*before - wide*wide*float64(s.Variance)))
}
