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
	ready       bool
	// trend, in a time in which every kind of day grows alike, whose ratio those are. Its slope is 0 where nothing rises.
	trend trend
	ratio [Kinds]float64
	peak  float64 // see peakBefore
}

// basis is what learned follows from, as long as no complete day changes.
type basis struct {
	day, first int64
	unit       float64
}

// learn brings what is learned of the complete days up to date.
func (f *Forecaster) learn(days *Days) *learned {
	l := &f.learned
	of := basis{f.at(f.LastMillis)[day], days.First, f.unit()}
	if l.of == of {
		return l
	}
	*l = learned{of: of}
	l.rise, l.level, l.days = f.habits()
	p, number := f.days()
	l.ready = p.n >= minDays
	if !l.ready || p.height() < minSlowRise {
		return l
	}
	l.ratio = ratios(&p, &number, days)
	p.stretch(&number, &l.ratio, days)
	l.peak = p.peakBefore()
	p.restart()
	if p.n < minDays || p.height() < minSlowRise {
		return l
	}
	tr := p.fit()
	tr.bend()
	if tr.slope > 0 && tr.rise >= minSlowRise && tr.slope >= tr.slopeErr {
		l.trend = tr
	}
	return l
}

// slow judges the maxima of the complete days, in a time in which every kind of day and every hour grows alike, which
// it puts into own.
func (f *Forecaster) slow(l *learned, days *Days, own *pace) view {
	v := view{resolution: day, ready: l.ready, trend: l.trend}
	if v.trend.slope == 0 {
		return v
	}
	own.set(f, &l.ratio, days)
	level := f.highest()
	if f.Climbs >= habit { // the limit is met by the peak of a saw-tooth, wherever on it the signal stands now
		tops := v.trend.top - v.trend.slope*own.start[0]
		level = max(level, min(tops, 1-aboveNow*(1-f.Share)))
	}
	v.grade, v.pace = 1, own
	if f.Climbs < habit && level < l.peak+minFastRise {
		v.grade = onceBefore
	}
	v.law = v.trend.passage(1-level, slowReach*v.trend.span)
	return v
}

// onceBefore is how much a climb is believed that came down once from at least as high, before that is a habit.
const onceBefore = 0.3

// peakBefore returns the height from which the points fell last by a good part of all that they rose, -1 if they never
// did.
func (p *points) peakBefore() float64 {
	fall := bigFall * p.height()
	for i := p.n - 1; i > 0; i-- {
		if p.y[i-1]-p.y[i] > fall {
			return p.y[i-1]
		}
	}
	return -1
}

// aboveNow is the least share of what is left that a peak beyond the limit still has to climb.
const aboveNow = 0.25

// days returns the maxima of the complete days and the days' numbers; times are not filled in.
func (f *Forecaster) days() (p points, number [dayBuckets]int64) {
	last, unit := f.at(f.LastMillis)[day], f.unit()
	for n := oldest(last, dayBuckets); n < last; n++ { // today is not over
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
