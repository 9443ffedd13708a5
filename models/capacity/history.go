package capacity

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// row is what is explained in one period, and by what.
type row struct {
	at      period
	y       float64 // use, or growth since the period before
	drivers []float64
}

// history is the usable past of a problem.
type history struct {
	rows []row
	// last is the newest period with a use, used that use.
	last period
	used float64
	// skipped counts points without a use, and those older than maxPoints.
	skipped int
}

// newHistory sorts the points and takes what can be used. Two points of one period are an error: which is it?
func newHistory(p *Problem) (*history, error) {
	var h history
	var rows []row
	for _, point := range p.Points {
		if !usable(point.Used) || point.Used < 0 {
			h.skipped++
			continue
		}
		rows = append(rows, row{p.Step.periodOf(point.Time), point.Used, point.Drivers})
	}
	slices.SortFunc(rows, func(a, b row) int { return cmp.Compare(a.at, b.at) })
	for i := 1; i < len(rows); i++ {
		if rows[i].at == rows[i-1].at {
			return nil, fmt.Errorf("two points for the %v of %s; give one", p.Step, p.Step.start(rows[i].at).Format("2006-01-02"))
		}
	}
	if excess := len(rows) - maxPoints; excess > 0 {
		rows, h.skipped = rows[excess:], h.skipped+excess
	}
	if len(rows) == 0 {
		return nil, fmt.Errorf("%w: none of %d has a use", ErrTooFewPoints, len(p.Points))
	}
	newest := rows[len(rows)-1]
	h.last, h.used, h.rows = newest.at, newest.y, rows
	if p.Accumulates {
		h.rows = growth(rows)
	}
	return &h, nil
}

// growth returns what was added in each period whose predecessor is known too.
func growth(rows []row) (out []row) {
	for i := 1; i < len(rows); i++ {
		if rows[i].at == rows[i-1].at+1 {
			out = append(out, row{rows[i].at, rows[i].y - rows[i-1].y, rows[i].drivers})
		}
	}
	return out
}

// known returns how many rows have a value for a driver.
func (h *history) known(driver int) (n int) {
	for _, r := range h.rows {
		if usable(r.drivers[driver]) {
			n++
		}
	}
	return n
}

// complete returns the rows that have a value for each of the drivers.
func (h *history) complete(drivers []int) (out []row) {
	for _, r := range h.rows {
		if !slices.ContainsFunc(drivers, func(d int) bool { return !usable(r.drivers[d]) }) {
			out = append(out, r)
		}
	}
	return out
}

// moments returns mean and standard deviation; a deviation that is nothing beside the numbers, or nothing at all, is 0.
func moments(v []float64) (mean, deviation float64) {
	largest := 0.0
	for _, x := range v {
		mean += x / float64(len(v))
		largest = max(largest, math.Abs(x))
	}
	for _, x := range v {
		deviation += (x - mean) * (x - mean) / float64(len(v))
	}
	deviation = math.Sqrt(deviation)
	if deviation <= 1e-9*largest || deviation < 1/huge {
		return mean, 0
	}
	return mean, deviation
}
