package robust

import (
	"math"
	"slices"
)

// MADScale makes the median absolute deviation estimate the standard deviation of Gaussian noise: 1/Φ⁻¹(3/4).
const MADScale = 1.4826

// Median returns the middle of x in place, the mean of the two middles if len(x) is even, NaN if x is empty.
// O(n) expected, by selection (Hoare 1961).
func Median(x []float64) float64 {
	n := len(x)
	if n == 0 {
		return math.NaN()
	}
	upper := Select(x, n/2)
	if n%2 == 1 {
		return upper
	}
	return (slices.Max(x[:n/2]) + upper) / 2
}

// Deviation returns MADScale times the median absolute deviation of x from its median, in the unit of x, in place:
// x is left holding absolute deviations. NaN if x is empty. O(n) expected. After Hampel, J. Am. Stat. Assoc. 69 (1974).
func Deviation(x []float64) float64 {
	m := Median(x)
	for i := range x {
		x[i] = math.Abs(x[i] - m)
	}
	return MADScale * Median(x)
}

// Quantile returns the q-quantile of x in place, interpolated linearly between order statistics (type 7 of Hyndman &
// Fan, Am. Stat. 50, 1996), q clamped to [0, 1]. NaN if x is empty or q is NaN. O(n) expected.
func Quantile(x []float64, q float64) float64 {
	if len(x) == 0 || math.IsNaN(q) {
		return math.NaN()
	}
	at := min(max(q, 0), 1) * float64(len(x)-1)
	k := int(at)
	low := Select(x, k)
	if k+1 == len(x) {
		return low
	}
	return low + (at-float64(k))*(slices.Min(x[k+1:])-low)
}

// small is the length below which sorting is faster than partitioning.
const small = 12

// Select returns the k-th smallest of x, counted from 0, in place: smaller ones end up before x[k], larger ones behind
// it. It panics unless 0 <= k < len(x). O(n) expected, without randomness, so that a replay takes the same steps.
func Select(x []float64, k int) float64 {
	_ = x[k]
	low, high := 0, len(x) // x[k] belongs into x[low:high]
	for high-low > small {
		i, j := partition(x[low:high])
		switch i, j = low+i, low+j; {
		case k <= j:
			high = j + 1
		case k >= i:
			low = i
		default:
			return x[k]
		}
	}
	insertionSort(x[low:high])
	return x[k]
}

// insertionSort sorts a few numbers, twice as fast as slices.Sort, which looks for NaN at every comparison.
func insertionSort(x []float64) {
	for i := 1; i < len(x); i++ {
		v, j := x[i], i
		for ; j > 0 && v < x[j-1]; j-- {
			x[j] = x[j-1]
		}
		x[j] = v
	}
}

// partition splits x about a median of three: x[:j+1] <= pivot <= x[i:], and what lies between is the pivot.
func partition(x []float64) (i, j int) {
	first, middle, last := x[0], x[len(x)/2], x[len(x)-1]
	pivot := max(min(first, middle), min(max(first, middle), last))
	i, j = 0, len(x)-1
	for i <= j {
		// The bounds hold for NaN, too, which stops neither scan.
		for i < len(x)-1 && x[i] < pivot {
			i++
		}
		for j > 0 && x[j] > pivot {
			j--
		}
		if i <= j {
			x[i], x[j] = x[j], x[i]
			i++
			j--
		}
	}
	return i, j
}
