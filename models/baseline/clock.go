package baseline

import (
	"time"

	"github.com/forewarn/forewarn/models/calendar"
)

// Moment is when a sample was taken, and what kind of time that is.
type Moment struct {
	Millis int64   // Unix
	Hour   float32 // of the local day, from 0 to below 24
	Rest   bool    // nobody works: weekends, holidays
	Close  int8    // working day of a close of the books, from 1 to CloseDays; 0 outside any
}

// CloseDays is how many working days a close has: from three before the last one of the period to two after it.
const CloseDays = 6

// Clock tells moments apart by a calendar. It remembers the hour that it was asked about last, so that asking about
// neighbours is cheap. Not safe for concurrent use.
type Clock struct {
	calendar   *calendar.Calendar
	start, end int64 // of the hour that is remembered
	ahead      int64 // of local time before UTC
	day        Moment
}

// NewClock returns a clock by a calendar; by nil one whose days are all alike and in UTC.
func NewClock(c *calendar.Calendar) *Clock { return &Clock{calendar: c} }

// At returns the moment of a Unix time in milliseconds, which is not negative.
func (c *Clock) At(millis int64) Moment {
	if millis < c.start || millis >= c.end {
		c.turn(millis)
	}
	m := c.day
	m.Millis = millis
	m.Hour = float32((millis+c.ahead)%dayMillis) / hourMillis
	return m
}

// turn remembers a quarter of an hour: zones are ahead by whole ones, and their clocks change at such.
func (c *Clock) turn(millis int64) {
	const quarter = hourMillis / 4
	c.start = millis - millis%quarter
	c.end = c.start + quarter
	if c.calendar == nil {
		return
	}
	t := time.UnixMilli(millis)
	c.ahead = c.calendar.Ahead(t).Milliseconds()
	day := c.calendar.Day(t)
	c.day = Moment{Rest: !day.Working()}
	if day.Class == calendar.MonthEnd {
		c.day.Close = min(max(day.Offset+4, 1), CloseDays)
	}
}

const (
	minuteMillis = 60 * 1000
	hourMillis   = 60 * minuteMillis
	dayMillis    = 24 * hourMillis
)
