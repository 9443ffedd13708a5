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
	c := census(img)
	palette, index := c.choose()
	out := image.NewPaletted(img.Bounds(), palette)
	at := 0
	for _, s := range c.stretches {
		to := index[s.color]
		for i := range out.Pix[at : at+s.pixels] {
			out.Pix[at+i] = to
		}
		at += s.pixels
	}
	return out
}

// colorCensus is an image as stretches of one colour, and how many pixels each colour has, by its number.
type colorCensus struct {
	stretches []stretch
	colors    []uint32
	counts    []int
}

// stretch is pixels of the same colour, one after the other.
type stretch struct{ color, pixels int }

func census(img *image.RGBA) *colorCensus {
	c := new(colorCensus)
	numbers := map[uint32]int{}
	now, pixels := binary.LittleEndian.Uint32(img.Pix), 0
	end := func() {
		number, ok := numbers[now]
		if !ok {
			number = len(c.colors)
			numbers[now] = number
			c.colors, c.counts = append(c.colors, now), append(c.counts, 0)
		}
		c.counts[number] += pixels
		c.stretches = append(c.stretches, stretch{number, pixels})
	}
	for pix := img.Pix; len(pix) >= 4; pix = pix[4:] {
		for len(pix) >= 12 && binary.LittleEndian.Uint64(pix) == uint64(now)<<32|uint64(now) {
			pixels, pix = pixels+2, pix[8:]
		}
		if next := binary.LittleEndian.Uint32(pix); next != now {
			end()
			now, pixels = next, 0
		}
		pixels++
	}
	end()
	return c
}

// choose returns a palette of the most frequent colours, and for the number of each colour where in it that is, or what
// is nearest to it.
func (c *colorCensus) choose() (color.Palette, []uint8) {
	order := make([]int, len(c.colors))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(c.counts[b], c.counts[a]), cmp.Compare(c.colors[a], c.colors[b]))
	})
	index := make([]uint8, len(order))
	palette := make(color.Palette, min(len(order), paletteSize))
	kept := make([]uint32, len(palette))
	for i, number := range order {
		if i >= len(kept) {
			index[number] = nearest(kept, c.colors[number])
			continue
		}
		index[number], kept[i] = uint8(i), c.colors[number]
		r, g, b := channels(kept[i])
		palette[i] = color.RGBA{R: uint8(r), G: uint8(g), B: uint8(b), A: 255}
	}
	return palette, index
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
