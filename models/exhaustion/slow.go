package exhaustion

import (
	"slices"

	"github.com/forewarn/forewarn/models/robust"
)

// learned is what the complete days say. It follows from the state and is kept because it changes once a day.
type learned struct {
	of basis
	// rise and level are what is usual of a day, in shares of the limit, seen on so many days.
	rise, level float64
	days        int
	growth      *growth // nil where nothing rises, as of most signals
}

// growth is a trend in a time in which every kind of day grows alike.
type growth struct {
	trend
	ratio [Kinds]float64 // of the kinds of days
	seen  [Kinds]bool    // of which kinds days were seen, once they are told apart
}

// basis is what learned follows from, as long as no complete day changes.
type basis struct {
	day, first int64
	unit       float64
	since      int64 // the day from which on days belong to the present climb
}

// learn brings what is learned of the complete days up to date.
func (f *Forecaster) learn(days *Days) *learned {
	l := &f.learned
	of := basis{f.at(f.LastMillis)[day], days.First, f.unit(), f.since()}
	if l.of == of {
		return l
	}
	*l = learned{of: of}
	l.rise, l.level, l.days = f.habits()
	p, number := f.days(of.since)
	if p.n < minDays || p.height() < minSlowRise || p.saturates() {
		return l
	}
	var g growth
	g.ratio, g.seen = ratios(&p, &number, days)
	p.stretch(&number, &g.ratio, days)
	p.restart()
	if p.n < minDays || p.height() < minSlowRise {
		return l
	}
	g.trend = p.fit()
	g.bend()
	if g.rises() {
		l.growth = &g
	}
	return l
}

// saturates reports whether growth dies away before the limit, as that of a cache which fills to its bound: each third of
// the days has brought so much less than the one before that, at the slower of these two rates, all that is still to come
// stays below it.
func (p *points) saturates() bool {
	third := (p.n - 1) / 3
	if third < 2 {
		return false
	}
	first := p.n - 1 - 3*third
	var rise [3]float64
	for i := range rise {
		rise[i] = p.y[first+(i+1)*third] - p.y[first+i*third]
	}
	if rise[0] <= 0 || rise[1] <= 0 {
		return false
	}
	decay := max(rise[1]/rise[0], rise[2]/rise[1], 0)
	if decay > slackens {
		return false
	}
	return p.y[p.n-1]+toCome*max(rise[2], 0)*decay/(1-decay) < 1-minFastRise
}

const (
	// slackens is the most that a third of the days may bring of what the one before did, for growth to be dying away.
	slackens = 0.75
	// toCome is by how much what is still to come is overestimated, to be safe.
	toCome = 1.5
)

// since returns the first day whose maximum belongs to the trend: of a saw-tooth with teeth within a day all do, of a
// climb that began after a clean-up those since then.
func (f *Forecaster) since() int64 {
	if f.Climbs == 0 || f.shortTeeth() {
		return 0
	}
	return f.at(f.LowMillis)[day]
}

// rises reports whether a slow trend is one.
func (tr *trend) rises() bool {
	return tr.slope > 0 && tr.rise >= minSlowRise && tr.slope >= tr.slopeErr
}

// slow judges the maxima of the complete days, in a time in which every kind of day and every hour grows alike, which
// it puts into own; of a saw-tooth with long teeth it judges their peaks.
func (f *Forecaster) slow(l *learned, days *Days, own *pace) view {
	v := view{resolution: day, ready: l.days >= minDays}
	if f.longTeeth() {
		return f.slowTeeth(v)
	}
	if l.growth == nil {
		return v
	}
	v.trend, v.grade, v.pace = l.growth.trend, 1, own
	own.set(f, &l.growth.ratio, days, slowReach*v.trend.span)
	level := f.share(f.High)
	switch {
	case f.shortTeeth(): // the limit is met by the peak of a tooth, wherever on it the signal stands now
		tops := v.trend.top - v.trend.slope*own.start[0]
		level = min(max(f.highest(), tops), 1-aboveNow*(1-f.Share))
		v.rhythm = f.rhythm(v.trend.slope)
	case f.Climbs > 0 && level < f.share(f.Peak[(f.Climbs-1)%climbs])+minFastRise:
		v.grade = onceBefore
	}
	v.law = v.trend.passage(1-level, slowReach*v.trend.span)
	return v
}

// slowTeeth judges the peaks of long teeth.
func (f *Forecaster) slowTeeth(v view) view {
	p := f.peaks()
	if p.n < habit {
		return v
	}
	v.trend = p.fit()
	if v.trend.rises() {
		v.grade, v.rhythm = 1, f.rhythm(v.trend.slope)
		v.law = v.trend.passage(1-(v.trend.top-v.trend.slope*p.t[p.n-1]), slowReach*v.trend.span)
	}
	return v
}

// onceBefore is how much a climb is believed that came down once from at least as high, before that is a habit.
const onceBefore = 0.3

// aboveNow is the least share of what is left that a peak beyond the limit still has to climb.
const aboveNow = 0.25

// days returns the maxima of the complete days from a number on, and the days' numbers; times are not filled in.
func (f *Forecaster) days(since int64) (p points, number [dayBuckets]int64) {
	last, unit := f.at(f.LastMillis)[day], f.unit()
	for n := max(since, oldest(last, dayBuckets)); n < last; n++ { // today is not over
		if top := f.Day[n%dayBuckets]; top != 0 {
			number[p.n] = n
			p.add(0, float64(top-1)*unit)
		}
	}
	return p, number
}

// stretch fills in the times of the days' ends, in seconds of growth before the end of the last one.
func (p *points) stretch(number *[dayBuckets]int64, ratio *[Kinds]float64, days *Days) {
	at := 0.0
	for i := p.n - 1; i >= 0; i-- {
		p.t[i] = at
		if i > 0 {
			for n := number[i]; n > number[i-1]; n-- {
				at -= daySeconds * ratio[days.kind(n)]
			}
		}
	}
}

// restart drops the days before a change of rate: when the newest 5 or 3 daily increments all lie beyond
// what the increments before them explain.
func (p *points) restart() {
	for _, k := range [...]int{5, 3} {
		older := p.n - 1 - k
		if older < 5 {
			continue
		}
		var inc [dayBuckets]float64
		for i := range p.n - 1 {
			inc[i] = (p.y[i+1] - p.y[i]) * daySeconds / max(p.t[i+1]-p.t[i], 0.2*daySeconds)
		}
		newest := slices.Min(inc[older : p.n-1])
		usual := robust.Median(inc[:older])
		if newest > usual+3*(robust.Deviation(inc[:older])+0.001) {
			p.from(older)
			return
		}
	}
}
