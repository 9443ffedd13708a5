package chart

import (
	"cmp"
	"image/color"
	"slices"

	"gonum.org/v1/plot/vg"

	"github.com/forewarn/forewarn/shared/i18n"
)

// ending is one edge of a forecast, and what is written at its right end.
type ending struct {
	list  []sample
	text  string
	color color.NRGBA
}

// tail returns what is named at the end of a forecast. What comes first gets its place first.
func (s *sheet) tail(f bands) [][]ending {
	one := func(list []sample, name i18n.Text, c color.NRGBA) ending { return ending{list, s.say(name), c} }
	half, most := i18n.Text{En: "50 %"}, i18n.Text{En: "80 %"}
	return [][]ending{
		{one(f.median, i18n.Text{En: "forecast", Zh: "预测"}, s.theme.forecast)},
		{one(f.high50, half, s.faint), one(f.low50, half, s.faint)},
		{one(f.high80, most, s.faint), one(f.low80, most, s.faint)},
	}
}

// tailWidth is the room that a forecast needs to the right of the plot.
func (s *sheet) tailWidth(f bands) float64 {
	var widest float64
	for _, edges := range s.tail(f) {
		if _, ok := lastSample(edges[0].list); ok {
			widest = max(widest, s.width(edges[0].text, s.size)*1.04+6)
		}
	}
	return widest
}

// nameTail names the parts of a forecast, each at its end or, if no edge of it ends in the plot, where one leaves it.
func (s *sheet) nameTail(p plot, f bands) {
	for _, edges := range s.tail(f) {
		ends := false
		for _, e := range edges {
			if last, ok := lastSample(e.list); ok && p.holds(last.v) {
				ends = true
				s.nameEnd(p, e, last)
			}
		}
		if !ends {
			s.nameExit(p, edges)
		}
	}
}

// holds reports whether the axis of values reaches v.
func (p plot) holds(v float64) bool { return v >= p.y.domain.lo && v <= p.y.domain.hi }

// nameEnd writes the name of e beside its last sample, if the place is free.
func (s *sheet) nameEnd(p plot, e ending, last sample) {
	var places []words
	for _, nudge := range []float64{0, -2, 2, -4, 4, -7, 7} {
		places = append(places, words{
			x: p.x.at(last.t) + 5, y: p.y.at(last.v) + s.size*0.36 + nudge, size: s.size, color: e.color, halo: s.paper, text: e.text,
		})
	}
	s.label(box{p.x0, p.y0 - s.size, float64(s.Width), p.y1 + s.size}, places...)
}

// nameExit writes a name where the last of some edges leaves the plot.
func (s *sheet) nameExit(p plot, edges []ending) {
	var last vg.Point
	for _, e := range edges {
		for _, run := range runs(e.list) {
			for _, part := range clipLine(p.points(run), p.y0, p.y1) {
				if end := part[len(part)-1]; end.X > last.X {
					last = end
				}
			}
		}
	}
	if last.X > 0 {
		s.label(p.box, s.beside(float64(last.X), float64(last.Y), edges[0].text, edges[0].color)...)
	}
}

// leastLevel is how wide a level of the limit must be to be named, in pixels.
const leastLevel = 60

// limitLabels names the limit: its last value in full, earlier ones as amounts where there is room.
func (s *sheet) limitLabels(p plot, limit []sample, c *Chart) {
	corners := steps(limit, p.x.domain)
	if len(corners) == 0 {
		return
	}
	name := cmp.Or(clean(c.Limit.Name), s.say(i18n.Text{En: "limit", Zh: "上限"}))
	end := corners[len(corners)-1]
	from := corners[len(corners)-2]
	s.limitLabel(p, from, end, s.fit(name+" "+amount(end.v, c.Unit), s.size, p.width()))
	for _, level := range slices.Collect(slices.Chunk(corners[:len(corners)-2], 2)) {
		if width := p.x.at(level[1].t) - p.x.at(level[0].t); width > leastLevel {
			s.limitLabel(p, level[0], level[1], s.fit(amount(level[0].v, c.Unit), s.size, width))
		}
	}
}

// limitLabel writes text above or below one level of the limit, where fewest lines are.
func (s *sheet) limitLabel(p plot, from, to sample, text string) {
	x0, x1, y := p.x.at(from.t), p.x.at(to.t), p.y.at(from.v)
	var places []words
	for _, dy := range []float64{-0.45, 1.25} {
		for _, at := range []struct{ x, anchor float64 }{{x0 + 4, 0}, {x1 - 4, 1}, {(x0 + x1) / 2, 0.5}} {
			places = append(places, words{
				x: at.x, y: y + dy*s.size, size: s.size, anchor: at.anchor, color: s.limit, halo: s.paper, text: text,
			})
		}
	}
	s.label(box{p.x0, p.y0 - s.size, p.x1, p.y1}, places...)
}
