package capacity

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// Report is what a plan rests on, for people to judge.
type Report struct {
	// Formula in words and numbers, in English.
	Formula string
	// Terms are what explains the use, or the growth of what accumulates; the constant first.
	Terms []Term
	// Dropped are the effects that were left out.
	Dropped []Dropped
	// R2 is the share of the variance that is explained, 0 to 1; 0 where nothing varied.
	R2 float64
	// Sigma is the standard deviation of what is left unexplained, in the unit of the problem.
	Sigma float64
	// DurbinWatson is about 2 where what is left unexplained is different every period. Below 1 it goes on from one to
	// the next, and the intervals are too narrow.
	DurbinWatson float64
	// Points used in the fit, and Skipped ones.
	Points, Skipped int
}

// Term is an effect and what one more of it does.
type Term struct {
	Name string
	// Coefficient in the unit of the problem, and its 80 % interval.
	Coefficient, Low, High float64
}

// Report returns what the plan rests on.
func (p *Plan) Report() Report {
	return Report{
		Formula: p.Formula(), Terms: p.terms(), Dropped: slices.Clone(p.dropped), R2: p.r2, Sigma: p.sigma,
		DurbinWatson: p.durbinWatson, Points: p.points, Skipped: p.skipped,
	}
}

// terms returns the coefficients in their own units. The constant has no interval: it lies outside of what was seen.
func (p *Plan) terms() []Term {
	out := []Term{{Name: "constant", Coefficient: p.mean}}
	for j, c := range p.columns {
		k := p.scale * p.beta[j] / c.deviation
		half := p.spread(0.9) * p.sigma / c.deviation * math.Sqrt(p.inverse.At(j, j))
		out = append(out, Term{Name: c.name, Coefficient: k, Low: k - half, High: k + half})
		out[0].Coefficient -= k * c.mean
	}
	out[0].Low, out[0].High = out[0].Coefficient, out[0].Coefficient
	return out
}

// Formula returns the fitted formula with R² and the number of points, such as
// "disk /u01, growth a month in GB = 12.3 + 0.00412 × vouchers a day + 31.0 × quarter end (R² 0.93, 36 months)".
func (p *Plan) Formula() string {
	var b strings.Builder
	b.WriteString(p.problem.Resource)
	if p.problem.Accumulates {
		fmt.Fprintf(&b, ", growth a %v", p.problem.Step)
	}
	fmt.Fprintf(&b, " in %s =", p.problem.Unit)
	for i, term := range p.terms() {
		sign, size := "+", term.Coefficient
		if size < 0 {
			sign, size = "-", -size
		}
		if i == 0 {
			fmt.Fprintf(&b, " %.3g", term.Coefficient)
			continue
		}
		fmt.Fprintf(&b, " %s %.3g × %s", sign, size, term.Name)
	}
	if p.scale == 0 {
		fmt.Fprintf(&b, " (the same in all %d %vs)", p.points, p.problem.Step)
	} else {
		fmt.Fprintf(&b, " (R² %.2f, %d %vs)", p.r2, p.points, p.problem.Step)
	}
	return b.String()
}
