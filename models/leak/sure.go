package leak

import (
	"slices"
	"time"
)

const (
	// sureDays is how long growth must last to be neither that of a week nor, mostly, of a cache, and sureClear by how many
	// deviations it must be clear of the noise: the sessions of a second week, a little more than those of the first, are not.
	sureDays, sureClear = 7.5, 6
	// sureLately is the share of its slope that it must have kept within the last day.
	sureLately = 0.6
	// sureWithin is how near the limit must be where it has not lasted as long: each hour more finds caches whose bound is
	// so much further from the limit, and people need half a day. What comes and goes with the load is higher than before
	// only by day, so that sureByDay must hold the day before, and no cache does that. Nor does one begin, sureLate, in a
	// process that was known for flat. Where P10 is within sureEarly the date is too unsure to wait for.
	sureWithin = 16 * time.Hour
	sureByDay  = 24 * time.Hour
	sureLate   = 28 * time.Hour
	sureEarly  = 12 * time.Hour
	// lateDays is how long it must have been known before, and flat the share of its slope that it may have grown by then:
	// a weekend's growth is more.
	lateDays, flat = 2.5, 0.1
	// stillGrows is the share of the former slope below which it has stopped, and stopDays how long it must have.
	stillGrows = 0.25
	stopDays   = 1.25
)

// stopped reports whether what has grown has not for some time.
func (g *growth) stopped(slope float64) bool {
	return g.since >= stopDays && g.slope < stillGrows*max(slope, g.before)
}

// resumed reports whether what looks like the end of a warm-up was a weekend: on the newest day it has grown about as much
// as on those before it.
func (g *growth) resumed(f *finding) bool {
	const long, again, atOnce = 5, 0.8, 1.6 // days, and shares of the slope
	grown := g.lately * g.slope
	return f.reason == WarmUp && f.seen >= long && g.hours.known() && grown >= again*f.slope.Mid && grown <= atOnce*f.slope.Mid
}

// sure reports whether a leak is certain, or too near its end to wait until it is.
func (d *Detector) sure(w *window, unit float64, v *Verdict, g *growth, f *finding) bool {
	known := g.at - float64(d.first())/dayHours
	if known < youngDays {
		return false
	}
	lasts := g.lasts
	if f.segments > 1 && d.Start > 0 { // a fall that nobody calls a restart may be the end of a week
		lasts = max(lasts, f.seen)
	}
	near := sureWithin
	if !g.hours.known() {
		near = sureByDay
	}
	if g.before < flat*g.slope && known-g.lasts > lateDays {
		near = sureLate
	}
	switch {
	case g.stalled, g.lately < stillGrows:
		return false
	case v.P50 > near && v.P10 > sureEarly && (lasts < sureDays || g.lately < sureLately || g.slope*g.since < sureClear*g.noise):
		return false
	}
	return d.beyond(w, unit)
}

// beyond reports whether the floor is higher than all floors before the newest rise began, by more than chance.
func (d *Detector) beyond(w *window, unit float64) bool {
	const more = 0.01
	w.look(d.hours(), int64(d.Hour), unit, hourSlots)
	w.recent(fewest)
	now := mean(w.y[:w.n])
	w.look(d.days(), int64(d.Hour), unit, daySlots)
	days := *w
	w.look(d.quarters(), int64(d.Hour), unit, quarterSlots)
	began := max(days.lowest(now), w.lowest(now))
	return max(days.highest(began), w.highest(began)) < now-more
}

// lowest returns when a floor was last about as low as any, by the way from there to the amount now.
func (w *window) lowest(now float64) float64 {
	if w.n == 0 {
		return 0
	}
	low := slices.Min(w.y[:w.n])
	low += 0.15 * max(0, now-low)
	for i := w.n - 1; i > 0; i-- {
		if w.y[i] <= low {
			return w.t[i]
		}
	}
	return 0
}

// highest returns the highest floor before a time in days, 0 if there is none.
func (w *window) highest(before float64) (y float64) {
	for i := 0; i < w.n && w.t[i] < before; i++ {
		y = max(y, w.y[i])
	}
	return y
}
