package capacity

import (
	"math"
	"time"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat/distuv"
)

// Plan is a fitted problem. It is never changed, so it is safe for concurrent use.
type Plan struct {
	problem Problem // without its points
	columns []column
	beta    []float64     // of the standardised columns, in deviations of y
	inverse *mat.SymDense // (Z'Z)^-1
	lines   []line        // of the drivers

	mean, scale, sigma float64 // of y; sigma of what is left unexplained
	r2, durbinWatson   float64

	origin, last    period
	used            float64 // in the last period
	points, skipped int
	dropped         []Dropped
}

// freedom returns the degrees of freedom of the residuals, at least 1: there are three points for each effect.
func (p *Plan) freedom() int { return p.points - len(p.columns) - 1 }

// Level is what will be used in one period.
type Level struct {
	// Start of the period.
	Start time.Time
	// P10, P50 and P90 are quantiles of the highest use in it, in the unit of the problem, not negative.
	P10, P50, P90 float64
}

// Forecast returns the use of each period that the scenario looks ahead, oldest first, from the one after the newest
// point: Months of them, or as many weeks. It returns an error if the scenario names a driver that is not in the plan,
// or gives what cannot be. O(periods x effects^2).
func (p *Plan) Forecast(s Scenario) ([]Level, error) {
	if err := p.check(&s); err != nil {
		return nil, err
	}
	spread := p.spread(0.9)
	var out []Level
	for _, m := range p.path(&s, s.months()) {
		out = append(out, Level{
			Start: p.problem.Step.start(m.at),
			P10:   max(0, m.mean-spread*m.deviation), P50: max(0, m.mean), P90: max(0, m.mean+spread*m.deviation),
		})
	}
	return out, nil
}

// spread returns how many deviations above the mean a quantile is: Student's t.
func (p *Plan) spread(quantile float64) float64 {
	return distuv.StudentsT{Mu: 0, Sigma: 1, Nu: float64(p.freedom())}.Quantile(quantile)
}

// moment is the law of the use in a period.
type moment struct {
	at              period
	mean, deviation float64
}

// path returns the law for the periods of so many months ahead. What accumulates is summed up, and with it the noise of
// each period and the doubt about the coefficients, which all periods share.
func (p *Plan) path(s *Scenario, months int) (out []moment) {
	sum := make([]float64, len(p.columns))      // of the standardised effects
	distance := make([]float64, len(p.columns)) // of the carried-on drivers' periods from the middle of their lines
	var level, n float64
	if p.problem.Accumulates {
		level = p.used
	}
	for k := range p.problem.Step.ahead(months) {
		if !p.problem.Accumulates {
			clear(sum)
			clear(distance)
			level, n = 0, 0
		}
		n++
		at := p.last + period(k+1)
		level += p.mean
		for j := range p.columns {
			z, away := p.ahead(s, j, k+1)
			sum[j] += z
			distance[j] += away
			level += p.scale * p.beta[j] * z
		}
		out = append(out, moment{at, level, math.Sqrt(p.variance(n, sum, distance))})
	}
	return out
}

// ahead returns the standardised value of column j, k periods ahead; and for a driver that is carried on, how far that
// is from the middle of its line, else 0.
func (p *Plan) ahead(s *Scenario, j, k int) (z, away float64) {
	c, at := &p.columns[j], p.last+period(k)
	var v float64
	if c.kind == driverEffect {
		var given bool
		if v, given = p.driver(s, c.driver, k); !given {
			away = float64(at) - p.lines[c.driver].middle
		}
	} else {
		v = c.value(&p.problem, at, p.origin, nil)
	}
	return (v - c.mean) / c.deviation, away
}

// variance returns that of the sum of n new observations whose standardised effects add up to sum.
func (p *Plan) variance(n float64, sum, distance []float64) float64 {
	leverage := n * n / float64(p.points)
	if len(sum) > 0 {
		x := mat.NewVecDense(len(sum), sum)
		leverage += mat.Inner(x, p.inverse, x)
	}
	total := p.sigma * p.sigma * (n + leverage)
	for j, c := range p.columns {
		if c.kind == driverEffect && distance[j] != 0 {
			slope := p.scale * p.beta[j] / c.deviation
			total += slope * slope * p.lines[c.driver].doubt(n, distance[j])
		}
	}
	return total
}
