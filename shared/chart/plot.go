package chart

import (
	"image/color"
	"math"

	"gonum.org/v1/plot/vg"
)

// plot is the part of a picture inside its axes.
type plot struct {
	box
	x, y scale
}

func newPlot(b box, times, values span) plot {
	return plot{box: b, x: scale{times, b.x0, b.x1}, y: scale{values, b.y1, b.y0}}
}

func (p plot) point(s sample) vg.Point { return point(p.x.at(s.t), p.y.at(s.v)) }

func (p plot) points(run []sample) []vg.Point {
	run = reduce(run, p.x)
	out := make([]vg.Point, len(run))
	for i, s := range run {
		out[i] = p.point(s)
	}
	return out
}

// line draws samples as lines between their gaps. A sample alone is a dot.
func (s *sheet) line(p plot, all []sample, l line) {
	var path vg.Path
	for _, run := range runs(all) {
		points := p.points(run)
		if len(points) == 1 {
			if y := float64(points[0].Y); y >= p.y0 && y <= p.y1 {
				s.fill(disc(float64(points[0].X), y, l.width+1), l.color)
			}
			continue
		}
		for _, part := range clipLine(points, p.y0, p.y1) {
			s.keepClear(part)
			path = append(path, polyline(part...)...)
		}
	}
	if len(path) > 0 {
		s.stroke(path, l)
	}
}

// band fills what is between two series over the same times, wherever both have a value.
func (s *sheet) band(p plot, low, high []sample, c color.NRGBA) {
	start := 0
	for i := 0; i <= len(low); i++ {
		if i < len(low) && !math.IsNaN(low[i].v+high[i].v) {
			continue
		}
		if i-start > 1 {
			s.bandRun(p, low[start:i], high[start:i], c)
		}
		start = i + 1
	}
}

func (s *sheet) bandRun(p plot, low, high []sample, c color.NRGBA) {
	outline := p.points(low)
	back := p.points(high)
	for i := len(back) - 1; i >= 0; i-- {
		outline = append(outline, back[i])
	}
	if clipped := clipPolygon(outline, p.y0, p.y1); len(clipped) > 2 {
		s.fill(polygon(clipped...), c)
	}
}

// dots draws samples as small diamonds, one for each column of pixels at most.
func (s *sheet) dots(p plot, all []sample, c color.NRGBA) {
	var path vg.Path
	last := p.x0 - 1
	for _, a := range all {
		if math.IsNaN(a.v) || p.x.at(a.t)-last < 1 {
			continue
		}
		last = p.x.at(a.t)
		path = append(path, diamond(last, p.y.at(a.v), 4)...)
		s.drawn = append(s.drawn, p.point(a))
	}
	if len(path) > 0 {
		s.fill(path, c)
	}
}

// steps returns a series as the corners of a line that keeps each value until the next, across the whole of a range; the
// first value holds before its time too.
func steps(all []sample, domain span) []sample {
	var out []sample
	for _, a := range all {
		switch {
		case math.IsNaN(a.v), len(out) > 0 && a.t >= domain.hi:
		case len(out) == 0:
			out = append(out, sample{domain.lo, a.v})
		case a.t <= domain.lo:
			out[0].v = a.v
		default:
			if held := out[len(out)-1].v; held != a.v {
				out = append(out, sample{a.t, held}, a)
			}
		}
	}
	if len(out) == 0 {
		return nil
	}
	return append(out, sample{domain.hi, out[len(out)-1].v})
}
