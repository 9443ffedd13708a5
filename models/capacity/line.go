package capacity

import "gonum.org/v1/gonum/stat"

// line carries a driver on as it went in the newest year: least squares, and how badly that is known.
type line struct {
	n             int
	middle, level float64 // the mean period and the value there
	slope         float64 // per period
	variance      float64 // of the residuals
	spread        float64 // sum of (period - middle)^2
	positive      bool    // it was never negative, so it will not be
}

// lines returns one for each driver, from the rows where it is known.
func (h *history) lines() []line {
	if len(h.rows) == 0 {
		return nil
	}
	out := make([]line, len(h.rows[0].drivers))
	for d := range out {
		var at, v []float64
		for _, r := range h.rows {
			if usable(r.drivers[d]) {
				at, v = append(at, float64(r.at)), append(v, r.drivers[d])
			}
		}
		out[d] = newLine(at, v)
	}
	return out
}

// yearOfPoints is how many of the newest points a line is drawn through: twelve months and one, or a quarter of weeks.
const yearOfPoints = 13

func newLine(at, v []float64) line {
	if excess := len(v) - yearOfPoints; excess > 0 {
		at, v = at[excess:], v[excess:]
	}
	l := line{n: len(v), positive: true}
	if l.n == 0 {
		return l
	}
	l.middle, l.level = stat.Mean(at, nil), stat.Mean(v, nil)
	for i := range v {
		l.positive = l.positive && v[i] >= 0
		l.spread += (at[i] - l.middle) * (at[i] - l.middle)
	}
	if l.n < 3 {
		l.level = v[l.n-1]
		return l
	}
	for i := range v {
		l.slope += (at[i] - l.middle) * (v[i] - l.level) / l.spread
	}
	for i := range v {
		residual := v[i] - l.level - l.slope*(at[i]-l.middle)
		l.variance += residual * residual / float64(l.n-2)
	}
	return l
}

// at returns the value in a period.
func (l *line) at(n period) float64 {
	v := l.level + l.slope*(float64(n)-l.middle)
	if l.positive {
		v = max(0, v)
	}
	return v
}

// doubt returns the variance of the sum of the values of some periods, given how many, and the sum of their distances
// from the middle.
func (l *line) doubt(periods, distance float64) float64 {
	if l.n < 3 {
		return 0
	}
	return l.variance * (periods + periods*periods/float64(l.n) + distance*distance/l.spread)
}
