package chart

import "image/color"

// The colours of Okabe and Ito, "Color Universal Design" (2008).
const (
	orange     = 0xE69F00
	skyBlue    = 0x56B4E9
	green      = 0x009E73
	blue       = 0x0072B2
	vermillion = 0xD55E00
	purple     = 0xCC79A7
)

// theme is the colours of one picture.
type theme struct {
	paper, ink, faint, grid  color.NRGBA
	night, rest              color.NRGBA
	history, since, forecast color.NRGBA
	band80, band50           color.NRGBA
	limit, lower             color.NRGBA
}

func rgb(hex uint32) color.NRGBA {
	return color.NRGBA{R: uint8(hex >> 16), G: uint8(hex >> 8), B: uint8(hex), A: 255}
}

// veil is a colour that lets through what is below it.
func veil(hex uint32, alpha uint8) color.NRGBA {
	c := rgb(hex)
	c.A = alpha
	return c
}

// over returns the opaque colour that a veil makes of paper.
func over(paper, veil color.NRGBA) color.NRGBA {
	mix := func(below, above uint8) uint8 {
		return uint8((int(below)*(255-int(veil.A)) + int(above)*int(veil.A)) / 255)
	}
	return color.NRGBA{R: mix(paper.R, veil.R), G: mix(paper.G, veil.G), B: mix(paper.B, veil.B), A: 255}
}

// theme returns the colours of f.
func (f Frame) theme() theme {
	if f.Dark {
		return theme{
			paper: rgb(0x14181F), ink: rgb(0xE8EAED), faint: rgb(0x9AA3AE), grid: rgb(0x2A313B),
			night: veil(0x9FB4D0, 18), rest: veil(orange, 34),
			history: rgb(skyBlue), since: rgb(0xFFFFFF), forecast: rgb(skyBlue),
			band80: veil(skyBlue, 46), band50: veil(skyBlue, 64),
			limit: rgb(0xF07A26), lower: rgb(0x2FC79A),
		}
	}
	return theme{
		paper: rgb(0xFFFFFF), ink: rgb(0x1F2328), faint: rgb(0x646C76), grid: rgb(0xE7EAEE),
		night: veil(0x34506E, 14), rest: veil(orange, 36),
		history: rgb(blue), since: rgb(0x000000), forecast: rgb(blue),
		band80: veil(skyBlue, 64), band50: veil(skyBlue, 90),
		limit: rgb(vermillion), lower: rgb(green),
	}
}
