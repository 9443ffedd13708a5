package landscape

import (
	"math"
	"math/rand/v2"
	"time"

	"github.com/forewarn/forewarn/models/calendar"
)

// moment is a time in the forms that the parts need.
type moment struct {
	time.Time
	hour   float64 // local, 0 to 24
	date   time.Time
	day    calendar.Day
	millis int64
}

func momentOf(c *calendar.Calendar, t time.Time) moment {
	local := t.Add(c.Ahead(t)).UTC()
	date := local.Truncate(24 * time.Hour)
	return moment{Time: t, hour: local.Sub(date).Hours(), date: date, day: c.Day(t), millis: t.UnixMilli()}
}

// between grows from 0 at hour from to 1 at hour to.
func (m *moment) between(from, to float64) float64 { return min(max((m.hour-from)/(to-from), 0), 1) }

// within reports whether it is from hour from on, and before hour to.
func (m *moment) within(from, to float64) bool { return m.hour >= from && m.hour < to }

// demand is how many requests people make.
type demand struct {
	wander wander
	surge  routine // somebody urges everybody to hand in what is left
	scale  float64
}

func newDemand(dice *rand.Rand) demand {
	return demand{wander: wander{dice: dice, deviation: 0.08, fade: 0.9}, surge: routine{dice: dice, aDay: 0.1, size: 0.3}, scale: 40 + 30*dice.Float64()}
}

// step returns how many requests come in a second: two humps over the working day, half as much again and longer while the
// books are closed, a trickle by night and on days off.
func (d *demand) step(m *moment) float64 {
	hump := func(middle, width float64) float64 { x := (m.hour - middle) / width; return math.Exp(-x * x / 2) }
	busy := hump(10, 1.4) + 0.9*hump(15.5, 1.8)
	switch {
	case !m.day.Working():
		busy *= 0.08
	case m.day.Class == calendar.MonthEnd:
		busy = 1.5*busy + 0.5*hump(19.5, 1.5)
	}
	return d.scale * (0.03 + busy + d.surge.step(m)) * math.Exp(d.wander.step())
}

// wander is noise that fades slowly.
type wander struct {
	dice            *rand.Rand
	deviation, fade float64
	now             float64
}

func (w *wander) step() float64 {
	w.now = w.fade*w.now + math.Sqrt(1-w.fade*w.fade)*w.deviation*w.dice.NormFloat64()
	return w.now
}

// count draws how many there are where so many are expected, by Poisson's law.
func count(dice *rand.Rand, mean float64) float64 {
	if mean > 30 {
		return math.Max(0, math.Round(mean+math.Sqrt(mean)*dice.NormFloat64()))
	}
	limit, n := math.Exp(-mean), -1.0
	for p := 1.0; p > limit; n++ {
		p *= dice.Float64()
	}
	return n
}
