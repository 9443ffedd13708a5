package chart

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"image/color"
	"math"
	"strconv"

	"gonum.org/v1/plot/vg"

	"github.com/forewarn/forewarn/shared/i18n"
)

// families are the fonts that a browser is asked for. The first ones are the font that text is measured in, or drawn like it.
const families = "Noto Sans SC,Noto Sans CJK SC,Source Han Sans SC,PingFang SC,Hiragino Sans GB,Microsoft YaHei," +
	"WenQuanYi Micro Hei,Droid Sans Fallback,system-ui,sans-serif"

// svg is a pen that writes SVG 1.1 with presentation attributes only.
type svg struct {
	buf bytes.Buffer
}

func newSVG(f Frame) *svg {
	s := new(svg)
	lang := f.Language
	if !lang.Valid() {
		lang = i18n.English
	}
	fmt.Fprintf(&s.buf, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" role="img" lang="%s" direction="ltr" `+
		`fill="none" stroke-linejoin="round" font-family="%s" aria-label="`, f.Width, f.Height, f.Width, f.Height, lang, families)
	s.escape(clean(f.Title))
	s.buf.WriteString(`">`)
	s.fill(box{0, 0, float64(f.Width), float64(f.Height)}.path(), f.theme().paper)
	return s
}

func (s *svg) bytes() []byte {
	s.buf.WriteString("</svg>")
	return s.buf.Bytes()
}

func (s *svg) fill(p vg.Path, c color.NRGBA) {
	s.buf.WriteString("<path")
	s.paint("fill", c)
	s.path(p)
	s.buf.WriteString("/>")
}

func (s *svg) stroke(p vg.Path, l line) {
	s.buf.WriteString("<path")
	s.paint("stroke", l.color)
	if l.width != 1 {
		s.attr("stroke-width", l.width)
	}
	if len(l.dash) > 0 {
		s.buf.WriteString(` stroke-dasharray="`)
		for _, d := range l.dash {
			s.number(d)
			s.buf.WriteByte(' ')
		}
		s.buf.WriteByte('"')
	}
	s.path(p)
	s.buf.WriteString("/>")
}

func (s *svg) write(w words) {
	if w.text == "" {
		return
	}
	s.buf.WriteString("<text")
	s.attr("x", w.x)
	s.attr("y", w.y)
	s.attr("font-size", w.size)
	switch w.anchor {
	case 0.5:
		s.buf.WriteString(` text-anchor="middle"`)
	case 1:
		s.buf.WriteString(` text-anchor="end"`)
	}
	s.paint("fill", w.color)
	if w.halo.A > 0 {
		s.paint("stroke", w.halo)
		s.attr("stroke-width", 2*haloWidth)
		s.buf.WriteString(` paint-order="stroke"`)
	}
	s.buf.WriteByte('>')
	s.escape(w.text)
	s.buf.WriteString("</text>")
}

// paint writes a colour as #rrggbb and, if it lets through, an opacity.
func (s *svg) paint(attr string, c color.NRGBA) {
	fmt.Fprintf(&s.buf, ` %s="#%02x%02x%02x"`, attr, c.R, c.G, c.B)
	if c.A < 255 {
		fmt.Fprintf(&s.buf, ` %s-opacity="%.2g"`, attr, float64(c.A)/255)
	}
}

func (s *svg) attr(name string, v float64) {
	s.buf.WriteString(" " + name + `="`)
	s.number(v)
	s.buf.WriteByte('"')
}

// escape writes text as XML; a buffer takes all.
func (s *svg) escape(text string) { _ = xml.EscapeText(&s.buf, []byte(text)) }

// path writes p in tenths of a pixel, each point relative to the one before, which is half as long as absolute points.
func (s *svg) path(p vg.Path) {
	s.buf.WriteString(` d="`)
	var at, start tenths
	last := byte(0)
	for _, c := range p {
		to := inTenths(c.Pos)
		switch c.Type {
		case vg.MoveComp:
			last = s.command('M', 0)
			s.pair(to, tenths{})
			at, start = to, to
		case vg.LineComp:
			last = s.command('l', last)
			s.pair(to, at)
			at = to
		case vg.CurveComp:
			last = s.command([3]byte{'l', 'q', 'c'}[len(c.Control)], last)
			for _, ctl := range c.Control {
				s.pair(inTenths(ctl), at)
				s.buf.WriteByte(' ')
			}
			s.pair(to, at)
			at = to
		case vg.CloseComp:
			last = s.command('z', 0)
			at = start
		}
	}
	s.buf.WriteByte('"')
}

// command writes the letter of a command, or what parts it from a like one before.
func (s *svg) command(c, last byte) byte {
	if c == last {
		s.buf.WriteByte(' ')
	} else {
		s.buf.WriteByte(c)
	}
	return c
}

type tenths struct{ x, y int }

func inTenths(p vg.Point) tenths {
	return tenths{int(math.Round(10 * float64(p.X))), int(math.Round(10 * float64(p.Y)))}
}

// pair writes a point relative to another; a minus sign parts its numbers as well as a space does.
func (s *svg) pair(p, from tenths) {
	s.number(float64(p.x-from.x) / 10)
	if p.y-from.y >= 0 {
		s.buf.WriteByte(' ')
	}
	s.number(float64(p.y-from.y) / 10)
}

// number writes v with one digit after the point at most, without a zero before it.
func (s *svg) number(v float64) {
	v = math.Round(v*10) / 10
	var digits [32]byte
	text := strconv.AppendFloat(digits[:0], math.Abs(v), 'f', -1, 64)
	if len(text) > 1 && text[0] == '0' {
		text = text[1:]
	}
	if v < 0 {
		s.buf.WriteByte('-')
	}
	s.buf.Write(text)
}
