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
	firstLittle, firstMuch, secondHeld = 0.1, 0.3, 0.95
	// heldDoubt is the share of its pace by which that of what is kept is not known.
	heldDoubt = 0.2
	// leastLoad is how high teeth must be, as a share of the limit, to be a load that comes and goes.
	leastLoad = 0.1
	// leastRest is for how long, in milliseconds, a low must have been one.
	leastRest = hourMillis
	// explained is by how much a signal may stand above its load to be explained by it.
	explained = 0.03
)

// held judges what a saw-tooth with teeth within a day keeps of each: by the lows since the last one that was usual.
func (f *Forecaster) held(days *Days) view {
	v := view{resolution: held}
	if !f.shortTeeth() || f.LastMillis-f.LowMillis < leastRest {
		return v
	}
	t := f.troughs()
	kept := f.share(f.Low) - t.usual
	if kept < t.high || t.height < leastLoad || !f.daily() {
		return v
	}
	since, again := f.lastUsual(&t)
	v.grade = secondHeld
	if again == 0 {
		v.grade *= ramp(firstLittle, firstMuch, kept/t.height)
	}
	span := float64(f.LowMillis-since) / 1000
	if v.grade < leastGrade || span <= 0 {
		v.grade = 0
		return v
	}
	slope := kept / span
	if lately := f.lately(); lately > 0 { // nobody knows when, between two lows, it began
		slope = lately / daySeconds
	}
	v.trend = trend{slope: slope, slopeErr: heldDoubt * slope, rise: kept, span: span, n: again + 2}
	left, now := f.lifted(slope, since, days, fastReach*span)
	v.explains = v.grade >= secondHeld && f.Share < now+explained
	v.law = v.trend.passage(slope*left, fastReach*span)
	return v
}

// troughs are the lows from which the teeth rose, in shares of the limit, in the order of the ring.
type troughs struct {
	low         [climbs]float64
	usual, high float64 // what they usually are, and what one must be above that for something to be kept
	height      float64 // of the teeth
}

func (f *Forecaster) troughs() (t troughs) {
	n := f.teeth()
	var heights [climbs]float64
	for i := range n {
		heights[i] = f.share(f.Height[i])
		t.low[i] = f.share(f.Peak[i]) - heights[i]
	}
	lows := t.low
	t.usual = robust.Median(lows[:n])
	t.high = max(leastHeld, clearlyHeld*robust.Deviation(lows[:n]))
	if n >= climbs/2 && f.rising(&t) { // what is kept for longer than is remembered was never usual
		t.usual, t.high = t.low[(int(f.Climbs)-n)%climbs], leastHeld
	}
	t.height = robust.Median(heights[:n])
	return t
}

// rising reports whether each of the troughs is higher than the one before.
func (f *Forecaster) rising(t *troughs) bool {
	for i := int(f.Climbs) - f.teeth() + 1; i < int(f.Climbs); i++ {
		if t.low[i%climbs] <= t.low[(i-1)%climbs] {
			return false
		}
	}
	return true
}

// lastUsual returns when the newest trough was that was usual, in Unix milliseconds, and how many came after it.
func (f *Forecaster) lastUsual(t *troughs) (since int64, again int) {
	since = f.LowMillis
	for i := range f.teeth() {
		k := (int(f.Climbs) - 1 - i) % climbs
		since = (int64(f.PeakMinute[k]) - int64(f.Minutes[k])) * minuteMillis
		if t.low[k]-t.usual < t.high {
			break
		}
		again++
	}
	return since, again
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
