package leak

import (
	"math"
	"slices"
)

const (
	minuteMillis = int64(60_000)
	hourMillis   = 60 * minuteMillis
	dayHours     = 24
	// quarterHours is the width of the middle resolution: four times a day, so that hours of the day can be told apart.
	quarterHours = 6

	hourSlots    = 28
	quarterSlots = 40 // 10 days
	daySlots     = 28

	// maxMillis is the year 2286; later times are errors of a unit, and minutes of them still fit an int32.
	maxMillis = int64(10_000_000_000_000)

	// fall is the share of the floor that is lost by a restart that nobody tells of, and minSegmentHours how long the
	// process must have run: what falls more often is a garbage collector's cycle.
	fall            = 0.5
	burst           = 0.1
	minSegmentHours = 20

	// sameStart is by how many seconds a start time may wander because it was computed from an uptime.
	sameStart = 60

	// habitKept is the share of a habit that a day without it leaves: half is forgotten in a month.
	habitKept = 0.977

	// afterGCHours is for how long values that are not from after a collection are left out once such were seen.
	afterGCHours = 24
)

// Sample is one reading of a memory, or of another thing that a process holds: handles, threads, connections.
type Sample struct {
	// TimeMillis is when it was read, in Unix milliseconds.
	TimeMillis int64
	// Used is the amount in use, in any unit that stays the same. 0 means that the process is gone: no sample.
	Used float64
	// Limit is what Used may reach, in the same unit. 0, negative or NaN: not known now, the last one known holds.
	Limit float64
	// StartMillis is when the process was started, in Unix milliseconds, 0 if not known. Where it is known, a fall is
	// never taken for a restart.
	StartMillis int64
	// Requests is the rate of requests served, per second; 0, negative or NaN if not known.
	Requests float64
	// AfterGC says that Used is what a garbage collection left. Once such samples come, others only count for the peak.
	AfterGC bool
}

// Detector is what is remembered of one process, or of its successors in the same place.
type Detector struct{ state }

// state has exported fields only so that encoding/binary can fill them.
type state struct {
	// Floors of hours, quarters of a day and days, in rings.
	Hours    [hourSlots]level
	Quarters [quarterSlots]level
	Days     [daySlots]level

	LastMillis int64
	// Start is when the process was started, in Unix seconds, 0 if not known.
	Start uint32

	// FirstMinute is the minute of the first sample, Hour the number of the newest hour and Segment of that in which the
	// process began, GC the newest one with a sample from after a collection.
	FirstMinute, Hour, Segment, GC int32

	// HourLow and HourHigh are the lowest and the highest of the newest hour, High the highest of the one before it.
	HourLow, HourHigh, High float32
	// Limit is the newest one known, and Used the newest sample, whether from after a collection or not.
	Limit, Used float32
	// Excess is by how much the peaks of hours usually exceed the floor that they rose from or fell back to.
	Excess float32
	// Requests is the usual rate, per second.
	Requests float32
	// Rises are the largest rises of an hour's floor over the lowest of the 24 hours before: of the newest day, and of
	// the one before; Habit is the largest of older days, slowly forgotten.
	Rises [2]float32
	Habit float32
	// Lows are the three lowest hours of the newest day, lowest first; Peaks the largest excesses of its hours, largest
	// first.
	Lows  [3]level
	Peaks [5]level
	// A set bit says that a process began within that hour, quarter or day.
	HourBreaks    [(hourSlots + 7) / 8]byte
	QuarterBreaks [(quarterSlots + 7) / 8]byte
	DayBreaks     [(daySlots + 7) / 8]byte
}

func (d *Detector) hours() ring    { return ring{d.Hours[:], d.HourBreaks[:], 1} }
func (d *Detector) quarters() ring { return ring{d.Quarters[:], d.QuarterBreaks[:], quarterHours} }
func (d *Detector) days() ring     { return ring{d.Days[:], d.DayBreaks[:], dayHours} }

