package leak

import (
	"math"
	"time"
)

// Verdict is what is known of a signal.
type Verdict struct {
	// Leaking says that it grows as a leak does; if not, Reason says why not.
	Leaking bool
	Reason  Reason
	// Holds says that a leak which was found before has not been disproved: it leaks, or it still rises, if not as clearly.
	// What opens a finding is Leaking, what closes it is that it has not held for a day.
	Holds bool
	// Sure says that it leaks and that neither a cache on the way to its bound nor the load of a week does the same: it
	// has grown beyond all that was seen before, and either for more than a week or to within sixteen hours of the limit, a
	// day where a load comes and goes.
	Sure bool
	// Z is the standard score of the trend, autocorrelation allowed for.
	Z float64
	// PerDay is the growth a day, in the unit of Used, and the interval that holds it with 80 %.
	PerDay, PerDayLow, PerDayHigh float64
	// PerRequest is the growth for each request served, in the unit of Used; 0 where the rate is not known.
	PerRequest float64
	// Week is what a week's growth is as a share of the limit; without a limit, of the present floor.
	Week float64
	// Limit is the newest one known, 0 if none was ever told: then there is growth, but no date.
	Limit float64
	// Floor is the newest floor, in the unit of Used; 0 before the first full hour.
	Floor float64
	// Every is how far apart the floors are that the verdict rests on: an hour, six hours or a day.
	Every time.Duration
	// Processes is how many processes the trend is stitched together from, over Seen.
	Processes int
	Seen      time.Duration
	// Within holds the probability that the limit is reached within each of Horizons, increasing; 0 without a limit.
	Within [4]float64
	// P10, P50 and P90 are quantiles of the time from the newest sample to the limit, peaks of a usual day included; Never
	// beyond MaxETA, without a limit, and where nothing leaks.
	P10, P50, P90 time.Duration
}

// Verdict judges what is remembered: days first, then quarters of days, then hours, until one of them sees a leak. Of
// several that see none, the reason is that of the one that knows most. It allocates nothing and takes some microseconds,
// a few for what is flat; nothing changes before the next full hour.
func (d *Detector) Verdict() Verdict {
	out := Verdict{Reason: Learning, P10: Never, P50: Never, P90: Never}
	unit, minWeek := d.unit()
	if unit == 0 {
		return out
	}
	out.Limit = float64(d.Limit)
	out.Floor = float64(d.floor().amount())
	var w window
	best := d.judge(&w, unit, minWeek)
	out.fill(best, unit)
	if !out.Leaking && !(best.z > holdZ) {
		return out
	}
	g := d.growth(&w, unit, best.slope)
	if g.resumed(&best) {
		best.reason, out.Reason, out.Leaking = None, None, true
	}
	if g.stopped(best.slope.Mid) {
		out.Leaking, out.Reason = false, WarmUp
		return out
	}
	out.Holds = out.Leaking || best.z > holdZ && out.Week >= minWeek/2 && best.reason != Step
	if d.Requests > 0 {
		out.PerRequest = out.PerDay / (float64(d.Requests) * 86_400)
	}
	if out.Leaking {
		out.forecast(&g, d, best.variance)
		out.Sure = d.sure(&w, unit, &out, &g, &best)
	}
	return out
}

// judge looks at days, quarters and hours, until one of them shows a leak.
func (d *Detector) judge(w *window, unit, minWeek float64) finding {
	best := d.slow(w, unit, minWeek)
	if best.reason != None {
		best = best.or(d.medium(w, unit, minWeek))
	}
	if best.reason != None {
		best = best.or(d.fast(w, unit, minWeek))
	}
	return best
}

// or returns the finding that knows more.
func (f finding) or(other finding) finding {
	if rank(other.reason) > rank(f.reason) {
		return other
	}
	return f
}

func (out *Verdict) fill(f finding, unit float64) {
	out.Leaking, out.Reason = f.reason == None, f.reason
	out.Z, out.Processes = f.z, f.segments
	out.PerDay, out.PerDayLow, out.PerDayHigh = f.slope.Mid*unit, f.slope.Low*unit, f.slope.High*unit
	out.Every = time.Duration(f.step * float64(24*time.Hour))
	out.Week = f.slope.Mid * growthDays
	out.Seen = time.Duration(f.seen * float64(24*time.Hour))
}

// rank orders reasons by how much is known.
func rank(r Reason) int {
	for i, x := range [...]Reason{Learning, Flat, Noise, Step, WarmUp, Saturating} {
		if x == r {
			return i
		}
	}
	return math.MaxInt
}

// unit returns what floors are measured in and the growth a week that matters.
func (d *Detector) unit() (unit, minWeek float64) {
	if d.Limit > 0 {
		return float64(d.Limit), minGrowth
	}
	return d.floor().amount(), minGrowthUnlimited
}

