package console

import (
	"time"

	"github.com/forewarn/forewarn/models/calendar"
)

// maxSpellDays bounds how many days are looked at for one chart.
const maxSpellDays = 120

// Days returns the calendar as charts shade it: closes and days of rest.
func Days(c *calendar.Calendar) Calendar { return spells{c} }

// spells are the days of a calendar that differ from others.
type spells struct{ *calendar.Calendar }

// Spells returns them in order; days of one sort that follow each other are one.
func (s spells) Spells(from, to time.Time) (out []Spell) {
	for day, i := s.midnight(from), 0; day.Before(to) && i < maxSpellDays; i++ {
		end := s.midnight(day.Add(36 * time.Hour)) // days may be an hour longer or shorter
		kind := s.Day(day)
		special := kind.Class == calendar.MonthEnd
		switch n := len(out); {
		case !special && kind.Working():
		case n > 0 && out[n-1].To.Equal(day) && out[n-1].Close == special:
			out[n-1].To = end
		default:
			out = append(out, Spell{From: day, To: end, Close: special})
		}
		day = end
	}
	return out
}

// midnight returns when the local day of a time begins.
func (s spells) midnight(t time.Time) time.Time {
	ahead := s.Ahead(t)
	return t.Add(ahead).Truncate(24 * time.Hour).Add(-ahead)
}