// Observe remembers a sample and reports whether it could be used: not if Used is NaN, infinite, zero or negative, and
// not if it belongs to an hour before the newest one. A sample of the newest hour may be late or come twice. O(1), no
// allocation; the first sample of an hour pays for the one before.
func (d *Detector) Observe(s Sample) bool {
	used := float32(s.Used)
	if !(used > 0) || math.IsInf(float64(used), 0) || s.TimeMillis <= 0 || s.TimeMillis > maxMillis {
		return false
	}
	hour := int32(s.TimeMillis / hourMillis)
	switch {
	case d.LastMillis == 0:
		d.FirstMinute, d.Hour, d.Segment = int32(s.TimeMillis/minuteMillis), hour, hour
		d.cut(hour)
	case hour < d.Hour:
		return false
	case hour > d.Hour:
		d.closeHour()
		d.advance(hour)
	}
	if s.TimeMillis >= d.LastMillis {
		d.LastMillis, d.Used = s.TimeMillis, used
		d.learn(s)
	}
	d.fold(s, used)
	return true
}

// learn keeps what the newest sample says beside the amount.
func (d *Detector) learn(s Sample) {
	if limit := float32(s.Limit); limit > 0 && !math.IsInf(float64(limit), 0) {
		d.Limit = limit
	}
	if s.StartMillis > 0 && s.StartMillis <= s.TimeMillis {
		start := uint32(min(s.StartMillis/1000, math.MaxUint32))
		if d.Start > 0 && int64(start) > int64(d.Start)+sameStart {
			d.restart()
		}
		d.Start = max(1, start)
	}
	if rate := float32(s.Requests); rate > 0 && !math.IsInf(float64(rate), 0) {
		if d.Requests == 0 {
			d.Requests = rate
		}
		d.Requests += (rate - d.Requests) / 4096 // some days of samples a minute
	}
	if s.AfterGC {
		if d.GC < d.Hour {
			d.HourLow = 0 // what it holds is not from after a collection
		}
		d.GC = d.Hour
	}
}

func (d *Detector) fold(s Sample, used float32) {
	d.HourHigh = max(d.HourHigh, used)
	if !s.AfterGC && d.GC > 0 && d.Hour-d.GC < afterGCHours {
		return
	}
	if d.HourLow == 0 || used < d.HourLow {
		d.HourLow = used
	}
}

// closeHour makes the newest hour's lowest sample a floor.
func (d *Detector) closeHour() {
	if d.HourLow == 0 {
		return
	}
	l := levelOf(float64(d.HourLow))
	if d.Start == 0 && d.fell(l) {
		d.restart()
	}
	d.peak()
	hour := int64(d.Hour)
	d.hours().fold(hour, l)
	d.Rises[0] = max(d.Rises[0], d.HourLow-d.lowest())
	d.quarters().fold(hour, l)
	if at, _ := slices.BinarySearch(d.Lows[:d.lows()], l); at < len(d.Lows) {
		copy(d.Lows[at+1:], d.Lows[at:])
		d.Lows[at] = l
	}
	d.HourLow = 0
}

// peak takes in how far the newest hour and the one before it rose above its floor: what a collection gave back shows
// within the hour or right after it, what leaks or comes and goes with the load takes longer.
func (d *Detector) peak() {
	l := levelOf(float64(max(d.HourHigh, d.High) - d.HourLow))
	d.High, d.HourHigh = d.HourHigh, 0
	at := 0
	for at < len(d.Peaks) && d.Peaks[at] >= l {
		at++
	}
	if at < len(d.Peaks) {
		copy(d.Peaks[at+1:], d.Peaks[at:])
		d.Peaks[at] = l
	}
}

// lowest returns the lowest floor of the newest 24 hours, the newest one included.
func (d *Detector) lowest() float32 {
	lowest := d.HourLow
	for n := max(0, d.Hour-dayHours); n < d.Hour; n++ {
		if l := d.Hours[n%hourSlots]; l != 0 {
			lowest = min(lowest, float32(l.amount()))
		}
	}
	return lowest
}

