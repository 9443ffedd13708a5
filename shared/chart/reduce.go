package chart

import "math"

// reduce returns the samples of one run that a picture needs: of those in one column of pixels the first, the least, the
// greatest and the last, in the order of time (M4: Jugel, Jerzak, Hackenbroich, Markl, VLDB 2014). What is drawn from them
// is what would be drawn from all.
func reduce(run []sample, x scale) []sample {
	columns := math.Abs(x.to - x.from)
	if float64(len(run)) <= 2*columns {
		return run
	}
	out := make([]sample, 0, int(4*columns)+4)
	for start := 0; start < len(run); {
		column := math.Floor(x.at(run[start].t))
		end, least, greatest := start, start, start
		for ; end < len(run) && math.Floor(x.at(run[end].t)) == column; end++ {
			if run[end].v < run[least].v {
				least = end
			}
			if run[end].v > run[greatest].v {
				greatest = end
			}
		}
		last := -1
		for _, i := range []int{start, min(least, greatest), max(least, greatest), end - 1} {
			if i != last {
				out = append(out, run[i])
				last = i
			}
		}
		start = end
	}
	return out
}
