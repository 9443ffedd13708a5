package chart

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"

	"git.sr.ht/~sbinet/gg"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/vgimg"
)

// density is how many pixels of the image one of the picture is, in each direction.
const density = 2

// pointsPerInch makes one length of vg, a point, one pixel of the picture.
const pointsPerInch = 72

// raster is a pen on an image.
type raster struct {
	image  *image.RGBA
	canvas *vgimg.Canvas
	ruler  *ruler
}

func newRaster(f Frame, r *ruler) *raster {
	img := image.NewRGBA(image.Rect(0, 0, density*f.Width, density*f.Height))
	ctx := gg.NewContextForRGBA(img)
	ctx.SetLineCapButt()
	canvas := vgimg.NewWith(vgimg.UseImageWithContext(img, ctx), vgimg.UseDPI(density*pointsPerInch))
	draw.Draw(img, img.Bounds(), image.NewUniform(f.theme().paper), image.Point{}, draw.Src)
	return &raster{image: img, canvas: canvas, ruler: r}
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
	var letters, halo vg.Path
	for _, c := range w.text {
		g := r.ruler.fonts.glyph(r.ruler.buf, c)
		for _, s := range g.segments {
			letters = appendSegment(letters, s, x, w.y, scale)
			if w.halo.A > 0 {
				halo = appendCoarse(halo, s, x, w.y, scale)
			}
		}
		x += g.advance * scale
	}
	if len(halo) > 0 {
		r.canvas.SetColor(w.halo)
		r.canvas.SetLineWidth(2 * haloWidth)
		r.canvas.SetLineDash(nil, 0)
		r.canvas.Stroke(halo)
	}
	r.fill(letters, w.color)
}

// onPaper returns a point of an em square on the sheet.
func onPaper(p fixed.Point26_6, x, y, scale float64) vg.Point {
	return point(x+float64(p.X)/64*scale, y+float64(p.Y)/64*scale)
}

func appendSegment(p vg.Path, s sfnt.Segment, x, y, scale float64) vg.Path {
	var at [3]vg.Point
	for i := range at {
		at[i] = onPaper(s.Args[i], x, y, scale)
	}
	switch s.Op {
	case sfnt.SegmentOpMoveTo:
		p.Move(at[0])
	case sfnt.SegmentOpLineTo:
		p.Line(at[0])
	case sfnt.SegmentOpQuadTo:
		p.QuadTo(at[0], at[1])
	case sfnt.SegmentOpCubeTo:
		p.CubeTo(at[0], at[1], at[2])
	}
	return p
}

// appendCoarse appends a segment with a curve as two lines, which is what a halo needs: stroking a curve costs ten times
// what filling it does.
func appendCoarse(p vg.Path, s sfnt.Segment, x, y, scale float64) vg.Path {
	a := s.Args
	switch s.Op {
	case sfnt.SegmentOpQuadTo:
		p.Line(onPaper(middle(a[0], a[1]), x, y, scale))
		p.Line(onPaper(a[1], x, y, scale))
	case sfnt.SegmentOpCubeTo:
		p.Line(onPaper(middle(a[0], a[1]), x, y, scale))
		p.Line(onPaper(a[2], x, y, scale))
	default:
		return appendSegment(p, s, x, y, scale)
	}
	return p
}

func middle(a, b fixed.Point26_6) fixed.Point26_6 {
	return fixed.Point26_6{X: (a.X + b.X) / 2, Y: (a.Y + b.Y) / 2}
}

func (r *raster) png() ([]byte, error) {
	var out bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestSpeed}
	if err := encoder.Encode(&out, paletted(r.image)); err != nil {
		return nil, fmt.Errorf("encode chart: %w", err)
	}
	return out.Bytes(), nil
}
