package gallery

import (
	"bytes"
	"cmp"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"maps"
	"slices"
)

// shrink returns a PNG of at most 256 colours, cut off below a height if that is not 0. Pages and charts have few colours; those that
// smooth letters, the rarest, become the nearest of the others.
func shrink(data []byte, height int) ([]byte, error) {
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("read the browser's picture: %w", err)
	}
	area := img.Bounds()
	if height > 0 {
		area.Max.Y = min(area.Max.Y, area.Min.Y+height)
	}
	colours := common(img, area)
	out := image.NewPaletted(area, colours)
	near := map[color.Color]uint8{}
	for y := area.Min.Y; y < area.Max.Y; y++ {
		for x := area.Min.X; x < area.Max.X; x++ {
			c := img.At(x, y)
			index, ok := near[c]
			if !ok {
				index = uint8(colours.Index(c)) //nolint:gosec // there are 256 at most
				near[c] = index
			}
			out.SetColorIndex(x, y, index)
		}
	}
	var b bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&b, out); err != nil {
		return nil, fmt.Errorf("write a picture: %w", err)
	}
	return b.Bytes(), nil
}

// common returns the most frequent colours of an area, 256 at most, of like ones one.
func common(img image.Image, area image.Rectangle) color.Palette {
	counts := map[color.NRGBA]int{}
	for y := area.Min.Y; y < area.Max.Y; y++ {
		for x := area.Min.X; x < area.Max.X; x++ {
			if c, ok := color.NRGBAModel.Convert(img.At(x, y)).(color.NRGBA); ok {
				counts[c]++
			}
		}
	}
	byCount := slices.SortedFunc(maps.Keys(counts), func(a, b color.NRGBA) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(number(a), number(b)))
	})
	// Of colours that differ by less than like one is enough, unless it is that of so many pixels that it is an area.
	const most, like, flat = 256, 10, 1000
	var kept []color.NRGBA
	for _, c := range byCount {
		if len(kept) == most {
			break
		}
		if counts[c] > flat || !slices.ContainsFunc(kept, func(o color.NRGBA) bool { return distance(c, o) < like }) {
			kept = append(kept, c)
		}
	}
	out := make(color.Palette, len(kept))
	for i, c := range kept {
		out[i] = c
	}
	return out
}

func number(c color.NRGBA) uint32 {
	return uint32(c.R)<<24 | uint32(c.G)<<16 | uint32(c.B)<<8 | uint32(c.A)
}

// distance is by how much two colours differ, in steps of their channels.
func distance(a, b color.NRGBA) int {
	apart := func(x, y uint8) int { return max(int(x)-int(y), int(y)-int(x)) }
	return apart(a.R, b.R) + apart(a.G, b.G) + apart(a.B, b.B)
}
