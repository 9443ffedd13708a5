package chart

import (
	"errors"
	"fmt"
	"image/color"

	"gonum.org/v1/plot/vg"

	"github.com/forewarn/forewarn/shared/i18n"
)

// Document is a PDF of pages with text, boxes and pictures, all of it as outlines in the fonts of the package. Its text can be
// searched and copied. Lengths are in points, a 72nd of an inch, from the upper left corner of the page. Equal calls give equal
// bytes. A document is for one goroutine.
type Document struct {
	title    string
	language i18n.Language
	w, h     float64
	ruler    *ruler
	letters  *letters
	pages    []*pdf
}

// NewDocument returns a document without pages, each of which will be so wide and high; A4 is 595.28 by 841.89.
func (r *Renderer) NewDocument(title string, l i18n.Language, width, height float64) *Document {
	if !l.Valid() {
		l = i18n.English
	}
	return &Document{title: clean(title), language: l, w: width, h: height, ruler: r.ruler(), letters: newLetters()}
}

// AddPage begins another page.
func (d *Document) AddPage() {
	d.pages = append(d.pages, newPDF(d.ruler, d.letters, d.h))
}

// Width returns how wide a text is in a size of letters.
func (d *Document) Width(text string, size float64) float64 { return d.ruler.width(clean(text), size) }

// Text writes one line on a base line.
func (d *Document) Text(x, y, size float64, c color.NRGBA, text string) {
	d.page().write(words{x: x, y: y, size: size, color: c, text: clean(text)})
}

// Box fills a rectangle.
func (d *Document) Box(x, y, width, height float64, c color.NRGBA) {
	d.page().fill(box{x, y, x + width, y + height}.path(), c)
}

// Picture draws p with its upper left corner there, a pixel of its frame scaled to so many points. Errors are those of
// [Renderer.SVG].
func (d *Document) Picture(x, y, scale float64, p Picture) error {
	f, err := p.frame()
	if err != nil {
		return fmt.Errorf("draw chart: %w", err)
	}
	page := d.page()
	page.put("q %s 0 0 %s %s %s cm", scale, scale, x, y)
	page.fill(box{0, 0, float64(f.Width), float64(f.Height)}.path(), f.theme().paper)
	p.draw(newSheet(f, page, d.ruler))
	page.put("Q")
	return nil
}

// Link makes a rectangle of the page lead to an address.
func (d *Document) Link(x, y, width, height float64, url string) {
	page := d.page()
	page.links = append(page.links, link{box{x, y, x + width, y + height}, url})
}

// page returns the page that is written on.
func (d *Document) page() *pdf {
	if len(d.pages) == 0 {
		d.AddPage()
	}
	return d.pages[len(d.pages)-1]
}

// Bytes returns the document as a file. It needs a page.
func (d *Document) Bytes() ([]byte, error) {
	if len(d.pages) == 0 {
		return nil, errors.New("a document without pages cannot be written; add one")
	}
	f := newPDFFile()
	resources := f.resources(d.letters, d.alphas())
	parent := f.reserve()
	kids := make([]int, len(d.pages))
	for i, p := range d.pages {
		kids[i] = f.page(p, parent, resources, d.w, d.h)
	}
	f.define(parent, fmt.Sprintf("<< /Type /Pages /Kids [%s] /Count %d >>", references(kids), len(kids)))
	return f.finish(parent, d.title, d.language), nil
}

// alphas returns the opacities that pages use.
func (d *Document) alphas() []uint8 {
	var used [256]bool
	for _, p := range d.pages {
		for a := range p.alphas {
			used[a] = true
		}
	}
	var out []uint8
	for a, is := range used {
		if is {
			out = append(out, uint8(a)) //nolint:gosec // an index below 256
		}
	}
	return out
}

// link is a rectangle that leads to an address.
type link struct {
	box
	url string
}

// outlineOf returns the path of a text, for what cannot be written as letters.
func (r *ruler) outlineOf(w words) vg.Path {
	var p vg.Path
	x, scale := w.x-w.anchor*r.width(w.text, w.size), w.size/em
	for _, c := range w.text {
		g := r.fonts.glyph(r.buf, c)
		for _, s := range g.segments {
			p = appendCoarse(p, s, x, w.y, scale)
		}
		x += g.advance * scale
	}
	return p
}
