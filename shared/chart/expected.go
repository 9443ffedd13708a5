package chart

import (
	"math"
	"sort"

	"github.com/forewarn/forewarn/shared/i18n"
)

// expected is a [Band], ready to draw.
type expected struct{ low, usual, high []sample }

func (b Band) samples() expected {
	return expected{samples(b.Times, b.Low), samples(b.Times, b.Usual), samples(b.Times, b.High)}
}

// expected draws the band, its edges and what was most likely.
func (s *sheet) expected(p plot, e expected) {
	s.band(p, e.low, e.high, s.band80)
	for _, edge := range [][]sample{e.low, e.high} {
		s.line(p, edge, line{color: s.faint, width: 0.8, dash: []float64{2, 2}})
	}
	s.line(p, e.usual, line{color: s.faint, width: 1, dash: []float64{6, 4}})
}

// at returns the edges at a time, as straight lines between their moments; NaN where the band is not known.
func (e expected) at(t float64) (low, high float64) {
	i := sort.Search(len(e.low), func(i int) bool { return e.low[i].t >= t })
	switch {
	case i < len(e.low) && e.low[i].t == t:
		return e.low[i].v, e.high[i].v
	case i == 0 || i == len(e.low):
		return math.NaN(), math.NaN()
	}
	before, after := e.low[i-1].t, e.low[i].t
	share := (t - before) / (after - before)
	return e.low[i-1].v + share*(e.low[i].v-e.low[i-1].v), e.high[i-1].v + share*(e.high[i].v-e.high[i-1].v)
}

// beyond returns the samples that lie outside of the band.
func (e expected) beyond(all []sample) (out []sample) {
	for _, a := range all {
		if low, high := e.at(a.t); a.v < low || a.v > high {
			out = append(out, a)
		}
	}
	return out
}

// outside marks the values that were not expected by diamonds, which tell it without colour, and says what they are.
func (s *sheet) outside(p plot, d content) {
	out := d.expected.beyond(append(append([]sample(nil), d.history...), d.since...))
	s.dots(p, out, s.limit)
	s.nameSeries(p, out, s.say(i18n.Text{En: "not as expected", Zh: "超出预期"}), s.limit)
}

// nameExpected says what the band is, beside its upper edge.
func (s *sheet) nameExpected(p plot, e expected) {
	s.nameSeries(p, e.high, s.say(i18n.Text{En: "expected", Zh: "预期范围"}), s.faint)
}
