package chart

import (
	"bytes"
	"fmt"
	"image/color"
	"strconv"

	"gonum.org/v1/plot/vg"
)

// pdf is a pen that writes the content of a page of PDF 1.7 (ISO 32000-1).
type pdf struct {
	buf     bytes.Buffer
	ruler   *ruler
	letters *letters
	links   []link
	alphas  map[uint8]bool
	alpha   uint8 // that is in force
}

func newPDF(r *ruler, l *letters, height float64) *pdf {
	p := &pdf{ruler: r, letters: l, alphas: map[uint8]bool{255: true}, alpha: 255}
	p.put("1 0 0 -1 0 %s cm 1 j", height) // y grows downwards, lines join round
	return p
}

// put writes operators; %s of the format are numbers.
func (p *pdf) put(format string, numbers ...float64) {
	args := make([]any, len(numbers))
	for i, v := range numbers {
		args[i] = decimal(v)
	}
	fmt.Fprintf(&p.buf, format+"\n", args...)
}

// decimal writes a number with three digits after the point at most, and never with an exponent, which PDF does not know.
func decimal(v float64) string {
	s := strconv.FormatFloat(v, 'f', 3, 64)
	for s[len(s)-1] == '0' {
		s = s[:len(s)-1]
	}
	if s[len(s)-1] == '.' {
		s = s[:len(s)-1]
	}
	if s == "-0" {
		return "0"
	}
	return s
}

// paint sets colour and opacity; op is rg for filling or RG for strokes.
func (p *pdf) paint(op string, c color.NRGBA) {
	if c.A != p.alpha {
		p.alpha = c.A
		p.alphas[c.A] = true
		p.put("/A" + strconv.Itoa(int(c.A)) + " gs")
	}
	p.put("%s %s %s "+op, float64(c.R)/255, float64(c.G)/255, float64(c.B)/255)
}

func (p *pdf) fill(path vg.Path, c color.NRGBA) {
	p.paint("rg", c)
	p.path(path)
	p.put("f")
}

func (p *pdf) stroke(path vg.Path, l line) {
	p.paint("RG", l.color)
	p.put("%s w", l.width)
	dash := ""
	for _, d := range l.dash {
		dash += decimal(d) + " "
	}
	p.put("[" + dash + "] 0 d")
	p.path(path)
	p.put("S")
}

// write shows text by letters, each of which is a glyph of one of the document's fonts.
func (p *pdf) write(w words) {
	if w.text == "" {
		return
	}
	if w.halo.A > 0 {
		p.stroke(p.ruler.outlineOf(w), line{color: w.halo, width: 2 * haloWidth})
	}
	p.paint("rg", w.color)
	p.put("BT 1 0 0 -1 %s %s Tm", w.x-w.anchor*p.ruler.width(w.text, w.size), w.y)
	font, run := -1, []byte(nil)
	show := func() {
		if len(run) > 0 {
			fmt.Fprintf(&p.buf, "/F%d %s Tf <%x> Tj\n", font, decimal(w.size), run)
		}
		run = run[:0]
	}
	for _, c := range w.text {
		f, code := p.letters.code(p.ruler, c)
		if f != font {
			show()
			font = f
		}
		run = append(run, code)
	}
	show()
	p.put("ET")
}

// path writes the operators of a path.
func (p *pdf) path(path vg.Path) {
	var at vg.Point
	for _, c := range path {
		x, y := float64(c.Pos.X), float64(c.Pos.Y)
		switch c.Type {
		case vg.MoveComp:
			p.put("%s %s m", x, y)
		case vg.LineComp:
			p.put("%s %s l", x, y)
		case vg.CurveComp:
			a, b := cubic(at, c)
			p.put("%s %s %s %s %s %s c", float64(a.X), float64(a.Y), float64(b.X), float64(b.Y), x, y)
		case vg.CloseComp:
			p.put("h")
			continue
		}
		at = c.Pos
	}
}

// cubic returns the control points of a curve; a quadratic one is raised.
func cubic(at vg.Point, c vg.PathComp) (a, b vg.Point) {
	if len(c.Control) == 2 {
		return c.Control[0], c.Control[1]
	}
	toward := func(p vg.Point) vg.Point {
		q := c.Control[0]
		return vg.Point{X: p.X + (q.X-p.X)*2/3, Y: p.Y + (q.Y-p.Y)*2/3}
	}
	return toward(at), toward(c.Pos)
}
