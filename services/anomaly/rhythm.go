package anomaly

import "time"

const (
	// steadyHours is for how long a source must have written so that its silence says something, steadyDays for how long so
	// that it is worth a warning: that has seen a weekend.
	steadyHours = 24
	steadyDays  = 7
	// steadyHour and steadyDay are how many lines it must have written in each hour, and in all of a day: one a minute.
	steadyHour = 10
	steadyDay  = 24 * 60
	// A pause is long from leastPause, and from so many times the longest one of the last two days.
	leastPause = 30 * time.Minute
	longPause  = 10
)

// rhythm is the longest pause between two batches of a source, in milliseconds: of the day of UTC with number Day, and of
// the day before.
type rhythm struct {
	Day     int64 `json:"day,omitempty"`
	Longest int64 `json:"longest,omitempty"`
	Before  int64 `json:"before,omitempty"`
}

// paused notes a pause that ended now.
func (r *rhythm) paused(pause, now int64) {
	if number := now / day; r.Day != number {
		r.Before, r.Longest, r.Day = r.Longest, 0, number
	}
	r.Longest = max(r.Longest, pause)
}

// long returns which pause is much longer than it is used to, in milliseconds.
func (r *rhythm) long() int64 {
	return max(leastPause.Milliseconds(), longPause*max(r.Longest, r.Before))
}

// steady reports whether the source wrote at least once a minute, in each of the hours before it was heard last; sure tells
// that it did so for a week, too.
func (s *source) steady() (steady, sure bool) {
	last := s.Heard/hour - 1
	var sum uint64
	for i := range int64(steadyHours) {
		n := s.all.hour(last - i)
		if n < steadyHour {
			return false, false
		}
		sum += uint64(n)
	}
	if sum < steadyDay {
		return false, false
	}
	for i := range int64(steadyDays) {
		if s.all.day(s.Heard/day-1-i) < steadyDay {
			return true, false
		}
	}
	return true, true
}
