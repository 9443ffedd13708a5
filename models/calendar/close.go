package calendar

import (
	"sort"
	"time"
)

// A close reaches from daysBefore working days before the last one of the period to daysAfter after it.
const (
	daysBefore = 3
	daysAfter  = 2
)

// Window is a close in time.
type Window struct {
	Start time.Time // first moment of the first day
	End   time.Time // first moment after the last day
	Last  time.Time // first moment of the last working day of the period, whose offset is 0
	Close Close     // MonthClose, QuarterClose or YearClose
}

// window is a Window as indices of days, last included.
type window struct {
	first, last, anchor int
	kind                Close
}

// NextClose returns the close that is under way at t, or else the first one after it. ok is false if the years covered
// hold none. O(log closes), no allocation.
func (c *Calendar) NextClose(t time.Time) (w Window, ok bool) {
	return c.window(c.closeAt(t))
}

// PreviousClose returns the last close that was over at t; ok is false if there is none. With NextClose it tells every
// close once. O(log closes), no allocation.
func (c *Calendar) PreviousClose(t time.Time) (w Window, ok bool) {
	return c.window(c.closeAt(t) - 1)
}

// closeAt returns the number of closes that are over at t.
func (c *Calendar) closeAt(t time.Time) int {
	i := int(c.dateAt(t) - firstDate)
	return sort.Search(len(c.closes), func(k int) bool { return c.closes[k].last >= i })
}

func (c *Calendar) window(k int) (Window, bool) {
	if k < 0 || k >= len(c.closes) {
		return Window{}, false
	}
	w := c.closes[k]
	return Window{Start: c.midnight(w.first), End: c.midnight(w.last + 1), Last: c.midnight(w.anchor), Close: w.kind}, true
}

// midnight returns the first moment of a date in the zone.
func (c *Calendar) midnight(i int) time.Time { return time.Unix(c.midnights[i], 0).In(c.zone) }

// fillMidnights looks up when each date begins.
func (c *Calendar) fillMidnights() {
	c.midnights = make([]int64, numDates+1)
	for i := range c.midnights {
		year, month, day := (firstDate + date(i)).time().Date()
		t := time.Date(year, month, day, 0, 0, 0, 0, c.zone)
		if t.Day() != day { // a change of clocks skips this midnight
			t = t.Add(time.Hour)
		}
		c.midnights[i] = t.Unix()
	}
}
