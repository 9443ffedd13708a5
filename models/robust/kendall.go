package robust

import (
	"math"
	"slices"
)

// Kendall is what the test for trend of Mann (Econometrica 13, 1945) and Kendall (Rank Correlation Methods, 1975)
// counts. The counts of independent stretches may be added up, as Hirsch & Slack do for seasons (Water Resour. Res. 20,
// 1984): the sum is again tested by Z.
type Kendall struct {
	// S is the number of pairs that rise minus the number of those that fall.
	S float64
	// Variance is that of S if there were no trend and samples were independent, corrected for ties.
	Variance float64
}

// Add returns the counts of both stretches.
func (k Kendall) Add(other Kendall) Kendall {
	return Kendall{S: k.S + other.S, Variance: k.Variance + other.Variance}
}

// Z returns the standard score of S, with correction for continuity, its variance multiplied by inflation, which is 1
// for independent samples and what [HamedRao] returns for others. 0 without variance.
func (k Kendall) Z(inflation float64) float64 {
	sd := math.Sqrt(k.Variance * inflation)
	if !(sd > 0) || k.S == 0 {
		return 0
	}
	return (k.S - math.Copysign(1, k.S)) / sd
}

// MannKendall counts the pairs of y, in time order, at equal or unequal distances. scratch must hold len(y).
// O(n²), fine for a few hundred.
func MannKendall(y, scratch []float64) Kendall {
	s := 0
	for i, a := range y {
		for _, b := range y[i+1:] {
			s += count(b > a) - count(b < a)
		}
	}
	return Kendall{S: float64(s), Variance: variance(y, scratch)}
}

// variance returns that of S: (n(n-1)(2n+5) - Σ t(t-1)(2t+5))/18, the sum being over groups of t equal values.
func variance(y, scratch []float64) float64 {
	sorted := scratch[:copy(scratch, y)]
	slices.Sort(sorted)
	term := func(n int) float64 { return float64(n) * float64(n-1) * float64(2*n+5) }
	v := term(len(y))
	for i := 0; i < len(sorted); {
		j := i + 1
		for j < len(sorted) && sorted[j] == sorted[i] {
			j++
		}
		v -= term(j - i)
		i = j
	}
	return v / 18
}

// HamedRao returns the factor by which autocorrelation inflates the variance of Kendall's S, by the ranks of the
// residuals about the trend, in time order at equal distances (Hamed & Rao, J. Hydrol. 204, 1998, eq. 8; as there, only
// correlations significant at 5 % count). It never returns less than 1: a saw-tooth that alternates must not make a trend
// more certain. scratch must hold len(residuals); the residuals are kept. 1 for fewer than 3. O(n²).
func HamedRao(residuals, scratch []float64) float64 {
	n := len(residuals)
	if n < 3 {
		return 1
	}
	ranks := scratch[:n]
	total := rank(ranks, residuals)
	if total == 0 {
		return 1
	}
	significant := 1.96 / math.Sqrt(float64(n))
	sum := 0.0
	for lag := 1; lag < n-2; lag++ {
		// Not gonum's floats.Dot: its assembly makes the caller's scratch escape to the heap.
		rho := 0.0
		for i, r := range ranks[lag:] {
			rho += r * ranks[i]
		}
		if rho /= total; math.Abs(rho) > significant {
			m := float64(n - lag)
			sum += m * (m - 1) * (m - 2) * rho
		}
	}
	m := float64(n)
	return max(1, 1+2*sum/(m*(m-1)*(m-2)))
}

// rank fills dst with the ranks of x about their mean, ties sharing the mean of theirs, and returns their sum of squares.
func rank(dst, x []float64) (squares float64) {
	for i, a := range x {
		r := 0
		for _, b := range x {
			r += count(b < a) - count(b > a)
		}
		dst[i] = float64(r) / 2
		squares += dst[i] * dst[i]
	}
	return squares
}

// count returns 1 for true. It compiles to no branch, which on noise would be mispredicted half of the time.
func count(b bool) int {
	if b {
		return 1
	}
	return 0
}
