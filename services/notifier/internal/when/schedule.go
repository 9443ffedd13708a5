package when

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

const (
	// longest bounds a window, and so how many days are looked back for one that goes on.
	longest = 31 * 24 * time.Hour
	// joined is how many windows that follow each other without a gap are taken for one.
	joined = 400
)

// Schedule says when windows begin, as cron does, and how long they last. On a day that meets all that is written, one begins At.
type Schedule struct {
	Weekdays []Weekday `yaml:"weekdays"`
	// Nth says which of those weekdays in the month: 1 is the first, -1 the last.
	Nth []int `yaml:"nth"`
	// Days are days of the month, -1 is the last; Months are 1 to 12.
	Days   []int `yaml:"days"`
	Months []int `yaml:"months"`
	// Dates are single days.
	Dates []Date `yaml:"dates"`
	// Calendar are phases of the business calendar, of which one must hold.
	Calendar []Phase `yaml:"calendar"`
	// At is the time of day, 00:00 if it is left out, Duration how long the window lasts, at most 31 days.
	At       Clock         `yaml:"at"`
	Duration time.Duration `yaml:"duration"`
	// Timezone is an IANA name; "" is this machine's.
	Timezone string `yaml:"timezone"`
}

// Problems returns what is wrong with s, each error beginning with its key under prefix.
func (s *Schedule) Problems(prefix string) (errs []error) {
	bad := func(key string, err error) { errs = append(errs, fmt.Errorf("%s%s: %w", prefix, key, err)) }
	if _, err := zone(s.Timezone); err != nil {
		bad("timezone", err)
	}
	if s.Duration < time.Minute || s.Duration > longest {
		bad("duration", fmt.Errorf("%v is out of range; set 1m to %v", s.Duration, longest))
	}
	if len(s.Weekdays)+len(s.Days)+len(s.Dates)+len(s.Calendar) == 0 {
		bad("weekdays", errors.New("nothing says on which days; set weekdays, days, dates or calendar"))
	}
	if len(s.Nth) > 0 && len(s.Weekdays) == 0 {
		bad("nth", errors.New("says which of the weekdays; set weekdays, or days for days of the month"))
	}
	for _, r := range []struct {
		key    string
		values []int
		lo, hi int
		signed bool
	}{{"nth", s.Nth, 1, 5, true}, {"days", s.Days, 1, 31, true}, {"months", s.Months, 1, 12, false}} {
		for _, v := range r.values {
			if within := v >= r.lo && v <= r.hi; !within && !(r.signed && -v >= r.lo && -v <= r.hi) {
				bad(r.key, fmt.Errorf("%d is out of range; set %d to %d%s", v, r.lo, r.hi, map[bool]string{true: ", or negative from the end"}[r.signed]))
			}
		}
	}
	return errs
}

// Active reports whether a window goes on at a time, and when it ends; windows that follow each other are one. A schedule without
// days has none. Problems of s are to be told before.
func (s *Schedule) Active(t time.Time, cal Calendar) (until time.Time, ok bool) {
	for range joined {
		end, on := s.at(t, cal)
		if !on {
			break
		}
		t, until, ok = end, end, true
	}
	return until, ok
}

// at returns the end of the window that goes on at a time; of several, the last.
func (s *Schedule) at(t time.Time, cal Calendar) (end time.Time, ok bool) {
	z, err := zone(s.Timezone)
	if err != nil || len(s.Weekdays)+len(s.Days)+len(s.Dates)+len(s.Calendar) == 0 {
		return end, false
	}
	y, m, d := t.In(z).Date()
	for back := range int(s.Duration/(24*time.Hour)) + 2 {
		day := time.Date(y, m, d-back, 12, 0, 0, 0, z) // noon is on every day
		begin := s.At.On(day, z)
		if stop := begin.Add(s.Duration); !begin.After(t) && t.Before(stop) && s.on(day, cal) && stop.After(end) {
			end, ok = stop, true
		}
	}
	return end, ok
}

// on reports whether a window begins on the date of a time.
func (s *Schedule) on(day time.Time, cal Calendar) bool {
	last := day.AddDate(0, 1, -day.Day()).Day() // of the month
	fits := func(list []int, fromStart, fromEnd int) bool {
		return len(list) == 0 || slices.Contains(list, fromStart) || slices.Contains(list, -fromEnd)
	}
	dated := len(s.Dates) == 0 || slices.ContainsFunc(s.Dates, func(d Date) bool {
		return d.day.Format(time.DateOnly) == day.Format(time.DateOnly)
	})
	return dated && onWeekday(s.Weekdays, day) && fits(s.Nth, (day.Day()-1)/7+1, (last-day.Day())/7+1) &&
		fits(s.Days, day.Day(), last-day.Day()+1) && (len(s.Months) == 0 || slices.Contains(s.Months, int(day.Month()))) &&
		inPhase(s.Calendar, day, cal)
}
