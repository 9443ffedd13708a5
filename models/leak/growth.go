package leak

import (
	"math"
	"slices"

	"github.com/forewarn/forewarn/models/robust"
)

// growth is how the floors of the newest process rise at present, in shares of the limit and days.
type growth struct {
	slope, err float64 // a day, and its standard error
	before     float64 // the slope before it last changed; slope if it never did
	since      float64 // for how many days it has been the slope
	lasts      float64 // for how many days it has been half the slope or more
	lately     float64 // the last day's growth as a share of the slope, 1 if there were too few floors
	stalled    bool    // it does not grow in the hours in which it usually does
	level      float64 // of the floor at the time at, without what the hour of the day does to it
	at         float64
	noise      float64 // robust standard deviation of the floors about the line
	usual      rhythm  // of what comes and goes on top of it
	hours      profile // in which it grows, of what does not come down within a day
	lively     float64 // how many usual days the next one is taken for
}

// rhythm is by how much each hour of the day, in UTC, was above (below) the line within the last day.
type rhythm [dayHours]float64

// of returns the deviation at a time in days.
func (r *rhythm) of(t float64) float64 {
	hour := t * dayHours
	k := math.Floor(hour)
	i := int(k) % dayHours
	return r[i]*(1-hour+k) + r[(i+1)%dayHours]*(hour-k)
}

// fewest is the number of floors that a slope is measured on.
const fewest = 6

// growth measures the slope since it last changed: on quarters of days if that lasted, on hours if it has begun to grow
// since. What is younger than a few hours grows as its predecessors did.
func (d *Detector) growth(w *window, unit float64, pooled robust.Slope) growth {
	var s scratch
	g := growth{slope: pooled.Mid, err: (pooled.High - pooled.Low) / 2 / z80, before: pooled.Mid, lately: 1}
	w.look(d.quarters(), int64(d.Hour), unit, quarterSlots)
	w.newest()
	b := w.bend()
	if w.n-b.at < fewest && b.after < b.before { // it may be a night
		b = bend{}
	}
	young := w.n-b.at < fewest
	usual := w.paces(b.at)
	if !young {
		g.measure(w, b, &s)
	}
	w.look(d.hours(), int64(d.Hour), unit, hourSlots)
	w.newest()
	hours := *w
	if young {
		if b = w.bend(); b.after < b.before {
			b = bend{}
		}
		if w.n-b.at >= fewest {
			g.measure(w, b, &s)
		}
	}
	open := hours.clear(0.3 * float64(d.Excess) / unit)
	g.stalled = g.stalled || hours.stalls(&usual, g.noise)
	now := float64(d.LastMillis) / float64(dayHours*hourMillis)
	if hours.n > dayHours+2 && hours.slots == hours.n {
		g.compare(&hours)
	}
	if open >= 0 || !g.paced(&hours, now) {
		g.settle(&hours, max(open, 0), now, float64(d.Used)/unit, &s)
	}
	return g
}

// restDays is how long what grows with the load rests: a weekend.
const restDays = 2.6

// resting reports whether it grew faster until not long ago, and may do so again.
func (g *growth) resting() bool { return g.before > g.slope && g.since < restDays }

// measure takes the slope of the floors from a bend on.
func (g *growth) measure(w *window, b bend, s *scratch) {
	whole := w.t[w.n-1] - w.t[0] + w.step
	w.from(b.at)
	if w.step > 1.5/dayHours {
		w.deseason()
	}
	trend := robust.MannKendall(w.y[:w.n], s.a[:])
	slopes, every := w.slopes(s)
	slope := robust.TheilSen(slopes, z80, math.Sqrt(trend.Variance)/math.Pow(float64(every), 1.5))
	g.slope, g.err = slope.Mid, (slope.High-slope.Low)/2/z80
	for i := range w.n {
		s.a[i] = w.y[i] - g.slope*w.t[i]
	}
	g.noise = robust.Deviation(s.a[:w.n])
	// Where a stretch's growth is clear of the noise, one without it has stalled.
	g.stalled = g.slope*w.step > 4*g.noise && w.y[w.n-1]-w.y[w.n-2] < stillGrows*g.slope*w.step
	g.since = w.t[w.n-1] - w.t[0] + w.step
	g.before, g.lasts = g.slope, whole
	if b.at > 0 {
		g.before = b.before
	}
	if g.before < g.slope/2 {
		g.lasts = g.since
	}
}

