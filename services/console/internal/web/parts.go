package web

import (
	"html/template"
	"math"
	"strconv"

	"github.com/forewarn/forewarn/shared/bus"
)

// part is what a template part gets: the page, which knows how to speak, and the value to show.
type part struct {
	Page  *page
	Value any
}

// shareBar draws how much of a limit is used.
type shareBar struct {
	Width, Level, Label string
}

// funcs are what templates call beside the methods of the page.
func funcs() template.FuncMap {
	return template.FuncMap{
		"args":  func(p *page, v any) part { return part{p, v} },
		"bar":   newBar,
		"fill":  newFill,
		"strip": newStrip,

		"signalPath": signalPath,
		"planPath":   planPath,
		"entityPath": entityPath,
		"logPath":    logPath,

		"transactionPath": transactionPath,

		"outlookOfIncident": outlookOfIncident,
		"outlookOfSignal":   outlookOfSignal,
	}
}

// newBar returns the bar; without a limit it is empty.
func newBar(p *page, used, limit float64, unit string) shareBar {
	share := p.Share(used, limit)
	b := shareBar{Width: "0", Label: p.Of(used, limit, unit)}
	if math.IsNaN(share) {
		return b
	}
	share = min(max(share, 0), 1)
	b.Width = strconv.FormatFloat(share*100, 'f', 1, 64)
	switch {
	case share >= nearlyFull:
		b.Level = "full"
	case share >= 0.8:
		b.Level = "high"
	}
	return b
}

// newFill returns the bar of a stream.
func newFill(p *page, s bus.StreamStatus) shareBar {
	return newBar(p, float64(s.Bytes), float64(max(s.MaxBytes, 0)), "bytes")
}
