package chart

import (
	"image/color"
	"math"

	"gonum.org/v1/plot/vg"

	"github.com/forewarn/forewarn/shared/i18n"
)

// sheet is the paper of one picture: a pen, its colours and letters, and what is on it already.
type sheet struct {
	pen
	*ruler
	Frame
	theme
	size   float64 // of letters
	labels []box
	drawn  []vg.Point // of lines, which labels keep away from
}

// pad is the margin of a picture.
const pad = 10

func newSheet(f Frame, p pen, r *ruler) *sheet {
	s := &sheet{pen: p, ruler: r, Frame: f, theme: f.theme(), size: 12}
	if f.Width < 520 {
		s.size = 11
	}
	return s
}

func (s *sheet) lineHeight() float64 { return s.size * 1.35 }

func (s *sheet) say(t i18n.Text) string { return t.In(s.Language) }

// title writes the title and returns where the rest of the picture begins.
func (s *sheet) title() float64 {
	size := s.size + 2
	text := s.fit(s.Title, size, float64(s.Width)-2*pad)
	if text == "" {
		return pad
	}
	s.write(words{x: pad, y: pad + size, size: size, color: s.ink, text: text})
	return pad + size*1.6
}

// boxOf returns the room that words take.
func (s *sheet) boxOf(w words) box {
	width := s.width(w.text, w.size) * 1.04 // a browser's font may be a little wider
	x := w.x - w.anchor*width
	return box{x, w.y - w.size*0.95, x + width, w.y + w.size*0.3}
}

// label writes the first of the candidates that covers no other label and the fewest points of lines, within a frame. If
// none has room, it writes nothing and returns false.
func (s *sheet) label(within box, candidates ...words) bool {
	best, least := -1, len(s.drawn)+1
	for i, w := range candidates {
		b := s.boxOf(w)
		if !b.within(within) || s.occupied(b) {
			continue
		}
		if n := s.crowd(b); n < least {
			best, least = i, n
		}
	}
	if best < 0 {
		return false
	}
	s.labels = append(s.labels, s.boxOf(candidates[best]))
	s.write(candidates[best])
	return true
}

// keepClear keeps labels away from a line.
func (s *sheet) keepClear(points []vg.Point) {
	const apart = 4
	s.drawn = append(s.drawn, points...)
	for i, p := range points[min(1, len(points)):] {
		from := points[i]
		n := vg.Length(math.Min(math.Hypot(float64(p.X-from.X), float64(p.Y-from.Y))/apart, maxSide/apart))
		for k := vg.Length(1); k < n; k++ {
			s.drawn = append(s.drawn, vg.Point{X: from.X + (p.X-from.X)*k/n, Y: from.Y + (p.Y-from.Y)*k/n})
		}
	}
}

func (s *sheet) occupied(b box) bool {
	for _, other := range s.labels {
		if b.overlaps(other) {
			return true
		}
	}
	return false
}

func (s *sheet) crowd(b box) int {
	n := 0
	for _, p := range s.drawn {
		if x, y := float64(p.X), float64(p.Y); x >= b.x0 && x <= b.x1 && y >= b.y0 && y <= b.y1 {
			n++
		}
	}
	return n
}

// beside returns words with a halo around a point: to its upper and lower right and left, above and below it.
func (s *sheet) beside(x, y float64, text string, c color.NRGBA) []words {
	var out []words
	for _, dy := range []float64{-0.6, 1.4, -1.6, 2.4} {
		for _, side := range []struct{ dx, anchor float64 }{{6, 0}, {-6, 1}, {0, 0.5}} {
			out = append(out, words{
				x: x + side.dx, y: y + dy*s.size, size: s.size, anchor: side.anchor, color: c, halo: s.paper, text: text,
			})
		}
	}
	return out
}
