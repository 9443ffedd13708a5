package calibration

import "slices"

const (
	bins  = 40
	knots = bins + 1
)

// edges of the bins of probability: finer towards 0 and 1, where most forecasts are, and never across a tenth, so that
// the rows of a scorecard are sums of bins.
var edges = [knots]float64{
	0, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.125, 0.15, 0.175, 0.2,
	0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8,
	0.825, 0.85, 0.875, 0.9, 0.925, 0.95, 0.97, 0.98, 0.99, 0.995, 0.998, 0.999, 0.9995, 1,
}

// binOf returns the bin of p, which must be within 0 to 1. A bin holds its lower edge; the last one holds 1 too.
func binOf(p float64) int {
	i, found := slices.BinarySearch(edges[:], p)
	if !found {
		i--
	}
	return min(i, bins-1)
}

// curve maps a probability: its values at the edges, 0 to 1, not decreasing.
type curve [knots]float64

// at returns the value at p, 0 to 1, by linear interpolation.
func (c *curve) at(p float64) float64 {
	i := binOf(p)
	share := (p - edges[i]) / (edges[i+1] - edges[i])
	// Written so that share 1 gives c[i+1] exactly, and rounding cannot make it decrease within the bin's values.
	return min(c[i]+share*(c[i+1]-c[i]), c[i+1])
}

// priorWeight is how many imagined outcomes in each bin agree with the prior.
const priorWeight = 2

// fitCurve returns the isotonic map of a tally, shrunk towards the parent's: the parent itself where the tally is empty.
func fitCurve(t *tally, parent curve) curve {
	if t.resolved() == 0 {
		return parent
	}
	var all [bins]block
	for i, b := range t.bins {
		mid := (edges[i] + edges[i+1]) / 2
		w := float64(b.n) + priorWeight
		all[i] = block{
			x: (float64(b.sum)/billion + priorWeight*mid) / w,
			y: (float64(b.reached) + priorWeight*parent.at(mid)) / w,
			w: w,
		}
	}
	blocks := pool(all[:])
	var out curve
	for i, p := range edges {
		out[i] = max(out[max(0, i-1)], rounded(interpolate(blocks, p)))
	}
	return out
}
