package chart

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"

	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/vgimg"
)

// pointsPerInch makes one length of vg, a point, one pixel of the picture; pixelsPerInch makes that two of the image.
const (
	pointsPerInch = 72
	pixelsPerInch = 2 * pointsPerInch
)

// raster is a pen on an image.
type raster struct {
	canvas *vgimg.Canvas
	ruler  *ruler
}

func newRaster(f Frame, r *ruler) *raster {
	w, h := vg.Length(f.Width), vg.Length(f.Height)
	canvas := vgimg.NewWith(vgimg.UseWH(w, h), vgimg.UseDPI(pixelsPerInch), vgimg.UseBackgroundColor(f.theme().paper))
	canvas.Translate(vg.Point{Y: h})
	canvas.Scale(1, -1) // its y grows upwards
	return &raster{canvas: canvas, ruler: r}
}

func (r *raster) fill(p vg.Path, c color.NRGBA) {
	r.canvas.SetColor(c)
	r.canvas.Fill(p)
}

func (r *raster) stroke(p vg.Path, l line) {
	dash := make([]vg.Length, len(l.dash))
	for i, d := range l.dash {
		dash[i] = vg.Length(d)
	}
	r.canvas.SetColor(l.color)
	r.canvas.SetLineWidth(vg.Length(l.width))
	for _, part := range pieces(p) {
		r.canvas.SetLineDash(dash, part.offset)
		r.canvas.Stroke(part.path)
	}
}

// write draws text as outlines, so that each letter may come from another font.
func (r *raster) write(w words) {
	scale := w.size / em
	x := w.x - w.anchor*r.ruler.width(w.text, w.size)
	var p vg.Path
	for _, c := range w.text {
		g := r.ruler.fonts.glyph(r.ruler.buf, c)
		p = appendGlyph(p, g, x, w.y, scale)
		x += g.advance * scale
	}
	if w.halo.A > 0 {
		r.stroke(p, line{color: w.halo, width: 2 * haloWidth})
	}
	r.fill(p, w.color)
}

func appendGlyph(p vg.Path, g glyph, x, y, scale float64) vg.Path {
	at := func(pt fixed.Point26_6) vg.Point {
		return point(x+float64(pt.X)/64*scale, y+float64(pt.Y)/64*scale)
	}
	for _, s := range g.segments {
		switch s.Op {
		case sfnt.SegmentOpMoveTo:
			p.Move(at(s.Args[0]))
		case sfnt.SegmentOpLineTo:
			p.Line(at(s.Args[0]))
		case sfnt.SegmentOpQuadTo:
			p.QuadTo(at(s.Args[0]), at(s.Args[1]))
		case sfnt.SegmentOpCubeTo:
			p.CubeTo(at(s.Args[0]), at(s.Args[1]), at(s.Args[2]))
		}
	}
	return p
}

func (r *raster) png() ([]byte, error) {
	img, ok := r.canvas.Image().(*image.RGBA)
	if !ok {
		return nil, fmt.Errorf("encode chart: the canvas holds a %T", r.canvas.Image())
	}
	var out bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestSpeed}
	if err := encoder.Encode(&out, paletted(img)); err != nil {
		return nil, fmt.Errorf("encode chart: %w", err)
	}
	return out.Bytes(), nil
}
