package scenario

import "math"

// fraction returns what follows the decimal point of x, 0 to 1, also where x is negative.
func fraction(x float64) float64 { return x - math.Floor(x) }

// clamp keeps x between 0 and 1.
func clamp(x float64) float64 { return clampTo(x, 0, 1) }

func clampTo(x, lo, hi float64) float64 { return min(max(x, lo), hi) }

// reflect turns back at the walls lo and hi.
func reflect(x, lo, hi float64) float64 {
	if x < lo {
		x = 2*lo - x
	}
	if x > hi {
		x = 2*hi - x
	}
	return clampTo(x, lo, hi)
}

// stepAt returns before until day at, and after from then on.
func stepAt(day, at, before, after float64) float64 {
	if day < at {
		return before
	}
	return after
}
