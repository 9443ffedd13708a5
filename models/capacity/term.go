package capacity

import (
	"fmt"
	"math"
	"slices"
)

// effect is one thing that use may depend on.
type effect struct {
	name   string
	kind   effectKind
	driver int     // of a driver effect
	close  closing // of a closing effect
}

type effectKind uint8

const (
	driverEffect effectKind = iota
	trendEffect
	closingEffect
)

// value returns the effect's value in a period.
func (e effect) value(p *Problem, at, origin period, drivers []float64) float64 {
	switch e.kind {
	case driverEffect:
		return drivers[e.driver]
	case trendEffect:
		return float64(at - origin)
	default:
		if p.Step.closes(at, e.close, p.YearEnd) {
			return 1
		}
		return 0
	}
}

// Reason says why an effect was left out.
type Reason uint8

// The reasons.
const (
	Missing   Reason = iota // its values are not known in a quarter of the periods or more
	Constant                // it never changed, so nobody can tell what it does
	Rare                    // a close that was seen less than twice
	Collinear               // it moves with others that are in, so nobody can tell which of them does it
	TooFew                  // there are less than three points for each effect
	Needless                // the use, or its growth, never varied: there is nothing to explain
)

// String returns the reason in English, as in "left out: it never changed".
func (r Reason) String() string {
	return [...]string{
		"it is unknown in a quarter of the past or more", "it never changed", "it was seen less than twice",
		"it moves with the others", "there are too few points for it", "there is nothing to explain",
	}[min(r, Needless)]
}

// Dropped is an effect that was left out.
type Dropped struct {
	Name   string
	Reason Reason
}

// candidates returns the effects to try, the most important first. What accumulates has no trend of its own: the
// constant is one, and a growth that grows runs away when it is carried on.
func candidates(p *Problem, origin period) (out []effect) {
	for i, name := range p.Drivers {
		out = append(out, effect{name: name, kind: driverEffect, driver: i})
	}
	if !p.Accumulates {
		out = append(out, effect{name: fmt.Sprintf("%vs since %s", p.Step, p.Step.start(origin).Format("2006-01-02")), kind: trendEffect})
	}
	closes := []closing{quarterEnd, yearEnd}
	if p.Step == Weekly {
		closes = append(closes, monthEnd)
	}
	for _, c := range closes {
		out = append(out, effect{name: c.String(), kind: closingEffect, close: c})
	}
	return out
}

// column is an effect over the rows: standardised, mean 0 and deviation 1.
type column struct {
	effect
	mean, deviation float64
	z               []float64
}

func newColumn(e effect, p *Problem, origin period, rows []row) column {
	c := column{effect: e, z: make([]float64, len(rows))}
	for i, r := range rows {
		c.z[i] = e.value(p, r.at, origin, r.drivers)
	}
	c.mean, c.deviation = moments(c.z)
	if c.deviation > 0 {
		for i := range c.z {
			c.z[i] = (c.z[i] - c.mean) / c.deviation
		}
	}
	return c
}

// pointsPerEffect keeps the fit from explaining noise.
const pointsPerEffect = 3

// alone is the share of an effect's variance that the effects before it must leave over: a variance inflation of 1000.
const alone = 1e-3

// chosen is what stays of the candidates.
type chosen struct {
	columns []column
	dropped []Dropped
	basis   [][]float64 // orthonormal, of the columns
}

// choose takes the candidates that the rows can tell apart; none where there is nothing to explain.
func choose(p *Problem, candidates []effect, origin period, rows []row) chosen {
	var out chosen
	if _, deviation := moments(responses(rows)); deviation == 0 {
		for _, e := range candidates {
			out.dropped = append(out.dropped, Dropped{e.name, Needless})
		}
		return out
	}
	for _, e := range candidates {
		c := newColumn(e, p, origin, rows)
		if reason, bad := out.objection(c, p, rows); bad {
			out.dropped = append(out.dropped, Dropped{e.name, reason})
			continue
		}
		out.columns = append(out.columns, c)
	}
	return out
}

// objection returns why a column cannot join, if so; else it adds its direction to the basis.
func (c *chosen) objection(next column, p *Problem, rows []row) (Reason, bool) {
	seen := 0
	for _, r := range rows {
		if next.kind == closingEffect && p.Step.closes(r.at, next.close, p.YearEnd) {
			seen++
		}
	}
	switch {
	case next.kind == closingEffect && seen < 2:
		return Rare, true
	case next.deviation == 0:
		return Constant, true
	case (len(c.columns)+1)*pointsPerEffect >= len(rows):
		return TooFew, true
	}
	rest := slices.Clone(next.z)
	for range 2 { // twice is enough (Giraud et al., 2005): once leaves rounding errors behind
		for _, b := range c.basis {
			subtract(rest, dot(rest, b), b)
		}
	}
	left := dot(rest, rest)
	if left < alone*float64(len(rows)) {
		return Collinear, true
	}
	subtract(rest, 1-1/math.Sqrt(left), rest)
	c.basis = append(c.basis, rest)
	return 0, false
}

func dot(a, b []float64) (sum float64) {
	for i := range a {
		sum += a[i] * b[i]
	}
	return sum
}

// subtract takes k times b from a.
func subtract(a []float64, k float64, b []float64) {
	for i := range a {
		a[i] -= k * b[i]
	}
}
