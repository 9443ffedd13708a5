package chart

import (
	"fmt"
	"math"
	"time"

	"github.com/forewarn/forewarn/shared/i18n"
)

// cadence is how ticks follow each other: every n of a unit of the calendar.
type cadence struct {
	unit calendarUnit
	n    int
}

// calendarUnit is a unit of the calendar by its usual length in seconds.
type calendarUnit float64

const (
	second calendarUnit = 1
	minute              = 60 * second
	hour                = 60 * minute
	day                 = 24 * hour
	month               = 30.44 * day
	year                = 365.25 * day
)

func (c cadence) length() float64 { return float64(c.unit) * float64(c.n) }

// cadenceFor returns the finest cadence of at most count ticks in a range.
func cadenceFor(domain span, count int) cadence {
	need := (domain.hi - domain.lo) / float64(max(count, 1))
	for _, steps := range []struct {
		unit calendarUnit
		of   []int
	}{
		{second, []int{1, 5, 15, 30}},
		{minute, []int{1, 2, 5, 10, 15, 30}},
		{hour, []int{1, 2, 3, 6, 12}},
		{day, []int{1, 2, 3, 4, 7, 14}},
		{month, []int{1, 2, 3, 6}},
		{year, []int{1, 2, 5}},
	} {
		for _, n := range steps.of {
			if c := (cadence{steps.unit, n}); c.length() >= need {
				return c
			}
		}
	}
	return cadence{year, int(math.Ceil(niceStep(need/float64(year), 1)))}
}

// floor returns the last tick at or before t, in the zone of t.
func (c cadence) floor(t time.Time) time.Time {
	y, mo, d := t.Date()
	h, mi, s := t.Clock()
	switch c.unit {
	case second:
		return time.Date(y, mo, d, h, mi, s-s%c.n, 0, t.Location())
	case minute:
		return time.Date(y, mo, d, h, mi-mi%c.n, 0, 0, t.Location())
	case hour:
		return time.Date(y, mo, d, h-h%c.n, 0, 0, 0, t.Location())
	case day:
		return time.Date(y, mo, d-dayOfCycle(y, mo, d, c.n), 0, 0, 0, 0, t.Location())
	case month:
		return time.Date(y, mo-(mo-1)%time.Month(c.n), 1, 0, 0, 0, 0, t.Location())
	}
	return time.Date(y-y%c.n, 1, 1, 0, 0, 0, 0, t.Location())
}

// dayOfCycle numbers days from 0 to n-1; cycles of weeks begin on Monday.
func dayOfCycle(y int, m time.Month, d, n int) int {
	const thursday = 3 // 1970 began on one
	number := int(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix()/86400) + thursday
	return (number%n + n) % n
}

// next returns the tick after t, which is one.
func (c cadence) next(t time.Time) time.Time {
	out := c.floor(c.after(t))
	if !out.After(t) { // a clock was set back
		out = t.Add(time.Duration(c.length()) * time.Second)
	}
	return out
}

func (c cadence) after(t time.Time) time.Time {
	switch c.unit {
	case year:
		return t.AddDate(c.n, 0, 0)
	case month:
		return t.AddDate(0, c.n, 0)
	case day:
		return t.AddDate(0, 0, c.n)
	case hour: // of the clock on the wall
		y, mo, d := t.Date()
		return time.Date(y, mo, d, t.Hour()+c.n, 0, 0, 0, t.Location())
	}
	return t.Add(time.Duration(c.length()) * time.Second)
}

// timeTicks returns at most some count of ticks in a range, in the reader's zone and language.
func timeTicks(domain span, f Frame, count int) []tick {
	c := cadenceFor(domain, count)
	var out []tick
	for t := c.floor(at(domain.lo, f.Zone)); seconds(t) <= domain.hi && len(out) <= 2*count; t = c.next(t) {
		if seconds(t) >= domain.lo {
			out = append(out, tick{seconds(t), c.label(t).In(f.Language)})
		}
	}
	return out
}

// at returns a moment in a zone.
func at(t float64, zone *time.Location) time.Time {
	whole := math.Floor(t)
	return time.Unix(int64(whole), int64((t-whole)*1e9)).In(zone)
}

func (c cadence) label(t time.Time) i18n.Text {
	midnight := t.Hour() == 0 && t.Minute() == 0 && t.Second() == 0
	switch {
	case c.unit == year || c.unit == month && t.Month() == time.January:
		return i18n.Text{En: t.Format("2006"), Zh: t.Format("2006年")}
	case c.unit == month:
		return i18n.Text{En: t.Format("Jan"), Zh: t.Format("1月")}
	case c.unit == day || midnight:
		return i18n.Text{En: t.Format("2 Jan"), Zh: t.Format("1月2日")}
	case c.unit == second:
		return i18n.Text{En: t.Format("15:04:05")}
	}
	return i18n.Text{En: t.Format("15:04")}
}

// period says from when to when a range is, and in which zone: "24 Nov – 3 Dec 2026, UTC+8".
func period(domain span, zone *time.Location) i18n.Text {
	from, to := at(domain.lo, zone), at(domain.hi, zone)
	en, zh := to.Format("2 Jan 2006"), from.Format("2006年1月2日")
	switch {
	case from.Year() != to.Year():
		en, zh = from.Format("2 Jan 2006 – ")+en, zh+to.Format(" – 2006年1月2日")
	case from.YearDay() != to.YearDay():
		en, zh = from.Format("2 Jan – ")+en, zh+to.Format(" – 1月2日")
	}
	return i18n.Text{En: en + ", " + offset(to), Zh: zh + "，" + offset(to)}
}

// offset returns the zone of t as "UTC+8" or "UTC-3:30".
func offset(t time.Time) string {
	_, s := t.Zone()
	if s == 0 {
		return "UTC"
	}
	sign := "+"
	if s < 0 {
		sign, s = "-", -s
	}
	if s%3600 < 60 {
		return fmt.Sprintf("UTC%s%d", sign, s/3600)
	}
	return fmt.Sprintf("UTC%s%d:%02d", sign, s/3600, s%3600/60)
}
