package landscape

import (
	"math/rand/v2"
	"time"
)

// routine is what comes up on some days of good health: once in a while, at any hour of the working day, for a while, more or less of
// it. It is drawn when a day begins.
type routine struct {
	dice  *rand.Rand
	aDay  float64 // on how many of all days
	size  float64 // the mean
	date  time.Time
	from  float64 // hour
	until float64
	now   float64
}

// step returns how much of it there is now.
func (r *routine) step(m *moment) float64 {
	if !m.date.Equal(r.date) {
		r.date, r.from, r.until = m.date, 0, 0
		if m.day.Working() && r.dice.Float64() < r.aDay {
			r.from = 8 + 10*r.dice.Float64()
			r.until = r.from + 0.2 + r.dice.ExpFloat64()*0.7
			r.now = r.size * (0.5 + r.dice.Float64())
		}
	}
	if m.within(r.from, r.until) {
		return r.now
	}
	return 0
}

// patched reports whether a host is started anew at this time, for ten minutes: on the first Sunday of the month by night, one host
// after the other.
func (m *machine) patched(l *Landscape) bool {
	date, from := l.now.date, 3+float64(m.order)/4
	return l.plan.Patches && date.Weekday() == time.Sunday && date.Day() <= 7 && l.now.within(from, from+1.0/6)
}

// begin notes whether the host is on at this step, and with it all that runs on it.
func (m *machine) begin(l *Landscape, off bool) {
	patched := m.patched(l)
	if m.down = off || patched; m.down {
		m.boot = l.now.Time
	}
	for _, t := range m.targets {
		t.down = m.down
	}
	for _, j := range m.journals {
		j.down = m.down
	}
}
