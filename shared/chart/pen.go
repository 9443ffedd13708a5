package chart

import (
	"image/color"
	"math"

	"gonum.org/v1/plot/vg"
)

// pen puts shapes and text on one kind of paper. Points are in pixels of the picture, from its upper left corner.
type pen interface {
	fill(vg.Path, color.NRGBA)
	stroke(vg.Path, line)
	write(words)
}

// line is how a path is stroked. Dashes alternate with gaps, in pixels; none is a solid line.
type line struct {
	color color.NRGBA
	width float64
	dash  []float64
}

// words is a short text on one line. Its anchor is the share of its width left of x: 0, 0.5 or 1. A halo in its colour keeps
// it readable over lines; a transparent one is not drawn.
type words struct {
	x, y, size, anchor float64
	color, halo        color.NRGBA
	text               string
}

// haloWidth is how far a halo reaches around the letters.
const haloWidth = 1.5

// box is a rectangle; x and y grow to the right and down.
type box struct{ x0, y0, x1, y1 float64 }

func (b box) width() float64  { return b.x1 - b.x0 }
func (b box) height() float64 { return b.y1 - b.y0 }

func (b box) overlaps(o box) bool {
	return b.x0 < o.x1 && o.x0 < b.x1 && b.y0 < o.y1 && o.y0 < b.y1
}

func (b box) within(o box) bool {
	return b.x0 >= o.x0 && b.x1 <= o.x1 && b.y0 >= o.y0 && b.y1 <= o.y1
}

func point(x, y float64) vg.Point { return vg.Point{X: vg.Length(x), Y: vg.Length(y)} }

// polyline returns the open path through points.
func polyline(points ...vg.Point) vg.Path {
	p := make(vg.Path, 0, len(points)+1)
	for i, pt := range points {
		if i == 0 {
			p.Move(pt)
		} else {
			p.Line(pt)
		}
	}
	return p
}

// polygon returns the closed path through points.
func polygon(points ...vg.Point) vg.Path {
	p := polyline(points...)
	p.Close()
	return p
}

func (b box) path() vg.Path {
	return polygon(point(b.x0, b.y0), point(b.x1, b.y0), point(b.x1, b.y1), point(b.x0, b.y1))
}

// disc returns a circle as a path of four cubic curves, which are within 0.03 % of it.
func disc(x, y, r float64) vg.Path {
	k := r * 4 / 3 * (math.Sqrt2 - 1)
	var p vg.Path
	p.Move(point(x+r, y))
	p.CubeTo(point(x+r, y+k), point(x+k, y+r), point(x, y+r))
	p.CubeTo(point(x-k, y+r), point(x-r, y+k), point(x-r, y))
	p.CubeTo(point(x-r, y-k), point(x-k, y-r), point(x, y-r))
	p.CubeTo(point(x+k, y-r), point(x+r, y-k), point(x+r, y))
	p.Close()
	return p
}
