package exhaustion

import (
	"math"
	"time"
)

// The resolutions, finest first. Each sees six times as far as the one before, and knows where a run-up of a third of
// what it sees is going: seconds, minutes, hours and days overlap.
const (
	fast5s = iota
	fast30s
	fast3m
	fast20m
	fast2h
	day
	tooth // has no buckets, nor has
	held

	fastPaths   = day
	resolutions = day + 1
	paths       = held + 1
)

const (
	fastBuckets = 24
	dayBuckets  = 42
	lowBuckets  = 12 // of two hours: a day

	climbs = 8 // that are remembered

	minuteMillis = int64(time.Minute / time.Millisecond)
	hourMillis   = 60 * minuteMillis
	dayMillis    = 24 * hourMillis

	// maxShare is the most that a use may be of its limit; beyond, one of the two is wrong.
	maxShare = 1e6
)

// Forecaster is what is remembered of one signal, in less than 700 bytes, and what follows from it for today.
type Forecaster struct {
	state
	learned learned
}

// state has exported fields only so that encoding/binary can fill them. Where nothing else is said a use is in steps of
// Scale, so that a limit that changes changes nothing that is remembered.
type state struct {
	// Scale is the use of one step, in the unit of the limit.
	Scale float64
	// Limit and Share are the newest.
	Limit, Share            float64
	FirstMillis, LastMillis int64
	// Hour is what the signal usually grows in each hour of the day, HourUse its use when the present hour began.
	Hour [24]float32
	// LowMillis and HighMillis are when the climb that goes on now stood at Low and High.
	LowMillis, HighMillis int64
	// Climbs counts the climbs that ended in a fall, of which Height, Peak, PeakMinute and Minutes keep the newest.
	Climbs uint32
	// ZoneMillis is what local time is ahead of UTC: days are local.
	ZoneMillis int32

	Fast [fastPaths][fastBuckets]step
	Lows [lowBuckets]step // the lowest of each two hours of the last day
	Day  [dayBuckets]step
	// Rise is the largest rise within each day, from a low to a later high: what this signal usually does.
	Rise [dayBuckets]step
	// DayLow is the lowest use since the newest day began.
	HourUse, DayLow step
	// Low and High are those of the climb that goes on now.
	Low, High step
	// Height and Peak are how high a climb was, and stood, when it ended; PeakMinute is when, since the Unix epoch, and
	// Minutes how long it took.
	Height, Peak [climbs]step
	PeakMinute   [climbs]uint32
	Minutes      [climbs]uint16
}

// In sets what local time is ahead of UTC, so that days begin at midnight. Call it before the first sample; later it does
// nothing.
func (f *Forecaster) In(ahead time.Duration) {
	if f.FirstMillis == 0 && ahead.Abs() <= 14*time.Hour {
		f.ZoneMillis = int32(ahead.Milliseconds())
	}
}

// Observe remembers that at timeMillis (Unix milliseconds) used out of limit was in use, both in the same
// absolute unit. It reports whether the sample could be used: not if a value is NaN, infinite or negative, the
// limit is not positive, or the time is not or is older than all that is remembered. A limit that changes
// leaves what is remembered as it is, since the use in absolute units did not change. O(1), amortised.
func (f *Forecaster) Observe(timeMillis int64, used, limit float64) bool {
	share := used / limit
	if !(limit > 0) || math.IsInf(limit, 0) || !(share >= 0) || share > maxShare || timeMillis <= 0 {
		return false
	}
	switch {
	case f.FirstMillis == 0:
		f.Scale, f.Limit = limit/fullScale, limit
		f.FirstMillis, f.LastMillis = timeMillis, timeMillis
	case timeMillis < f.LastMillis:
		return f.observeLate(timeMillis, used)
	}
	was, now := f.at(f.LastMillis), f.at(timeMillis)
	f.Limit = limit
	f.fit(used, now[day] != was[day])
	use := steps(used / f.Scale)
	f.clear(&was, &now)
	f.fold(use, &now, &now)
	f.trackHour(f.LastMillis, timeMillis, use)
	f.trackRise(use, now[day], now[day] != was[day])
	f.trackClimb(timeMillis, use)
	f.LastMillis, f.Share = timeMillis, share
	return true
}

// observeLate folds a use into what is still remembered of its time.
func (f *Forecaster) observeLate(timeMillis int64, used float64) bool {
	then, newest := f.at(timeMillis), f.at(f.LastMillis)
	if then[day] < oldest(newest[day], dayBuckets) {
		return false
	}
	f.fold(steps(used/f.Scale), &then, &newest)
	f.learned = learned{}
	f.FirstMillis = min(f.FirstMillis, timeMillis)
	return true
}

