package exhaustion

import (
	"math"
	"slices"
	"time"
)

// The resolutions, finest first. Together they remember 42 days in about 2 KB.
const (
	fine = iota
	minute
	quarter
	day
	resolutions
)

const (
	fineBuckets    = 48 // of 5 s: 4 minutes
	minuteBuckets  = 60 // of 1 min: an hour
	quarterBuckets = 96 // of 15 min: a day
	dayBuckets     = 42

	maxBuckets = quarterBuckets

	climbs = 8 // that are remembered

	dayMillis = int64(24 * time.Hour / time.Millisecond)

	// maxShare bounds what is remembered of an overcommitted signal, so that a wrong limit cannot overflow a float32.
	maxShare = 1e6
)

// Forecaster is what is remembered of one signal.
type Forecaster struct{ state }

// state has exported fields only so that encoding/binary can fill them.
type state struct {
	Fine    [fineBuckets]bucket
	Minute  [minuteBuckets]bucket
	Quarter [quarterBuckets]bucket
	Day     [dayBuckets]bucket
	// Rise is the largest rise within each day, from a low to a later high: what this signal usually does.
	Rise [dayBuckets]float32
	// Hour is what the signal usually grows in each hour of the day, and HourShare its share when the present hour began.
	Hour      [24]float32
	HourShare float32
	// DayLow is the lowest share since the newest day began.
	DayLow float32
	// The climb that goes on now, and how high the newest climbs were, and stood, when they ended in a fall; Climbs
	// counts all of them.
	Low, High float32
	Height    [climbs]float32
	Peak      [climbs]float32
	Climbs    uint32
	// ZoneMillis is what local time is ahead of UTC: days are local.
	ZoneMillis int64
	// Last holds the number of the newest bucket of each resolution.
	Last [resolutions]int64

	FirstMillis, LastMillis int64
	Share, Limit            float64
}

func (f *Forecaster) ring(resolution int) ring {
	switch resolution {
	case fine:
		return ring{f.Fine[:], &f.Last[fine], 5_000, 0}
	case minute:
		return ring{f.Minute[:], &f.Last[minute], 60_000, 0}
	case quarter:
		return ring{f.Quarter[:], &f.Last[quarter], 900_000, 0}
	default:
		return ring{f.Day[:], &f.Last[day], dayMillis, f.ZoneMillis}
	}
}

// In sets what local time is ahead of UTC, so that days begin at midnight. Call it before the first sample; later it does
// nothing.
func (f *Forecaster) In(ahead time.Duration) {
	if f.FirstMillis == 0 && ahead.Abs() <= 14*time.Hour {
		f.ZoneMillis = ahead.Milliseconds()
	}
}

// Observe remembers that at timeMillis (Unix milliseconds) used out of limit was in use, both in the same
// absolute unit. It reports whether the sample could be used: not if a value is NaN, infinite or negative, the
// limit is not positive, or the time is not or is older than all that is remembered. A limit that changes
// rescales what is remembered, since the use in absolute units did not change. O(1), amortised.
func (f *Forecaster) Observe(timeMillis int64, used, limit float64) bool {
	share := used / limit
	if !(limit > 0) || math.IsInf(limit, 0) || !(share >= 0) || share > maxShare || timeMillis <= 0 {
		return false
	}
	if f.FirstMillis == 0 {
		f.start(timeMillis)
	}
	before := f.Last[day]
	if f.ring(day).at(timeMillis) == nil {
		return false
	}
	switch {
	case f.Limit == 0:
		f.Limit = limit
	case limit != f.Limit && timeMillis >= f.LastMillis:
		f.rescale(f.Limit / limit)
		f.Limit = limit
	}
	share = min(used/f.Limit, maxShare) // a late sample counts against today's limit
	f.FirstMillis = min(f.FirstMillis, timeMillis)
	for r := range resolutions {
		if b := f.ring(r).at(timeMillis); b != nil {
			b.fold(float32(share))
		}
	}
	if timeMillis >= f.LastMillis {
		f.trackHour(timeMillis, float32(share))
		f.LastMillis, f.Share = timeMillis, share
		f.trackRise(before, float32(share))
		f.trackClimb(float32(share))
	}
	return true
}

func (f *Forecaster) start(timeMillis int64) {
	for r := range resolutions {
		ring := f.ring(r)
		for i := range ring.buckets {
			ring.buckets[i] = emptyBucket()
		}
		*ring.last = ring.number(timeMillis) - 1
	}
	f.FirstMillis = timeMillis
}

// hourWeight is the weight of the newest day in what an hour of the day usually grows.
const hourWeight = 1.0 / 7

