package leak

import "math"

// level is an amount on a logarithmic scale, in two bytes: 0 is none, each step is 0.085 %. It covers 10⁻⁶ to 10¹⁸ of
// any unit, so that handles and bytes need no scale of their own.
type level uint16

const (
	lowestLevel = 1e-6
	levelSpan   = 24 * math.Ln10 / (math.MaxUint16 - 1) // natural logarithm per step
)

// levelOf returns the level next to x; what lies outside of the range counts as its nearest end.
func levelOf(x float64) level {
	steps := math.Round(math.Log(max(x, lowestLevel)/lowestLevel) / levelSpan)
	return level(1 + min(steps, math.MaxUint16-1))
}

// amount returns what the level stands for, 0 for none.
func (l level) amount() float64 {
	if l == 0 {
		return 0
	}
	return lowestLevel * math.Exp(float64(l-1)*levelSpan)
}