// lows returns how many hours of the newest day have a floor, up to three.
func (d *Detector) lows() int {
	n := slices.Index(d.Lows[:], 0)
	if n < 0 {
		n = len(d.Lows)
	}
	return n
}

// fell reports whether a process of some age lost so much against its last hour that another one must have begun. What
// falls back to where it stood within minSegmentHours was not restarted, but had a burst: a nightly batch.
func (d *Detector) fell(l level) bool {
	if d.Hour-d.Segment < minSegmentHours {
		return false
	}
	before, low := level(0), level(math.MaxUint16)
	for n := max(0, d.Hour-minSegmentHours); n < d.Hour; n++ {
		if at := d.Hours[n%hourSlots]; at != 0 {
			before, low = at, min(low, at)
		}
	}
	return l.amount() < (1-fall)*before.amount() && l.amount() < (1-burst)*low.amount()
}

// restart begins another process in the newest hour.
func (d *Detector) restart() {
	d.Segment, d.GC = d.Hour, 0
	d.HourLow, d.HourHigh, d.High, d.Lows = 0, 0, 0, [3]level{} // how high the predecessor stood says nothing of this one
	d.cut(d.Hour)
}

func (d *Detector) cut(hour int32) {
	d.hours().cut(int64(hour))
	d.quarters().cut(int64(hour))
	d.days().cut(int64(hour))
}

// advance makes room up to an hour, and a floor of the day that ends.
func (d *Detector) advance(hour int32) {
	from, to := int64(d.Hour), int64(hour)
	if to > from+1 {
		d.High = 0 // nobody knows what came after it
	}
	if from/dayHours < to/dayHours {
		d.closeDay()
	}
	d.hours().advance(from, to)
	d.quarters().advance(from, to)
	d.days().advance(from, to)
	d.Hour = hour
}

// closeDay takes the third-lowest hour of the newest day for its floor, since the lowest may be an accident; of fewer
// hours the highest.
func (d *Detector) closeDay() {
	if n := d.lows(); n > 0 {
		l := d.Lows[n-1]
		d.days().fold(int64(d.Hour), l)
		d.closePeaks()
	}
	d.Lows, d.Peaks = [3]level{}, [len(d.Peaks)]level{}
	d.Habit = max(habitKept*d.Habit, d.Rises[1])
	d.Rises = [2]float32{0, d.Rises[0]}
}

// closePeaks learns from the day's fifth-largest excess: what a fifth of the hours reach is usual, be it that collections
// are most of a night apart.
func (d *Detector) closePeaks() {
	excess := float32(d.Peaks[len(d.Peaks)-1].amount())
	if d.Excess == 0 {
		d.Excess = excess
	}
	d.Excess += (excess - d.Excess) / 4
}

// Rewind forgets everything after timeMillis (Unix milliseconds), for a sender whose clock was ahead and has been
// corrected; until then its samples would be refused as late. What is older stays as far as the time ahead has not
// pushed it out of memory.
func (d *Detector) Rewind(timeMillis int64) {
	hour := int32(timeMillis / hourMillis)
	switch {
	case timeMillis <= 0 || timeMillis >= d.LastMillis:
		return
	case timeMillis/minuteMillis < int64(d.FirstMinute):
		*d = Detector{}
		return
	}
	for _, r := range [...]ring{d.hours(), d.quarters(), d.days()} {
		r.advance(int64(hour), int64(d.Hour))
	}
	d.Hour, d.LastMillis = hour, timeMillis
	d.Segment, d.GC = min(d.Segment, hour), min(d.GC, hour)
	d.HourLow, d.HourHigh, d.High, d.Lows = 0, 0, 0, [3]level{}
}

// Known returns the times of the first sample, to the minute, and of the newest one, in Unix milliseconds, 0 for none.
func (d *Detector) Known() (firstMillis, lastMillis int64) {
	return int64(d.FirstMinute) * minuteMillis, d.LastMillis
}

// first returns the number of the first hour.
func (s *state) first() int32 { return s.FirstMinute / 60 }
