package chart

import (
	"fmt"

	"golang.org/x/image/font/sfnt"
)

// Renderer draws pictures. It holds the fonts; make one and share it. It is safe for concurrent use.
type Renderer struct {
	fonts *fonts
}

// Picture is what a [Renderer] draws: a [Chart], a [Sparkline], [Bars] or a [Reliability].
type Picture interface {
	// frame returns the frame with its size, or what is wrong with the picture.
	frame() (Frame, error)
	draw(*sheet)
}

// New returns a renderer. Characters that the font of the package lacks are looked for below fontDirs, or in the places that
// the package comment lists if there are none.
func New(fontDirs ...string) (*Renderer, error) {
	f, err := newFonts(fontDirs)
	if err != nil {
		return nil, err
	}
	return &Renderer{fonts: f}, nil
}

// SVG returns p as one svg element, to be a file or a part of a page. The error says which list or size is impossible.
func (r *Renderer) SVG(p Picture) ([]byte, error) {
	f, err := p.frame()
	if err != nil {
		return nil, fmt.Errorf("draw chart: %w", err)
	}
	out := newSVG(f)
	p.draw(newSheet(f, out, r.ruler()))
	return out.bytes(), nil
}

// PNG returns p as an image with two pixels for each of the frame's. Errors are those of [Renderer.SVG]. A chart of the usual
// size takes some 30 ms.
func (r *Renderer) PNG(p Picture) ([]byte, error) {
	f, err := p.frame()
	if err != nil {
		return nil, fmt.Errorf("draw chart: %w", err)
	}
	ruler := r.ruler()
	out := newRaster(f, ruler)
	p.draw(newSheet(f, out, ruler))
	return out.png()
}

func (r *Renderer) ruler() *ruler {
	return &ruler{fonts: r.fonts, buf: new(sfnt.Buffer), advances: map[rune]float64{}}
}
