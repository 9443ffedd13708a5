package chart

import (
	"math"

	"github.com/forewarn/forewarn/shared/i18n"
)

// lowest is the height of a picture that has room for the period below the axis of time.
const lowest = 160

// axisTop is where the axis of time begins: one or two rows of text above the lower edge.
func (s *sheet) axisTop() float64 {
	rows := 2.0
	if s.Height < lowest {
		rows = 1
	}
	return float64(s.Height) - pad*0.8 - rows*s.lineHeight()
}

// tickCount is how many labels fit beside a plot without crowding it.
func tickCount(height, size float64) int {
	return max(1, min(5, int(height/(1.6*size))))
}

// labelWidth is the room that the labels of an axis of values need.
func (s *sheet) labelWidth(ticks []tick) float64 {
	var widest float64
	for _, t := range ticks {
		widest = max(widest, s.width(t.label, s.size)*1.04)
	}
	return widest + 6
}

// unitHeight is the room of the unit above the axis of values; units that the labels name need none.
func (s *sheet) unitHeight(unit string) float64 {
	if unit == "" || unit == "bytes" || unit == "ratio" {
		return s.size * 0.5
	}
	return s.size * 1.7
}

// axes draws the grid and the labels of both axes.
func (s *sheet) axes(p plot, unit string) {
	for _, t := range valueTicks(p.y.domain, unit, tickCount(p.height(), s.size)) {
		y := crisp(p.y.at(t.at))
		s.stroke(polyline(point(p.x0, y), point(p.x1, y)), line{color: s.grid, width: 1})
		s.write(words{x: p.x0 - 6, y: y + s.size*0.36, size: s.size, anchor: 1, color: s.faint, text: t.label})
	}
	if s.unitHeight(unit) > s.size {
		s.write(words{x: pad, y: p.y0 - s.size*0.6, size: s.size, color: s.faint, text: s.fit(s.say(i18n.Unit(unit)), s.size, p.x1-pad)})
	}
	s.timeAxis(p)
}

// crisp moves a line of one pixel onto the pixels.
func crisp(v float64) float64 { return math.Floor(v) + 0.5 }

func (s *sheet) timeAxis(p plot) {
	y := crisp(p.y1)
	s.stroke(polyline(point(p.x0, y), point(p.x1, y)), line{color: s.faint, width: 1})
	free := p.x0 - pad
	for _, t := range timeTicks(p.x.domain, s.Frame, s.timeTickCount(p)) {
		x := crisp(p.x.at(t.at))
		s.stroke(polyline(point(x, p.y1), point(x, p.y1+4)), line{color: s.faint, width: 1})
		w := words{x: x, y: p.y1 + 4 + s.size, size: s.size, anchor: 0.5, color: s.faint, text: t.label}
		if b := s.boxOf(w); b.x0 >= free && b.x1 <= float64(s.Width)-2 {
			s.write(w)
			free = b.x1 + 6
		}
	}
	if s.Height < lowest {
		return
	}
	text := s.fit(s.say(period(p.x.domain, s.Zone)), s.size, float64(s.Width)-p.x0-pad)
	s.write(words{x: p.x0, y: p.y1 + 4 + s.size + s.lineHeight(), size: s.size, color: s.faint, text: text})
}

// timeTickCount is how many labels of the widest form fit below a plot.
func (s *sheet) timeTickCount(p plot) int {
	widest := s.width(s.say(i18n.Text{En: "00 Nov", Zh: "00月00日"}), s.size)
	return max(1, int(p.width()/(widest+12)))
}