// fit changes the scale where it no longer suits the limit: at once if a use is beyond it, otherwise at the end of a day,
// so that a limit that is wrong for a moment costs nothing.
func (f *Forecaster) fit(used float64, dayEnds bool) {
	base := f.Scale * fullScale
	beyond := used/f.Scale > math.MaxUint16-1 && f.Limit > base
	if beyond || dayEnds && (f.Limit > 2*base || f.Limit < base/2) {
		f.rescale(f.Limit / fullScale)
	}
}

func (f *Forecaster) rescale(scale float64) {
	k := f.Scale / scale
	for r := range f.Fast {
		scaleAll(f.Fast[r][:], k)
	}
	for _, s := range [...][]step{f.Day[:], f.Lows[:], f.Rise[:], f.Height[:], f.Peak[:]} {
		scaleAll(s, k)
	}
	for _, s := range [...]*step{&f.HourUse, &f.DayLow, &f.Low, &f.High} {
		*s = s.scaled(k)
	}
	for i := range f.Hour {
		f.Hour[i] = min(f.Hour[i]*float32(k), math.MaxUint16)
	}
	f.Scale = scale
}

func scaleAll(s []step, k float64) {
	for i := range s {
		s[i] = s[i].scaled(k)
	}
}

// unit returns what one step is as a share of the limit.
func (f *Forecaster) unit() float64 { return f.Scale / f.Limit }

// share returns a remembered use as a share of today's limit; 0 for nothing seen.
func (f *Forecaster) share(s step) float64 { return float64(max(s, 1)-1) * f.unit() }

// hourWeight is the weight of the newest day in what an hour of the day usually grows.
const hourWeight = 1.0 / 7

// trackHour learns at which hours of the day the signal grows.
func (f *Forecaster) trackHour(beforeMillis, timeMillis int64, use step) {
	before, now := (beforeMillis+int64(f.ZoneMillis))/hourMillis, (timeMillis+int64(f.ZoneMillis))/hourMillis
	switch {
	case now == before && f.HourUse != 0:
		return
	case now == before+1:
		grown := float32(max(use, f.HourUse) - f.HourUse)
		h := &f.Hour[before%24]
		*h += hourWeight * (grown - *h)
	}
	f.HourUse = use
}

// trackRise keeps the largest rise of the newest day.
func (f *Forecaster) trackRise(use step, number int64, begins bool) {
	if begins || f.DayLow == 0 {
		f.DayLow = use
	}
	f.DayLow = min(f.DayLow, use)
	rise := &f.Rise[number%dayBuckets]
	*rise = max(*rise, use-f.DayLow+1)
}

// leastFall is the least that a signal comes down by, as a share of the limit, when a climb has ended: less is noise.
const leastFall = 0.05

// trackClimb follows the present climb, and remembers it when it ends in a fall by more than bigFall of its height:
// what was cleaned up before will be again.
func (f *Forecaster) trackClimb(timeMillis int64, use step) {
	if use > f.High {
		f.High, f.HighMillis = use, timeMillis
	}
	height := float64(f.High - f.Low)
	ended := f.Low != 0 && height*f.unit() >= minFastRise && float64(f.High-use) > max(bigFall*height, leastFall/f.unit())
	if ended {
		i := f.Climbs % climbs
		f.Height[i], f.Peak[i] = f.High-f.Low+1, f.High
		f.PeakMinute[i] = uint32(f.HighMillis / minuteMillis)
		f.Minutes[i] = uint16(min(max((f.HighMillis-f.LowMillis)/minuteMillis, 1), math.MaxUint16))
		f.Climbs++
	}
	if ended || use < f.Low || f.Low == 0 {
		f.begin(timeMillis, use)
	}
}

// begin begins a climb.
func (f *Forecaster) begin(timeMillis int64, use step) {
	f.Low, f.High, f.LowMillis, f.HighMillis = use, use, timeMillis, timeMillis
}

// Rewind forgets everything after timeMillis (Unix milliseconds), for a sender whose clock was ahead and has been
// corrected. What is older stays as far as the time ahead has not pushed it out of memory.
func (f *Forecaster) Rewind(timeMillis int64) {
	if timeMillis <= 0 || timeMillis >= f.LastMillis {
		return
	}
	then, last := f.at(timeMillis), f.at(f.LastMillis)
	f.clear(&then, &last)
	f.learned = learned{}
	f.FirstMillis, f.LastMillis = min(f.FirstMillis, timeMillis), timeMillis
	use := steps(f.Share * f.Limit / f.Scale)
	f.begin(timeMillis, use)
}
