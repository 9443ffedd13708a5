// Package when tells whether a moment is one that people meant: a time of day, days of the week, a phase of the business calendar,
// a window that recurs. All of it is by the wall clock of a time zone, and pure: the package reads no clock.
//
// What goes over midnight belongs to the day on which it begins: Friday from 22:00 to 06:00 ends on Saturday.
package when

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/forewarn/forewarn/models/calendar"
	"github.com/forewarn/forewarn/shared/yamlfile"
)

// Calendar tells what kind of day a moment falls on.
type Calendar interface {
	Day(t time.Time) calendar.Day
}

// Condition is met at some moments. What is left out holds always; all that is written must hold.
type Condition struct {
	Weekdays []Weekday `yaml:"weekdays"`
	// From and To are times of day; To that is not after From is on the next day.
	From Clock `yaml:"from"`
	To   Clock `yaml:"to"`
	// Calendar are phases of the business calendar, of which one must hold.
	Calendar []Phase `yaml:"calendar"`
	// Timezone is an IANA name; "" is this machine's.
	Timezone string `yaml:"timezone"`
}

// Problems returns what is wrong with c, each error beginning with its key under prefix.
func (c *Condition) Problems(prefix string) (errs []error) {
	if _, err := zone(c.Timezone); err != nil {
		errs = append(errs, fmt.Errorf("%stimezone: %w", prefix, err))
	}
	if c.From.set != c.To.set {
		errs = append(errs, fmt.Errorf("%sfrom: from and to go together; set both, such as \"18:00\" and \"09:00\"", prefix))
	}
	if len(c.Weekdays)+len(c.Calendar) == 0 && !c.From.set {
		errs = append(errs, fmt.Errorf("%sweekdays: the condition says nothing; set weekdays, from and to, or calendar", prefix))
	}
	return errs
}

// Holds reports whether c is met at a time. A calendar of nil knows of no phase. Problems of c are to be told before.
func (c *Condition) Holds(t time.Time, cal Calendar) bool {
	z, err := zone(c.Timezone)
	if err != nil {
		return false
	}
	day := t.In(z)
	if c.From.set {
		minute := day.Hour()*60 + day.Minute()
		switch over := c.To.minute <= c.From.minute; {
		case over && minute < c.To.minute:
			day = day.AddDate(0, 0, -1)
		case minute < c.From.minute, !over && minute >= c.To.minute:
			return false
		}
	}
	return onWeekday(c.Weekdays, day) && inPhase(c.Calendar, day, cal)
}

func onWeekday(days []Weekday, t time.Time) bool {
	return len(days) == 0 || slices.Contains(days, Weekday(t.Weekday()))
}

// zone opens a time zone; "" is this machine's.
func zone(name string) (*time.Location, error) {
	if name == "" {
		return time.Local, nil
	}
	z, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("%q is not known; set an IANA name such as Asia/Shanghai", name)
	}
	return z, nil
}

// Clock is a time of day, written as "22:30"; the zero value is none.
type Clock struct {
	minute int
	set    bool
}

// UnmarshalYAML reads HH:MM, from 00:00 to 24:00.
func (c *Clock) UnmarshalYAML(n *yaml.Node) error {
	return yamlfile.Scalar(n, func(text string) error {
		t, err := time.Parse("15:04", text)
		switch {
		case text == "24:00":
			*c = Clock{24 * 60, true}
		case err != nil:
			return fmt.Errorf("%q is no time of day; write hours and minutes in quotes, such as \"22:30\"", text)
		default:
			*c = Clock{t.Hour()*60 + t.Minute(), true}
		}
		return nil
	})
}

// Hour returns the time of day of a full hour.
func Hour(h int) Clock { return Clock{minute: 60 * h, set: true} }

// Set reports whether there is one.
func (c Clock) Set() bool { return c.set }

// On returns the time of day on the local date that a time has, in a zone.
func (c Clock) On(date time.Time, z *time.Location) time.Time {
	y, m, d := date.Date()
	return time.Date(y, m, d, 0, c.minute, 0, 0, z)
}

// Weekday is a day of the week, written as mon to sun.
type Weekday time.Weekday

// UnmarshalYAML reads mon to sun.
func (w *Weekday) UnmarshalYAML(n *yaml.Node) error {
	return yamlfile.Scalar(n, func(text string) error {
		k := slices.Index([]string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}, strings.ToLower(text))
		if k < 0 {
			return fmt.Errorf("%q is no day of the week; write one of mon, tue, wed, thu, fri, sat, sun", text)
		}
		*w = Weekday(k)
		return nil
	})
}

// Date is a day, written as 2026-01-31; the zero value is none. It has no time zone.
type Date struct{ day time.Time }

// UnmarshalYAML reads a date.
func (d *Date) UnmarshalYAML(n *yaml.Node) error {
	return yamlfile.Scalar(n, func(text string) (err error) {
		if d.day, err = time.Parse(time.DateOnly, text); err != nil {
			return fmt.Errorf("%q is no day; write one such as 2026-01-31", text)
		}
		return nil
	})
}

// IsZero reports whether there is none.
func (d Date) IsZero() bool { return d.day.IsZero() }

// At returns a time of day on the date, as a wall clock shows it, in UTC.
func (d Date) At(c Clock) time.Time { return c.On(d.day, time.UTC) }

// Local is a date with a time of day in a zone that is known elsewhere, written as "2026-01-31 22:30".
type Local struct{ wall time.Time }

// UnmarshalYAML reads a date and a time of day.
func (l *Local) UnmarshalYAML(n *yaml.Node) error {
	return yamlfile.Scalar(n, func(text string) (err error) {
		if l.wall, err = time.Parse("2006-01-02 15:04", text); err != nil {
			return fmt.Errorf("%q is no time; write one such as \"2026-01-31 22:30\"", text)
		}
		return nil
	})
}

// In returns the instant in a zone.
func (l Local) In(z *time.Location) time.Time {
	y, m, d := l.wall.Date()
	return time.Date(y, m, d, l.wall.Hour(), l.wall.Minute(), 0, 0, z)
}
