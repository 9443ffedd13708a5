package calendar

import (
	"slices"
	"time"
)

// fillDeadlines marks the days on which taxes are due.
func (c *Calendar) fillDeadlines(deadlines []deadline) {
	for _, dl := range deadlines {
		for year := FirstYear; year <= LastYear; year++ {
			for month := time.January; month <= time.December; month++ {
				if dl.months == nil || slices.Contains(dl.months, int(month)) {
					c.days[c.due(dl, year, month)].TaxDeadline = true
				}
			}
		}
	}
}

// due returns the day on which a tax of a month is due.
func (c *Calendar) due(dl deadline, year int, month time.Month) int {
	for _, d := range dl.instead {
		if t := d.time(); t.Year() == year && t.Month() == month {
			return int(d - firstDate)
		}
	}
	d := min(dateOf(year, month, 1)+date(dl.day-1), monthEnd(year, month))
	return dl.move.from(c.days, int(d-firstDate))
}
