package demo

import (
	"math"
	"time"

	"github.com/forewarn/forewarn/models/calendar"
)

// load is how busy people keep the system, 0 to 1: a hump over office hours, a fifth of it on days off.
func load(m moment) float64 {
	hump := math.Max(0, math.Sin((m.hour-7)/13*math.Pi))
	if !m.day.Working() {
		hump /= 5
	}
	return hump
}

// flat stays at a level.
func flat(level float64) func(moment) float64 { return func(moment) float64 { return level } }

// daily follows the load up from a level by at most swing.
func daily(level, swing float64) func(moment) float64 {
	return func(m moment) float64 { return level + swing*load(m) }
}

// between grows from 0 at hour from to 1 at hour to, local time.
func between(m moment, from, to float64) float64 { return min(max((m.hour-from)/(to-from), 0), 1) }

// stairs counts the steps that are done at the hours a, b and c, local time, since the last clean-up at the hour end.
func stairs(m moment, a, b, c, end float64) (n float64) {
	since := func(hour float64) float64 { return math.Mod(hour-end+24, 24) }
	for _, step := range [...]float64{a, b, c} {
		if since(m.hour) >= since(step) {
			n++
		}
	}
	return n
}

// level returns where something begins that takes growth of its limit in 60 days, so that it is full in time.
func (s *Story) level(growth float64, full time.Time) float64 {
	return math.Max(0.1, 1-growth*full.Sub(s.Start).Hours()/24/60)
}

// paced returns a climb from a level at the start of the story to 1 at full, whose speed follows weight. It goes on
// behind that at the same pace.
func (s *Story) paced(from float64, full time.Time, weight func(moment) float64) func(moment) float64 {
	total := 0.0
	for t := s.Start; t.Before(full); t = t.Add(Interval) {
		total += weight(s.moment(t))
	}
	done := 0.0
	return func(m moment) float64 {
		now := from + (1-from)*done/math.Max(total, 1e-9)
		done += weight(m)
		return now
	}
}

// workingHour returns the last time at or before t that is this hour of a working day.
func (s *Story) workingHour(t time.Time, hour float64) time.Time {
	for m := s.moment(t); ; m = s.moment(m.Add(-Interval)) {
		if m.day.Working() && math.Abs(m.hour-hour) < Interval.Hours()/2 || m.Before(s.Start) {
			return m.Time
		}
	}
}

// night returns three in the morning so many days before the end, local time.
func (s *Story) night(days float64) time.Time {
	m := s.moment(s.before(days))
	return m.Add(time.Duration((3 - m.hour) * float64(time.Hour))).Round(Interval)
}

// closing returns the last time at or before t that is this hour of a day of a month's close, if there was time enough to
// learn before it; else the same of a working day some days before.
func (s *Story) closing(t time.Time, hour float64) time.Time {
	const learning = 20 * 24 * time.Hour
	at := s.workingHour(t, hour)
	for ; s.moment(at).day.Class != calendar.MonthEnd; at = s.workingHour(at.Add(-Interval), hour) {
		if at.Sub(s.Start) < learning {
			return s.workingHour(t.Add(-3*24*time.Hour), hour)
		}
	}
	return at
}
