package view

import (
	"time"

	"github.com/forewarn/forewarn/shared/chart"
)

// Calendar tells which days differ from others.
type Calendar interface {
	// Spells returns the days of rest and the closes between two times, in order. It is asked for a few months at most.
	Spells(from, to time.Time) []Spell
}

// Spell is one or more days in a row: a close of the books, or days of rest.
type Spell struct {
	From, To time.Time
	Close    bool
}

const (
	// leastShaded is the shortest chart with shades: a shorter one may be all night, which tells nothing.
	leastShaded = 12 * time.Hour
	// mostNights is above how many nights are stripes that hide the data.
	mostNights = 60
)

// shades returns what is shaded behind the view: nights, days of rest and closes.
func (v View) shades() []chart.Shade {
	end := v.End
	if v.Until.After(end) {
		end = v.Until
	}
	if end.Sub(v.From) < leastShaded {
		return nil
	}
	out := nights(v.Zone, v.From, end)
	if v.Calendar == nil {
		return out
	}
	for _, s := range v.Calendar.Spells(v.From, end) {
		label := v.say("rest", "休")
		if s.Close {
			label = v.say("close", "结账")
		}
		out = append(out, chart.Shade{From: s.From, To: s.To, Label: label})
	}
	return out
}

// nights returns the nights between two times, from 22 to 6 o'clock of the reader.
func nights(zone *time.Location, from, to time.Time) (out []chart.Shade) {
	y, m, d := from.In(zone).Date()
	for i := -1; i < mostNights; i++ {
		dusk := time.Date(y, m, d+i, 22, 0, 0, 0, zone)
		if dusk.After(to) {
			break
		}
		out = append(out, chart.Shade{From: dusk, To: time.Date(y, m, d+i+1, 6, 0, 0, 0, zone), Night: true})
	}
	return out
}
