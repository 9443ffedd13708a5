package exhaustion

import (
	"slices"

	"github.com/forewarn/forewarn/models/robust"
)

// habit is how often something must have happened to be what a signal does. Twice may be the same accident.
const habit = 3

// Habits are what a signal is known to do, for people who ask why.
type Habits struct {
	// PerDay is how much it grows on a day of each kind, in shares of the limit, where Seen says that such days were seen
	// and told apart.
	PerDay [Kinds]float64
	Seen   [Kinds]bool
	// Climbs is how often it has come down again by a good part of what it had risen, 0 of what trembles within minutes, and
	// Peak the middle of the heights at which the newest of these falls began, a share of the limit.
	Climbs int
	Peak   float64
}

// Habits returns what the signal is known to do, as of the newest forecast.
func (f *Forecaster) Habits() Habits {
	var h Habits
	if g := f.learned.growth; g != nil {
		h.Seen = g.seen
		for k := range h.PerDay {
			h.PerDay[k] = g.slope * daySeconds * g.ratio[k]
		}
	}
	if n := min(f.Climbs, climbs); n > 0 && slices.Max(f.Minutes[:n]) >= shortTooth {
		h.Climbs = int(f.Climbs)
		var peaks [climbs]float64
		for i := range n {
			peaks[i] = f.share(f.Peak[i])
		}
		h.Peak = robust.Median(peaks[:n])
	}
	return h
}

// habits returns how much the signal is known to rise within a day, and how high it is known to stand, as shares of the
// limit, and on how many days that rests; 0 if it is not known long enough. Of the remembered days before the newest it
// takes the third-largest of each (in the first week the second or the largest), so that an accident that people cleaned
// up is no habit. Days skipped by silence are empty and do not count.
func (f *Forecaster) habits() (rise, level float64, days int) {
	var rises, levels largest
	last := f.at(f.LastMillis)[day]
	for n := oldest(last, dayBuckets); n < last; n++ {
		if top := f.Day[n%dayBuckets]; top != 0 {
			rises.add(f.Rise[n%dayBuckets])
			levels.add(top)
			days++
		}
	}
	if days > 0 {
		k := min(habit, 1+days/4) - 1
		rise, level = f.share(rises[k]), f.share(levels[k])
	}
	return rise, level, days
}

// usual returns the habits of the days, and of the climbs, however long they took, once there are three.
func (f *Forecaster) usual(l *learned) (rise, level float64) {
	if f.Climbs < habit {
		return l.rise, l.level
	}
	var heights, peaks largest
	for i := range min(f.Climbs, climbs) {
		heights.add(f.Height[i])
		peaks.add(f.Peak[i])
	}
	return max(l.rise, f.share(heights[habit-1])), max(l.level, f.share(peaks[habit-1]))
}

// largest holds the largest of what was added to it, in falling order.
type largest [habit]step

func (l *largest) add(s step) {
	for i := range l {
		if s > l[i] {
			l[i], s = s, l[i]
		}
	}
}

// novelty grades a run-up by what the signal is known to do: 1 if it rises as it never does to a level where it
// never is and has eaten enough of what was left, little if the like comes and goes. Before there is a habit there is
// nothing to go by, nor is there while it only rises.
func (f *Forecaster) novelty(usual, level float64) float64 {
	low, high := f.lowest(), f.Share > level+unusualBy
	if level == 0 || high && f.Climbs == 0 && f.learned.days < habit {
		return 1
	}
	steep := f.Share-low > unusuallyHigh*usual
	switch {
	case steep && high:
		// Most of what comes in at once also ends: an import, a migration. A runaway does not.
		return ramp(eatenLittle, eatenMuch, (f.Share-low)/max(1-low, minFastRise))
	case steep:
		return 0.5
	case high:
		return 0.2
	}
	return 0.05
}

// unusualBy is by how much a share must be above what is usual to be higher than it is known to stand.
const unusualBy = 0.01

// The share of the runway that a run-up must have eaten before it counts as one that goes on.
const (
	eatenLittle = 0.34
	eatenMuch   = 0.55
)

// lowest returns the lowest share of the present climb and of the last day.
func (f *Forecaster) lowest() float64 {
	low, last := f.Low, f.at(f.LastMillis)[fast2h]
	for n := oldest(last, lowBuckets); n <= last; n++ {
		if l := f.Lows[n%lowBuckets]; l != 0 {
			low = min(low, l)
		}
	}
	return f.share(low)
}

// highest returns the highest share of the last day.
func (f *Forecaster) highest() float64 {
	high, last := step(0), f.at(f.LastMillis)[fast2h]
	for n := oldest(last, lowBuckets); n <= last; n++ {
		high = max(high, f.Fast[fast2h][n%fastBuckets])
	}
	return max(f.share(high), f.Share)
}
