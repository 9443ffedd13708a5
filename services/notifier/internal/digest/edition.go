package digest

import (
	"fmt"
	"time"

	"github.com/forewarn/forewarn/shared/digest"
)

// Schedule says when a team reads, by its own clocks.
type Schedule struct {
	Zone *time.Location
	// Weekday and Hour are those of the weekly digest; the monthly report comes on the first of the next month at the same hour.
	Weekday time.Weekday
	Hour    int
}

// Edition is one digest of one team: the time that it tells of, and when it is told.
type Edition struct {
	Span digest.Span
	ID   string
	// From and Until bound the time; Until is Due, or the end of the month.
	From, Until, Due time.Time
}

// Week returns the digest of an ISO week: it is told on the weekday of that week, of the seven days before that hour.
func (s Schedule) Week(year, week int) Edition {
	monday := mondayOf(year, week)
	day := monday.AddDate(0, 0, (int(s.Weekday)+6)%7)
	due := s.at(day)
	return Edition{
		Span: digest.Week, ID: weekID(year, week), From: s.at(day.AddDate(0, 0, -7)), Until: due, Due: due,
	}
}

// Month returns the report of a month: it is told on the first of the month after.
func (s Schedule) Month(year int, month time.Month) Edition {
	first := time.Date(year, month, 1, 0, 0, 0, 0, time.UTC)
	next := first.AddDate(0, 1, 0)
	return Edition{
		Span: digest.Month, ID: first.Format(monthForm),
		From: wall(first, 0, s.Zone), Until: wall(next, 0, s.Zone), Due: s.at(next),
	}
}

// Latest returns the newest digest of each span that was due at a time.
func (s Schedule) Latest(now time.Time) (week, month Edition) {
	local := now.In(s.Zone)
	year, number := local.ISOWeek()
	if week = s.Week(year, number); week.Due.After(now) {
		week = s.Week(local.AddDate(0, 0, -7).ISOWeek())
	}
	before := time.Date(local.Year(), local.Month(), 1, 0, 0, 0, 0, time.UTC).AddDate(0, -1, 0)
	if month = s.Month(before.Year(), before.Month()); month.Due.After(now) {
		before = before.AddDate(0, -1, 0)
		month = s.Month(before.Year(), before.Month())
	}
	return week, month
}

// Present returns the week's digest that is due next: of the time since the last one.
func (s Schedule) Present(now time.Time) Edition {
	year, week := now.In(s.Zone).ISOWeek()
	e := s.Week(year, week)
	if !now.Before(e.Due) {
		e = s.Week(mondayOf(year, week).AddDate(0, 0, 7).ISOWeek())
	}
	return e
}

// ParseWeek returns the digest of a week such as "2026-W47".
func (s Schedule) ParseWeek(id string) (Edition, error) {
	var year, week int
	n, err := fmt.Sscanf(id, "%4d-W%2d", &year, &week)
	if err != nil || n != 2 || week < 1 || weekID(mondayOf(year, week).ISOWeek()) != id {
		return Edition{}, fmt.Errorf("%.20q is no week; write one such as 2026-W47", id)
	}
	return s.Week(year, week), nil
}

// ParseMonth returns the report of a month such as "2026-10".
func (s Schedule) ParseMonth(id string) (Edition, error) {
	first, err := time.Parse(monthForm, id)
	if err != nil || first.Year() < 1970 {
		return Edition{}, fmt.Errorf("%.20q is no month; write one such as 2026-10", id)
	}
	return s.Month(first.Year(), first.Month()), nil
}

const monthForm = "2006-01"

func weekID(year, week int) string { return fmt.Sprintf("%04d-W%02d", year, week) }

// mondayOf returns the first day of an ISO week: that of the fourth of January is the first.
func mondayOf(year, week int) time.Time {
	fourth := time.Date(year, time.January, 4, 0, 0, 0, 0, time.UTC)
	return fourth.AddDate(0, 0, -(int(fourth.Weekday())+6)%7+7*(week-1))
}

// at returns the schedule's hour of a date.
func (s Schedule) at(day time.Time) time.Time { return wall(day, s.Hour, s.Zone) }

// wall returns when the clocks of a zone show an hour of a date. Where they skip it, that is the first moment after; where
// they show it twice, the first of the two.
func wall(day time.Time, hour int, zone *time.Location) time.Time {
	year, month, date := day.Date()
	t := time.Date(year, month, date, hour, 0, 0, 0, zone)
	start, end := t.ZoneBounds()
	if t.Hour() != hour || t.Minute() != 0 || t.Day() != date { // which side of the gap it is on is not said
		if !end.IsZero() && (start.IsZero() || end.Sub(t) < t.Sub(start)) {
			return end
		}
		return start
	}
	if start.IsZero() {
		return t
	}
	_, now := t.Zone()
	_, before := start.Add(-time.Nanosecond).Zone()
	if first := t.Add(time.Duration(now-before) * time.Second); first.Before(start) {
		return first // of a clock that was set back
	}
	return t
}
