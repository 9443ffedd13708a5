package calendar

import (
	"fmt"
	"time"
)

// The years that a Calendar knows holidays, closes and batches of.
const (
	FirstYear = 2015
	LastYear  = 2045
)

// date is a civil date as days since 1970-01-01, free of any zone.
type date int32

const (
	secondsPerDay = 24 * 60 * 60
	minutesPerDay = 24 * 60

	firstDate date = 16436 // FirstYear-01-01
	lastDate  date = 27758 // LastYear-12-31
	numDates       = int(lastDate-firstDate) + 1
)

// dateOf returns the date of a year, month and day, which may overflow as those of time.Date.
func dateOf(year int, month time.Month, day int) date {
	return date(time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix() / secondsPerDay)
}

// monthEnd returns the last date of a month.
func monthEnd(year int, month time.Month) date { return dateOf(year, month+1, 0) }

// parseDate reads YYYY-MM-DD within the years covered.
func parseDate(text string) (date, error) {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return 0, fmt.Errorf("%q is no date; write year, month and day, such as 2026-03-31", text)
	}
	return coveredDate(t)
}

// coveredDate returns the date of t, or an error if no Calendar covers it.
func coveredDate(t time.Time) (date, error) {
	if t.Year() < FirstYear || t.Year() > LastYear {
		return 0, fmt.Errorf("%s lies outside the years covered; choose a date from %d to %d", t.Format(time.DateOnly), FirstYear, LastYear)
	}
	return dateOf(t.Date()), nil
}

func (d date) time() time.Time { return time.Unix(int64(d)*secondsPerDay, 0).UTC() }

func (d date) weekday() time.Weekday { return d.time().Weekday() }

func (d date) String() string { return d.time().Format(time.DateOnly) }

// index returns the place of d in a table of all covered dates, and whether it has one.
func (d date) index() (int, bool) {
	return int(d - firstDate), d >= firstDate && d <= lastDate
}

// span is a run of dates, both ends included.
type span struct{ first, last date }
