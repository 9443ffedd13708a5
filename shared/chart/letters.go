package chart

import (
	"bytes"
	"fmt"
	"math"
	"unicode/utf16"
)

// perFont is how many glyphs a font of Type 3 has, whose codes are single bytes.
const perFont = 256

// letters are the glyphs that a document uses, in the order of their first use, as fonts of Type 3: each glyph is a little
// picture made of its outline, so that the file holds what it shows and no more, whatever sort of font it comes from.
type letters struct {
	index map[rune]int
	runes []rune
	procs [][]byte
	wide  []float64
}

func newLetters() *letters { return &letters{index: map[rune]int{}} }

// code returns the font of a character and its code there.
func (l *letters) code(r *ruler, c rune) (font int, code byte) {
	i, known := l.index[c]
	if !known {
		i = len(l.runes)
		g := r.fonts.glyph(r.buf, c)
		l.index[c] = i
		l.runes = append(l.runes, c)
		l.procs = append(l.procs, procOf(g))
		l.wide = append(l.wide, g.advance)
	}
	return i / perFont, byte(i % perFont) //nolint:gosec // a remainder below 256
}

// procOf returns the picture of a glyph on an em square of 1000, y down.
func procOf(g glyph) []byte {
	outline := new(pdf)
	path := g.path()
	x0, y0, x1, y1 := math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)
	for _, c := range path {
		for _, p := range append(c.Control, c.Pos) {
			x0, x1 = math.Min(x0, float64(p.X)), math.Max(x1, float64(p.X))
			y0, y1 = math.Min(y0, float64(p.Y)), math.Max(y1, float64(p.Y))
		}
	}
	if x0 > x1 { // a space
		x0, y0, x1, y1 = 0, 0, 0, 0
	}
	outline.put("%s 0 %s %s %s %s d1", g.advance, x0, y0, x1, y1)
	if len(path) > 0 {
		outline.path(path)
		outline.put("f")
	}
	return outline.buf.Bytes()
}

// fonts returns how many fonts there are.
func (l *letters) fonts() int { return (len(l.runes) + perFont - 1) / perFont }

// of returns the first glyph of a font and the one after its last.
func (l *letters) of(font int) (first, end int) {
	return font * perFont, min((font+1)*perFont, len(l.runes))
}

// unicode returns the map from the codes of a font to characters, by which text is searched and copied.
func (l *letters) unicode(font int) []byte {
	first, end := l.of(font)
	var b bytes.Buffer
	b.WriteString("/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n" +
		"/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n" +
		"1 begincodespacerange\n<00> <FF>\nendcodespacerange\n")
	const most = 100 // entries of one list
	for at := first; at < end; at += most {
		last := min(at+most, end)
		fmt.Fprintf(&b, "%d beginbfchar\n", last-at)
		for i := at; i < last; i++ {
			fmt.Fprintf(&b, "<%02X> <", i-first)
			for _, u := range utf16.Encode([]rune{l.runes[i]}) {
				fmt.Fprintf(&b, "%04X", u)
			}
			b.WriteString(">\n")
		}
		b.WriteString("endbfchar\n")
	}
	b.WriteString("endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n")
	return b.Bytes()
}