// settle takes the level now, and the rhythm of the day, from the floors of the last day, the newest of which are open to
// the next collection: they are no rhythm.
func (g *growth) settle(w *window, open int, now, used float64, s *scratch) {
	const middle = 0.5 / dayHours // the lowest sample may be anywhere in its hour
	w.recent(dayHours)
	if w.n == 0 { // it began within this hour
		g.at, g.level = now, used
		return
	}
	highest := slices.Max(w.y[:w.n])
	for i := range w.n {
		w.y[i] += g.slope * (now - w.t[i] - middle)
	}
	g.at, g.level = now, robust.Median(s.a[:copy(s.a[:], w.y[:w.n])])
	if w.n == dayHours && g.since >= 1 {
		for i := range w.n - open {
			about := mean(w.y[max(0, i-1):min(w.n-open, i+2)]) - g.level
			about = math.Copysign(max(0, math.Abs(about)-g.noise), about) // what is no more than noise is none
			g.usual[int(math.Round(w.t[i]*dayHours))%dayHours] = about
		}
	}
	g.level = min(g.level, highest+g.slope/dayHours)
}

// clear lowers the floors of hours between two collections to what the later one left. Such ends at once, by more than the
// given fall; what comes and goes with the load goes on falling. It returns how many hours have passed since the newest
// such collection, of which nobody knows what the next one will leave, -1 if there was none.
func (w *window) clear(fall float64) (open int) {
	const least = 0.005
	fall, open = max(fall, least), -1
	after := math.Inf(1) // what the collection left that ends the hours looked at
	for i := w.n - 2; i >= 0; i-- {
		down := w.y[i] - w.y[i+1]
		if down > fall && (i+2 >= w.n || w.y[i+1]-w.y[i+2] < down/4) {
			after = min(after, w.y[i+1])
			if open < 0 {
				open = w.n - 2 - i
			}
		}
		if w.y[i] <= after {
			after = math.Inf(1)
		}
		w.y[i] = min(w.y[i], after)
	}
	return open
}

// compare looks at the last hours beside the same of the day before: whether it still grows, or grows again.
func (g *growth) compare(w *window) {
	const least = 0.009 // what two hours must rise by to be more than the chance of when collections came
	n := w.n
	grown := mean(w.y[n-3:n]) - mean(w.y[n-dayHours-3:n-dayHours])
	rise, before := w.y[n-1]-w.y[n-3], w.y[n-1-dayHours]-w.y[n-3-dayHours]
	if g.before > g.slope && (grown > 0.75*g.before || rise > max(least, 2*before, g.before/dayHours)) {
		g.slope, g.since = g.before, g.lasts
	}
	g.lately = grown / g.slope
	g.stalled = g.stalled || before > max(g.slope/dayHours, least) && rise < 0.3*before
}

// bend is where the slope of floors changed: the index, 0 for nowhere, and the slopes before and after it.
type bend struct {
	at            int
	before, after float64
}

// bend returns where the slope of the floors last changed: the least squares of two lines that meet there, if one line
// does much worse.
func (w *window) bend() (b bend) {
	const surer = 15 // the F statistic; the usual 7 is for a known place and independent noise
	n := float64(w.n)
	if w.n < 2*fewest {
		return b
	}
	mt, my := mean(w.t[:w.n]), mean(w.y[:w.n])
	var tt, ty, yy float64
	for i := range w.n {
		t, y := w.t[i]-mt, w.y[i]-my
		tt, ty, yy = tt+t*t, ty+t*y, yy+y*y
	}
	line := yy - ty*ty/tt
	best := line
	var m, st, stt, sy, sty float64 // of the floors after the bend
	for k := w.n - 1; k > 1; k-- {
		t, y, at := w.t[k]-mt, w.y[k]-my, w.t[k-1]-mt
		m, st, stt, sy, sty = m+1, st+t, stt+t*t, sy+y, sty+t*y
		u := st - m*at // sums of the time after the bend, u, with itself and the others
		uu, ut, uy := stt-2*at*st+m*at*at-u*u/n, stt-at*st, sty-at*sy
		det := tt*uu - ut*ut
		if det <= 1e-12*tt*tt {
			continue
		}
		slope, more := (ty*uu-uy*ut)/det, (uy*tt-ty*ut)/det
		if rest := yy - slope*ty - more*uy; rest < best {
			best, b = rest, bend{k - 1, slope, slope + more}
		}
	}
	if line-best < surer*max(best, 0)/(n-3) {
		return bend{}
	}
	return b
}