// floor returns the newest full hour's floor that is remembered.
func (d *Detector) floor() (newest level) {
	d.hours().each(int64(d.Hour), func(_ int64, l level, _ bool) {
		if l != 0 {
			newest = l
		}
	})
	if newest == 0 {
		d.days().each(int64(d.Hour), func(_ int64, l level, _ bool) {
			if l != 0 {
				newest = l
			}
		})
	}
	return newest
}

// slow looks at the floors of days.
func (d *Detector) slow(w *window, unit, minWeek float64) (f finding) {
	// Nothing but days is known of a signal that is sampled now and then: less certainty must do.
	r := rules{min: 7, filled: 0.6, z: 2.6, wander: 5.5}
	if w.look(d.quarters(), int64(d.Hour), unit, quarterSlots); float64(w.n) < r.filled*float64(w.slots) {
		r.wander = 2.2
	}
	w.look(d.days(), int64(d.Hour), unit, daySlots)
	if longest(w) < r.min {
		return finding{reason: Learning}
	}
	shape, alone := w.shape(d.top()), *w
	if alone.newest(); alone.n >= r.min { // how its predecessors warmed up says nothing of it
		shape = alone.shape(d.top())
	}
	if f = w.judge(r, minWeek); f.reason != None {
		w.recent(recentDays)
		f = f.or(w.judge(r, minWeek))
	}
	if f.reason == None {
		f.reason = shape
	}
	return f
}

// medium looks at the floors of quarters of a day, less what the hour of the day does to them.
func (d *Detector) medium(w *window, unit, minWeek float64) (f finding) {
	w.look(d.quarters(), int64(d.Hour), unit, quarterSlots)
	raw := *w
	w.deseason()
	shape, older := w.shape(d.top()), w.older(recentQuarters)
	f = w.judge(rules{min: 2 * phases, filled: 0.6, z: 2.6, wander: 5.5}, minWeek)
	if f.reason != None && f.reason != Learning {
		w.recent(recentQuarters)
		f = f.or(w.judge(rules{min: 10, filled: 0.6, z: 2.6, wander: 7, walk: older}, minWeek))
	}
	if f.reason == None || f.reason == Noise && shape != None {
		f.reason = shape
	}
	if f.reason != None && f.reason != Learning {
		*w = raw
		f = f.or(d.late(w, minWeek))
	}
	return f
}

// late looks at the floors since they began to rise, if they did so late, or since they have risen at another pace for days.
func (d *Detector) late(w *window, minWeek float64) (f finding) {
	w.newest()
	b := w.bend()
	other := b.before > b.after/3
	if b.at == 0 || other && w.n-b.at < 3*phases {
		return finding{reason: Flat}
	}
	older := w.older(w.n - b.at)
	if other {
		older = 0
	}
	w.from(b.at)
	w.deseason()
	f = w.judge(rules{min: fewest, filled: 0.6, z: 2.6, wander: 5.5, walk: older}, minWeek)
	if f.reason == None {
		f.reason = w.shaped(d.top(), other) // what was flat for days does not warm up
	}
	return f
}

// top returns the share of the limit to which floors may rise; 0 without a limit.
func (d *Detector) top() float64 {
	if d.Limit == 0 {
		return 0
	}
	return max(0.5, 0.97-float64(d.Excess/d.Limit))
}

func longest(w *window) (n int) {
	w.segments(func(from, to int) { n = max(n, to-from) })
	return n
}

// fast looks at the floors of hours, for what fills within two days and rises as it never did within a day.
func (d *Detector) fast(w *window, unit, minWeek float64) (f finding) {
	if d.Hour-d.first() < minHabitHours || d.Limit == 0 {
		return finding{reason: Learning}
	}
	w.look(d.hours(), int64(d.Hour), unit, hourSlots)
	w.newest()
	all := *w
	if b := w.bend(); b.at > 0 && b.before < b.after/3 {
		older := w.older(w.n - b.at)
		w.from(b.at)
		f = w.judge(rules{min: fewest, filled: 0.6, z: 2.3, wander: 5.5, walk: older}, minWeek)
		if f.reason == None && !w.pausing(f.slope.Mid) && d.fills(w, &f, unit) {
			return f
		}
		*w = all
	}
	for _, count := range [...]int{hourSlots, 12, 8, 6} {
		w.recent(count)
		f = w.judge(rules{min: 5, filled: 0.6, z: 1.5, wander: 2}, minWeek)
		if f.reason == None {
			f.reason = w.shape(d.top())
		}
		if f.reason != None {
			continue
		}
		if d.fills(w, &f, unit) {
			return f
		}
		f.reason = Noise
	}
	return f
}

// fills reports whether it rises as it never did within a day, by much, and fast enough to be full within two days.
func (d *Detector) fills(w *window, f *finding, unit float64) bool {
	return w.gradual() > 2*float64(d.Habit)/unit && f.grown > 0.1 && 1-w.y[w.n-1] < 2*f.slope.Mid
}

// holdZ is the score of the trend below which a leak that was found is gone.
const holdZ = 2

// minHabitHours is how long a signal must be known before a fast rise is known to be unlike it.
const minHabitHours = 72
