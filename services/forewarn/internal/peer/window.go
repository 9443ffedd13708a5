package peer

// window holds the points of the last span seconds, and the sums that a line through them needs. Sums are taken
// relative to an anchor and taken anew each time the window has moved on by its length, so that nothing is lost to
// rounding.
type window struct {
	span   float64
	points []point
	first  int // of the points inside

	anchor                   point
	count                    float64
	sumT, sumV, sumTT, sumTV float64
}

type point struct{ t, v float64 }

// add takes a point that is newer than those before it, and drops what is older than span.
func (w *window) add(t, v float64) {
	w.points = append(w.points, point{t, v})
	w.sum(w.points[len(w.points)-1], 1)
	for w.points[w.first].t < t-w.span {
		w.sum(w.points[w.first], -1)
		w.first++
	}
	if t-w.anchor.t > 2*w.span || w.first > len(w.points)/2+64 {
		w.renew()
	}
}

func (w *window) sum(p point, sign float64) {
	t, v := p.t-w.anchor.t, p.v-w.anchor.v
	w.count += sign
	w.sumT += sign * t
	w.sumV += sign * v
	w.sumTT += sign * t * t
	w.sumTV += sign * t * v
}

func (w *window) renew() {
	w.points = append(w.points[:0], w.points[w.first:]...)
	w.first, w.anchor = 0, w.points[0]
	w.count, w.sumT, w.sumV, w.sumTT, w.sumTV = 0, 0, 0, 0, 0
	for _, p := range w.points {
		w.sum(p, 1)
	}
}

// line returns the value at time t and the slope per second of the least-squares line; a constant if all points are of
// one time.
func (w *window) line(t float64) (value, slope float64) {
	meanT, meanV := w.sumT/w.count, w.sumV/w.count
	spread := w.sumTT/w.count - meanT*meanT
	if spread > 1e-9 {
		slope = (w.sumTV/w.count - meanT*meanV) / spread
	}
	return w.anchor.v + meanV + slope*(t-w.anchor.t-meanT), slope
}
