package robust

import "math"

// Slopes appends to dst the slope between every pair of points (t[i], y[i]), unit of y per unit of t, and returns it:
// n(n-1)/2 of them, without pairs of equal t. t and y have equal length. It allocates only if dst lacks the capacity.
// O(n²): meant for n up to a few hundred.
func Slopes(dst, t, y []float64) []float64 {
	for i := range y {
		for j := i + 1; j < len(y); j++ {
			if dt := t[j] - t[i]; dt != 0 {
				dst = append(dst, (y[j]-y[i])/dt)
			}
		}
	}
	return dst
}

// Slope is an estimated slope and its confidence interval, all in the unit of y per unit of t.
type Slope struct{ Low, Mid, High float64 }

// TheilSen returns the median of the given slopes of all pairs (Theil, Indag. Math. 12, 1950), which up to 29 % of wild
// points do not move, and the interval of Sen (J. Am. Stat. Assoc. 63, 1968): the order statistics that are z standard
// deviations of Kendall's S apart, sd being that of [Kendall.Variance], inflated where samples are alike. z is 1.2816 for
// 80 % and 1.96 for 95 %. In place; all NaN if there are no slopes. O(len(slopes)) expected.
func TheilSen(slopes []float64, z, sd float64) Slope {
	n := len(slopes)
	if n == 0 {
		return Slope{math.NaN(), math.NaN(), math.NaN()}
	}
	out := Slope{Mid: Median(slopes)}
	out.Low, out.High = out.Mid, out.Mid
	// The median has parted the slopes, so that each end is looked for in its own half only.
	below, above := slopes[:n/2], slopes[n/2:]
	if half := z * sd / 2; half >= 1 && len(below) > 0 {
		out.Low = Select(below, max(0, n/2-int(min(half, float64(n)))))
		out.High = Select(above, min(len(above)-1, int(min(half, float64(n)))))
	}
	return out
}
