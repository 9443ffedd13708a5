package calibration

import (
	"math"
	"slices"
	"strings"
	"time"
)

// Table maps what a model says to what came of it. The zero value is the identity. A Table is never changed after Fit
// or UnmarshalJSON, so it is safe for concurrent use; the maps do not allocate.
type Table struct {
	version uint64
	pooled  *maps   // for kinds that have none of their own; nil is the identity
	kinds   []*maps // sorted by kind
}

// maps are those of one kind.
type maps struct {
	kind    string
	curves  [Horizons]curve
	factors [Horizons]factor
}

func identity() maps {
	var m maps
	for h := range Horizons {
		m.curves[h], m.factors[h] = edges, factor{-1, 0, 1}
	}
	return m
}

// Separate returns the identity for each of the kinds or families. As a prior it keeps them apart: one that has too few
// outcomes to learn from stays as the models say it, whatever is learned of others.
func Separate(kinds ...string) *Table {
	t := new(Table)
	for _, kind := range slices.Sorted(slices.Values(kinds)) {
		m := identity()
		m.kind = kind
		t.kinds = append(t.kinds, &m)
	}
	return t
}

// Version returns the number that findings name; 0 for the zero Table.
func (t *Table) Version() uint64 { return t.version }

// find returns the maps of exactly this kind, or nil.
func (t *Table) find(kind string) *maps {
	i, found := slices.BinarySearchFunc(t.kinds, kind, func(m *maps, kind string) int { return strings.Compare(m.kind, kind) })
	if !found {
		return nil
	}
	return t.kinds[i]
}

// of returns the maps for a kind, those of its family, or of all kinds, or nil for the identity.
func (t *Table) of(kind string) *maps {
	if m := t.find(kind); m != nil {
		return m
	}
	if f := family(kind); f != "" {
		return t.of(f)
	}
	return t.pooled
}

// Keep returns the table with the identity in the place of the maps that are not wanted: of probabilities where curve,
// of dates where date returns false. Both are asked for every kind there is ("" is all together) and every horizon. A
// kind whose maps are all taken out stays one of its own: it is not mapped like others.
func (t *Table) Keep(curve, date func(kind string, horizon int) bool) *Table {
	keep := func(m *maps) *maps {
		kept := *m
		for h := range Horizons {
			if !curve(m.kind, h) {
				kept.curves[h] = edges
			}
			if !date(m.kind, h) {
				kept.factors[h] = identity().factors[h]
			}
		}
		return &kept
	}
	out := &Table{version: t.version}
	if t.pooled != nil {
		out.pooled = keep(t.pooled)
	}
	for _, m := range t.kinds {
		out.kinds = append(out.kinds, keep(m))
	}
	return out
}

// Probability returns how often the limit is reached within the horizon (an index) when the model says p, 0 to 1. It
// does not decrease with p. p beyond 0 to 1 is taken as the nearer of these, NaN stays NaN, and a horizon that there
// is none of changes nothing.
func (t *Table) Probability(kind string, horizon int, p float64) float64 {
	if math.IsNaN(p) {
		return p
	}
	p = max(0, min(1, p))
	m := t.of(kind)
	if m == nil || horizon < 0 || horizon >= Horizons {
		return p
	}
	return m.curves[horizon].at(p)
}

// Probabilities maps the probabilities of one forecast. Horizons are mapped each by its own curve, which may put a
// longer one below a shorter one; such neighbours then share their mean, as what has happened within a day has
// happened within a week. NaN counts as 0.
func (t *Table) Probabilities(kind string, within [Horizons]float64) [Horizons]float64 {
	var all [Horizons]block
	for h, p := range within {
		if math.IsNaN(p) {
			p = 0
		}
		all[h] = block{x: float64(h), y: t.Probability(kind, h, p), w: 1}
	}
	h := 0
	for _, b := range pool(all[:]) {
		for range int(b.w) {
			within[h] = b.y
			h++
		}
	}
	return within
}

// Interval moves the quantiles of a time ahead so that 8 in 10 of what happens falls between the outer two, and half
// before the middle one. What comes back is in order. Where p50 is 0 (it is reached now) or Never nothing is changed;
// a p90 of Never stays so, and p50 is then not moved up. The result may lie beyond what the caller wants to tell.
func (t *Table) Interval(kind string, p10, p50, p90 time.Duration) (lower, middle, upper time.Duration) {
	m := t.of(kind)
	if m == nil || p50 <= 0 || p50 == Never {
		return p10, p50, p90
	}
	v, f := newInterval(p10, p50, p90), m.factors[bandOf(p50)]
	lower, middle, upper = v.moved(f.lower, -1, p10), v.moved(f.middle, 0, p50), v.moved(f.upper, 1, p90)
	if v.open {
		lower, middle, upper = min(lower, p50), min(middle, p50), Never
	}
	return min(lower, middle), middle, max(upper, middle)
}

// moved returns the time at a score; exactly the one that there was if it stays where it is.
func (v interval) moved(score, from float64, was time.Duration) time.Duration {
	if score == from {
		return was
	}
	return v.time(score)
}
