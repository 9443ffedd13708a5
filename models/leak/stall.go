package leak

// paces are what an hour of each quarter of the day usually grows.
type paces [phases]float64

// paces returns those by the quarters from an index on: the median of the days, 0 where none is known.
func (w *window) paces(from int) (out paces) {
	var by [phases]deviations
	for i := from + 1; i < w.n; i++ {
		if w.t[i]-w.t[i-1] < 1.5*w.step {
			by[w.phase(i-1)].add(w.y[i] - w.y[i-1])
		}
	}
	for k := range by {
		if n := by[k].n; n > 0 {
			out[k] = medianOf(by[k].of[:n]) / quarterHours
		}
	}
	return out
}

// stalls reports whether the newest hours, up to half a day of them, have grown by much less than such hours of the day
// usually do. A cache that has just reached its bound looks like a leak near its end for as long as a line through its
// days is believed.
func (w *window) stalls(usual *paces, noise float64) bool {
	const (
		little  = 0.4
		least   = 0.006 // what no growth is missed for
		surely  = 4     // deviations
		longest = dayHours / 2
	)
	expected := 0.0
	for i := w.n - 1; i > 0 && i >= w.n-longest; i-- {
		expected += usual[hourOf(w.t[i-1])/quarterHours] * (w.t[i] - w.t[i-1]) * dayHours
		grown := w.y[w.n-1] - w.y[i-1]
		if grown < little*expected && expected-grown > max(least, surely*noise) {
			return true
		}
	}
	return false
}
