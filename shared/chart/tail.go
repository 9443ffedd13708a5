package chart

import (
	"cmp"
	"image/color"
	"slices"

	"github.com/forewarn/forewarn/shared/i18n"
)

// ending is the name of a part of a forecast, at its right end.
type ending struct {
	last  sample
	text  string
	color color.NRGBA
}

// tail returns what is named at the end of a forecast.
func (s *sheet) tail(f bands) []ending {
	var out []ending
	for _, e := range []struct {
		list []sample
		name i18n.Text
		c    color.NRGBA
	}{
		{f.median, i18n.Text{En: "forecast", Zh: "预测"}, s.theme.forecast},
		{f.high50, i18n.Text{En: "50 %"}, s.faint},
		{f.high80, i18n.Text{En: "80 %"}, s.faint},
		{f.low50, i18n.Text{En: "50 %"}, s.faint},
		{f.low80, i18n.Text{En: "80 %"}, s.faint},
	} {
		if last, ok := lastSample(e.list); ok {
			out = append(out, ending{last, s.say(e.name), e.c})
		}
	}
	return out
}

// tailWidth is the room that a forecast needs to the right of the plot.
func (s *sheet) tailWidth(f bands) float64 {
	var widest float64
	for _, e := range s.tail(f) {
		widest = max(widest, s.width(e.text, s.size)*1.04+6)
	}
	return widest
}

// tailLabel names one part of a forecast beside its end, if the end is in the plot and the place is free. What is named
// first is the median, so a narrow band goes without its name rather than the median.
func (s *sheet) tailLabel(p plot, e ending) {
	y := p.y.at(e.last.v)
	if y < p.y0-1 || y > p.y1+1 {
		return
	}
	around := box{p.x0, p.y0 - s.size, float64(s.Width), p.y1 + s.size}
	s.label(around, words{
		x: p.x.at(e.last.t) + 5, y: y + s.size*0.36, size: s.size, color: e.color, halo: s.paper, text: e.text,
	})
}

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
		if p.x.at(level[1].t)-p.x.at(level[0].t) > 60 {
			s.limitLabel(p, level[0], level[1], amount(level[0].v, c.Unit))
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
