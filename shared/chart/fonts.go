package chart

import (
	_ "embed"
	"fmt"
	"sync"

	"golang.org/x/image/font"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
)

//go:embed font/chart.otf
var chartFont []byte

// em is the size in which outlines are kept, in pixels of the em square.
const em = 1000

// geta stands for a character that no font has.
const geta = '〓'

// maxFound bounds how many characters are kept that were looked for in the system, so that hostile text costs no memory.
const maxFound = 2048

// glyph is the outline of a character on an em square of 1000, y down from the base line.
type glyph struct {
	segments sfnt.Segments
	advance  float64
}

// fonts finds the outlines of characters. It is safe for concurrent use.
type fonts struct {
	own    *sfnt.Font
	system *systemFonts

	mu    sync.Mutex
	found map[rune]glyph // of the system
}

func newFonts(dirs []string) (*fonts, error) {
	own, err := sfnt.Parse(chartFont)
	if err != nil {
		return nil, fmt.Errorf("read the embedded font: %w", err)
	}
	f := &fonts{own: own, system: newSystemFonts(dirs), found: map[rune]glyph{}}
	if _, ok := outline(own, new(sfnt.Buffer), geta); !ok {
		return nil, fmt.Errorf("read the embedded font: it has no %q", geta)
	}
	return f, nil
}

// glyph returns the outline of r, from the package's font, else the system's, else that of the geta mark. It is valid until
// buf is used again.
func (f *fonts) glyph(buf *sfnt.Buffer, r rune) glyph {
	if g, ok := outline(f.own, buf, r); ok {
		return g
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if g, ok := f.found[r]; ok {
		return g
	}
	if len(f.found) < maxFound {
		g, ok := f.system.glyph(r)
		if !ok {
			g, _ = outline(f.own, new(sfnt.Buffer), geta)
		}
		f.found[r] = g
		return g
	}
	g, _ := outline(f.own, buf, geta)
	return g
}

// outline returns the outline of r in face, if it has one.
func outline(face *sfnt.Font, buf *sfnt.Buffer, r rune) (glyph, bool) {
	index, err := face.GlyphIndex(buf, r)
	if err != nil || index == 0 {
		return glyph{}, false
	}
	advance, err := face.GlyphAdvance(buf, index, fixed.I(em), font.HintingNone)
	if err != nil {
		return glyph{}, false
	}
	segments, err := face.LoadGlyph(buf, index, fixed.I(em), nil)
	if err != nil {
		return glyph{}, false
	}
	return glyph{segments: segments, advance: float64(advance) / 64}, true
}