// trackHour learns at which hours of the day the signal grows.
func (f *Forecaster) trackHour(timeMillis int64, share float32) {
	const hourMillis = dayMillis / 24
	before, now := (f.LastMillis+f.ZoneMillis)/hourMillis, (timeMillis+f.ZoneMillis)/hourMillis
	switch {
	case now == before:
		return
	case now == before+1:
		h := &f.Hour[before%24]
		*h += hourWeight * (max(0, share-f.HourShare) - *h)
	}
	f.HourShare = share
}

// trackRise keeps the largest rise of the newest day; before is the newest day until now.
func (f *Forecaster) trackRise(before int64, share float32) {
	for n := max(before, f.Last[day]-dayBuckets) + 1; n <= f.Last[day]; n++ {
		f.Rise[n%dayBuckets], f.DayLow = 0, share
	}
	f.DayLow = min(f.DayLow, share)
	rise := &f.Rise[f.Last[day]%dayBuckets]
	*rise = max(*rise, share-f.DayLow)
}

// trackClimb follows the present climb, and remembers it when it ends in a fall by more than bigFall of its height:
// what was cleaned up before will be again.
func (f *Forecaster) trackClimb(share float32) {
	if f.FirstMillis == f.LastMillis {
		f.Low, f.High = share, share
	}
	f.High = max(f.High, share)
	if height := f.High - f.Low; height >= minFastRise && f.High-share > bigFall*height {
		f.Height[f.Climbs%climbs], f.Peak[f.Climbs%climbs] = height, f.High
		f.Climbs++
		f.Low, f.High = share, share
	}
	if share < f.Low {
		f.Low, f.High = share, share
	}
}

// Rewind forgets everything after timeMillis (Unix milliseconds), for a sender whose clock was ahead and has been
// corrected. What is older stays as far as the time ahead has not pushed it out of memory.
func (f *Forecaster) Rewind(timeMillis int64) {
	if timeMillis <= 0 || timeMillis >= f.LastMillis {
		return
	}
	for r := range resolutions {
		ring := f.ring(r)
		n, size := ring.number(timeMillis), int64(len(ring.buckets))
		for i := max(n, *ring.last-size) + 1; i <= *ring.last; i++ {
			ring.buckets[i%size] = emptyBucket()
			if r == day {
				f.Rise[i%size] = 0
			}
		}
		*ring.last = min(*ring.last, n)
	}
	f.FirstMillis, f.LastMillis = min(f.FirstMillis, timeMillis), timeMillis
	f.Low, f.High = float32(f.Share), float32(f.Share)
}

func (f *Forecaster) rescale(k float64) {
	for r := range resolutions {
		f.ring(r).rescale(float32(k))
	}
	for i := range f.Rise {
		f.Rise[i] = min(f.Rise[i]*float32(k), maxShare)
	}
	for _, v := range []*float32{&f.DayLow, &f.Low, &f.High} {
		*v = min(*v*float32(k), maxShare)
	}
	for i := range f.Hour {
		f.Hour[i] = min(f.Hour[i]*float32(k), maxShare)
	}
	f.HourShare = min(f.HourShare*float32(k), maxShare)
	for i := range climbs {
		f.Height[i], f.Peak[i] = min(f.Height[i]*float32(k), maxShare), min(f.Peak[i]*float32(k), maxShare)
	}
	f.Share = min(f.Share*k, maxShare)
}

// habit is how often something must have happened to be what a signal does. Twice may be the same accident.
const habit = 3

// usual returns how much the signal is known to rise within a day, and how high it is known to stand, and to have
// come down again, and on how many days that rests; 0 if it is not known long enough. Of the remembered days before the newest it takes the
// third-largest of each (in the first week the second or the largest), so that an accident that people cleaned up is no habit. Days
// skipped by silence are empty and do not count. Climbs, however long they took, count once there are three.
func (f *Forecaster) usual() (rise, level float64, days int) {
	var rises, levels [dayBuckets]float64
	for n := max(0, f.Last[day]-dayBuckets+1); n < f.Last[day]; n++ {
		if b := &f.Day[n%dayBuckets]; !b.empty() {
			rises[days], levels[days] = float64(f.Rise[n%dayBuckets]), float64(b.Max)
			days++
		}
	}
	if days > 0 {
		slices.Sort(rises[:days])
		slices.Sort(levels[:days])
		k := days - min(habit, 1+days/4)
		rise, level = rises[k], levels[k]
	}
	if f.Climbs >= habit {
		rise, level = max(rise, thirdLargest(f.Height, f.Climbs)), max(level, thirdLargest(f.Peak, f.Climbs))
	}
	return rise, level, days
}

// thirdLargest returns the third-largest of the n newest values, of which there are at least habit.
func thirdLargest(newest [climbs]float32, n uint32) float64 {
	x := newest[:min(n, climbs)]
	slices.Sort(x)
	return float64(x[len(x)-habit])
}
