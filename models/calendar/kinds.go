package calendar

import (
	"fmt"
	"strings"
	"time"
)

// fillKinds says of every date whether it is worked: the week, then the country, then the user.
func (c *Calendar) fillKinds(a Additions) error {
	c.weekend = [7]bool{time.Saturday: true, time.Sunday: true}
	if a.weekend != nil {
		c.weekend = [7]bool{}
		for _, d := range a.weekend {
			c.weekend[d] = true
		}
	}
	kinds := make([]Class, numDates)
	for i := range kinds {
		kinds[i] = c.ofWeek(firstDate + date(i))
	}
	var err error
	list, known := national[c.country]
	switch {
	case c.country == China:
		china(kinds)
	case known:
		byRule(kinds, list)
	case c.country != NoCountry:
		err = fmt.Errorf("country: %q is not known; choose one of %s, and add holidays of other countries by a file", c.country, strings.Join(Countries(), ", "))
	}
	for _, r := range a.days {
		mark(kinds, r.span, r.kind)
	}
	c.days = make([]Day, numDates)
	for i, k := range kinds {
		c.days[i] = Day{Class: k, Kind: k}
	}
	return err
}

func (c *Calendar) ofWeek(d date) Class {
	if c.weekend[d.weekday()] {
		return RestDay
	}
	return Workday
}

func (c *Calendar) countWorkdays() {
	c.worked = make([]int32, len(c.days)+1)
	for i, d := range c.days {
		c.worked[i+1] = c.worked[i]
		if d.Working() {
			c.worked[i+1]++
		}
	}
}
