package chart

import (
	"image/color"
	"math"

	"gonum.org/v1/plot/vg"
)

// filling is how one stack of bars looks: full, striped, full and light, or hollow, so that they differ without colour.
type filling struct {
	color   color.NRGBA
	striped bool
	hollow  bool
}

// fillings are those of stacks from the most severe on; later ones look like the last.
func (t theme) filling(i int) filling {
	switch i {
	case 0:
		return filling{color: t.limit}
	case 1:
		return filling{color: rgb(orange), striped: true}
	case 2:
		return filling{color: veil(skyBlue, 150)}
	}
	return filling{color: t.faint, hollow: true}
}

// bars draws the stacks of all buckets, stack by stack.
func (s *sheet) bars(p plot, b buckets) {
	base := make([]float64, len(b.begin))
	width := p.x.at(b.times.lo+b.length) - p.x0
	gap := math.Min(2, width/5)
	for k, stack := range b.counts {
		var rects []box
		for i, v := range stack {
			if v == 0 {
				continue
			}
			x := p.x.at(b.begin[i])
			rects = append(rects, box{x + gap/2, p.y.at(base[i] + v), math.Min(x+width-gap/2, p.x1), p.y.at(base[i])})
			base[i] += v
		}
		s.fillBars(rects, s.filling(k))
	}
}

func (s *sheet) fillBars(rects []box, look filling) {
	var all, stripes vg.Path
	for _, r := range rects {
		if look.hollow {
			r = box{r.x0 + 0.5, r.y0 + 0.5, r.x1 - 0.5, r.y1}
		}
		all = append(all, r.path()...)
		if look.striped {
			for y := math.Ceil(r.y0/4)*4 + 1; y < r.y1; y += 4 {
				stripes = append(stripes, polyline(point(r.x0, y), point(r.x1, y))...)
			}
		}
	}
	switch {
	case len(all) == 0:
	case look.hollow:
		s.stroke(all, line{color: look.color, width: 0.8})
	default:
		s.fill(all, look.color)
	}
	if len(stripes) > 0 {
		s.stroke(stripes, line{color: s.paper, width: 1.2})
	}
}

// legend names the stacks in a row below the title and returns where it ends.
func (s *sheet) legend(top float64, stacks []Stack) float64 {
	x := float64(pad)
	side := s.size * 0.8
	for i, k := range stacks {
		text := s.fit(k.Name, s.size, float64(s.Width)-pad-x-side-4)
		if text == "" {
			break
		}
		y := top + s.size
		s.fillBars([]box{{x, y - side, x + side, y}}, s.filling(i))
		s.write(words{x: x + side + 5, y: y, size: s.size, color: s.ink, text: text})
		x += side + 5 + s.width(text, s.size)*1.04 + 16
	}
	if len(stacks) == 0 {
		return top
	}
	return top + s.lineHeight()
}
