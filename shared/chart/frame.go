package chart

import (
	"fmt"
	"time"

	"github.com/forewarn/forewarn/shared/i18n"
)

// Frame is what all pictures have in common. Its zero value is a light picture of the usual size, in English and UTC.
type Frame struct {
	// Title is drawn above a picture and read aloud by screen readers; a [Sparkline] only has it read.
	Title    string
	Language i18n.Language
	// Zone is the reader's; nil is UTC.
	Zone *time.Location
	// Width and Height are in CSS pixels, at most 4096; zero is the usual size of the picture.
	Width, Height int
	Dark          bool
}

const maxSide = 4096

// size returns f with width w and height h where it says none, and an error where it is out of range.
func (f Frame) size(w, h int) (Frame, error) {
	if f.Width == 0 {
		f.Width = w
	}
	if f.Height == 0 {
		f.Height = h
	}
	if f.Zone == nil {
		f.Zone = time.UTC
	}
	for _, side := range []struct {
		name  string
		value int
	}{{"width", f.Width}, {"height", f.Height}} {
		if side.value < 16 || side.value > maxSide {
			return f, fmt.Errorf("%s: %d is out of range; give 16 to %d pixels, or 0 for the usual size", side.name, side.value, maxSide)
		}
	}
	return f, nil
}
