package exhaustion

import (
	"slices"

	"github.com/forewarn/forewarn/models/robust"
)

// slow judges the maxima of the complete days, in a time in which every kind of day and every hour grows alike, which
// it puts into own.
func (f *Forecaster) slow(days *Days, own *pace) view {
	v := view{resolution: day}
	p, number := f.days()
	if p.n < minDays {
		return v
	}
	v.ready = true
	if p.height() < minSlowRise {
		return v
	}
	ratio := ratios(&p, &number, days)
	p.stretch(&number, &ratio, days)
	peak := p.peakBefore()
	p.restart()
	if p.n < minDays || p.height() < minSlowRise {
		return v
	}
	v.trend = p.fit()
	v.trend.bend()
	if v.trend.slope <= 0 || v.trend.rise < minSlowRise || v.trend.slope < v.trend.slopeErr {
		return v
	}
	own.set(f, &ratio, days)
	level := f.highest()
	if f.Climbs >= habit { // the limit is met by the peak of a saw-tooth, wherever on it the signal stands now
		tops := v.trend.top - v.trend.slope*own.start[0]
		level = max(level, min(tops, 1-aboveNow*(1-f.Share)))
	}
	v.grade, v.pace = 1, own
	if f.Climbs < habit && level < peak+minFastRise {
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
