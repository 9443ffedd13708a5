package exhaustion

import (
	"math"

	"github.com/forewarn/forewarn/models/robust"
)

// What comes and goes with the load of the day, such as connections, may keep some of it: its lows rise from day to day,
// and the load comes on top of them.

const (
	// leastHeld and clearlyHeld are what a low must be above the usual ones, as a share of the limit and in deviations of
	// these, for something to be kept.
	leastHeld, clearlyHeld = 0.03, 4.0
	// A first high low is believed the more, the larger it is beside the height of the teeth; with a second one it is.
	firstLittle, firstMuch, secondHeld = 0.1, 0.3, 0.9
	// heldDoubt is the share of its pace by which that of what is kept is not known.
	heldDoubt = 0.3
	// leastLoad is how high teeth must be, as a share of the limit, to be a load that comes and goes.
	leastLoad = 0.1
	// leastRest is for how long, in milliseconds, a low must have been one.
	leastRest = hourMillis
)

// held judges what a saw-tooth with teeth within a day keeps of each: by the lows since the last one that was usual.
func (f *Forecaster) held() view {
	v := view{resolution: held}
	n := f.teeth()
	if !f.shortTeeth() || f.LastMillis-f.LowMillis < leastRest {
		return v
	}
	var lows, heights [climbs]float64
	for i := range n {
		heights[i] = f.share(f.Height[i])
		lows[i] = f.share(f.Peak[i]) - heights[i]
	}
	scratch := lows
	usual := robust.Median(scratch[:n])
	high := max(leastHeld, clearlyHeld*robust.Deviation(scratch[:n]))
	scratch = heights
	kept, height := f.share(f.Low)-usual, robust.Median(scratch[:n])
	if kept < high || height < leastLoad || !f.daily() {
		return v
	}
	since, again := f.LowMillis, 0
	for i := range n {
		k := (int(f.Climbs) - 1 - i) % climbs
		since = (int64(f.PeakMinute[k]) - int64(f.Minutes[k])) * minuteMillis
		if lows[k]-usual < high {
			break
		}
		again++
	}
	v.grade = secondHeld
	if again == 0 {
		v.grade *= ramp(firstLittle, firstMuch, kept/height)
	}
	span := float64(f.LowMillis-since) / 1000
	if v.grade < leastGrade || span <= 0 {
		v.grade = 0
		return v
	}
	v.trend = trend{slope: kept / span, slopeErr: heldDoubt * kept / span, rise: kept, span: span, n: again + 2}
	v.law = v.trend.passage(1-f.share(f.Low)-height, fastReach*span)
	return v
}

// daily reports whether most teeth come a day after the one before.
func (f *Forecaster) daily() bool {
	p, days := f.peaks(), 0
	for i := 1; i < p.n; i++ {
		if gap := p.t[i] - p.t[i-1]; math.Abs(gap-daySeconds) < daySeconds/6 {
			days++
		}
	}
	return p.n >= habit && 2*days >= p.n-1
}
