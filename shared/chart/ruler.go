package chart

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/image/font/sfnt"

	"github.com/forewarn/forewarn/shared/i18n"
)

// maxRunes is more than a picture of the greatest width shows; what comes after is not looked at.
const maxRunes = 1024

// ruler measures text, for one picture at a time.
type ruler struct {
	fonts    *fonts
	buf      *sfnt.Buffer
	advances map[rune]float64
}

// advance returns how far r moves the pen, on the em square.
func (r *ruler) advance(c rune) float64 {
	a, ok := r.advances[c]
	if !ok {
		a = r.fonts.glyph(r.buf, c).advance
		r.advances[c] = a
	}
	return a
}

// width returns how wide s is in pixels.
func (r *ruler) width(s string, size float64) float64 {
	var w float64
	for _, c := range s {
		w += r.advance(c)
	}
	return w * size / em
}

// fit returns s as one clean line that is at most limit pixels wide, cut with an ellipsis if need be, or "" if not even
// that has room.
func (r *ruler) fit(s string, size, limit float64) string {
	s = clean(s)
	if r.width(s, size) <= limit {
		return s
	}
	limit -= r.width("…", size)
	if limit < 0 {
		return ""
	}
	var w float64
	for i, c := range s {
		if w += r.advance(c) * size / em; w > limit {
			return strings.TrimRightFunc(s[:i], unicode.IsSpace) + "…"
		}
	}
	return s
}

// clean returns at most maxRunes of s as one line without controls and without what XML forbids.
func clean(s string) string {
	if len(s) > maxRunes*utf8.UTFMax {
		s = s[:maxRunes*utf8.UTFMax]
	}
	s = strings.Map(func(r rune) rune {
		if r == '\uFFFE' || r == '\uFFFF' {
			return -1
		}
		return r
	}, i18n.Line(s))
	if utf8.RuneCountInString(s) > maxRunes {
		s = string([]rune(s)[:maxRunes]) + "…"
	}
	return s
}
