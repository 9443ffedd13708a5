package capacity

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/sajari/regression"
	"gonum.org/v1/gonum/mat"
)

// minRows is the least that a constant and its interval are worth anything with.
const minRows = 6

// errSingular should not happen, since what cannot be told apart is left out; it is better than NaN if it does.
var errSingular = errors.New("the effects cannot be told apart; name fewer drivers")

// Fit explains the past. Drivers and closes that the past cannot tell apart are left out, with a reason in the report;
// points without a use, and rows without a value for a driver that is in, are skipped. The newest 100 points count.
//
// It returns an error that says all that is wrong with the problem, or wraps ErrTooFewPoints where less than 6 periods
// (of what accumulates: growths from one period to the next) can be used. A few milliseconds at most: O(points^2 x effects).
func Fit(p Problem) (*Plan, error) {
	if err := p.check(); err != nil {
		return nil, fmt.Errorf("plan %s: %w", p.Resource, err)
	}
	p.Drivers = slices.Clone(p.Drivers)
	plan, err := fit(&p)
	if err != nil {
		return nil, fmt.Errorf("plan %s: %w", p.Resource, err)
	}
	return plan, nil
}

func fit(p *Problem) (*Plan, error) {
	h, err := newHistory(p)
	if err != nil {
		return nil, err
	}
	if len(h.rows) < minRows {
		return nil, fmt.Errorf("%w: %d of at least %d %vs", ErrTooFewPoints, len(h.rows), minRows, p.Step)
	}
	origin := h.rows[0].at
	list, missing := split(candidates(p, origin), h)
	rows := h.complete(drivers(list))
	if len(rows) < minRows {
		return nil, fmt.Errorf("%w: %d of at least %d %vs have all drivers", ErrTooFewPoints, len(rows), minRows, p.Step)
	}
	chosen := choose(p, list, origin, rows)
	plan := &Plan{
		problem: *p, columns: chosen.columns, dropped: append(missing, chosen.dropped...),
		origin: origin, last: h.last, used: h.used, points: len(rows), skipped: h.skipped, lines: h.lines(),
	}
	plan.problem.Points = nil // the caller's, and not needed any more
	if err := plan.regress(rows); err != nil {
		return nil, err
	}
	return plan, nil
}

// split takes the drivers out that are unknown too often.
func split(list []effect, h *history) (kept []effect, dropped []Dropped) {
	for _, e := range list {
		if e.kind == driverEffect && 4*h.known(e.driver) <= 3*len(h.rows) {
			dropped = append(dropped, Dropped{e.name, Missing})
			continue
		}
		kept = append(kept, e)
	}
	return kept, dropped
}

// drivers returns the drivers among the effects.
func drivers(list []effect) (out []int) {
	for _, e := range list {
		if e.kind == driverEffect {
			out = append(out, e.driver)
		}
	}
	return out
}

// responses returns what is to be explained.
func responses(rows []row) []float64 {
	y := make([]float64, len(rows))
	for i, r := range rows {
		y[i] = r.y
	}
	return y
}

// regress fills in coefficients, covariance and quality. Everything is standardised, so that users and terabytes do
// not meet in one matrix, and the constant is independent of the rest.
func (p *Plan) regress(rows []row) error {
	y := responses(rows)
	p.mean, p.scale = moments(y)
	var r regression.Regression
	for i := range rows {
		z := make([]float64, len(p.columns))
		for j, c := range p.columns {
			z[j] = c.z[i]
		}
		response := 0.0
		if p.scale > 0 {
			response = (y[i] - p.mean) / p.scale
		}
		r.Train(regression.DataPoint(response, z))
	}
	if err := r.Run(); err != nil {
		return fmt.Errorf("regression over %d points: %w", len(rows), err)
	}
	p.beta = r.GetCoeffs()[1:]
	if slices.ContainsFunc(p.beta, func(b float64) bool { return math.IsNaN(b) || math.IsInf(b, 0) }) {
		return errSingular
	}
	if p.scale > 0 {
		p.r2 = max(0, min(1, r.R2))
	}
	p.judge(y)
	return p.invert()
}

// judge measures the residuals.
func (p *Plan) judge(y []float64) {
	var squares, steps, before float64
	for i := range y {
		residual := y[i] - p.mean
		for j, c := range p.columns {
			residual -= p.scale * p.beta[j] * c.z[i]
		}
		squares += residual * residual
		if i > 0 {
			steps += (residual - before) * (residual - before)
		}
		before = residual
	}
	p.sigma = math.Sqrt(squares / float64(p.freedom()))
	p.durbinWatson = 2
	if p.sigma > 1e-9*p.scale {
		p.durbinWatson = steps / squares
	}
}

// invert returns the covariance of the coefficients up to the residual variance: (Z'Z)^-1.
func (p *Plan) invert() error {
	k := len(p.columns)
	if k == 0 {
		return nil
	}
	gram := mat.NewSymDense(k, nil)
	for i := range k {
		for j := i; j < k; j++ {
			gram.SetSym(i, j, dot(p.columns[i].z, p.columns[j].z))
		}
	}
	var factors mat.Cholesky
	p.inverse = new(mat.SymDense)
	if !factors.Factorize(gram) || factors.InverseTo(p.inverse) != nil {
		return errSingular
	}
	return nil
}
