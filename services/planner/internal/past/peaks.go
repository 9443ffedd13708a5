// Package past reads from history how much was used: the highest use of each week and month of a signal.
//
// Weeks begin on Monday and months on the 1st, in UTC, as those of models/capacity do.
package past

import (
	"cmp"
	"slices"
	"time"
)

// Peak is the highest use in a period.
type Peak struct {
	// Start and End of the period; End is the start of the next one.
	Start, End time.Time
	Used       float64
}

// Peaks are those of one signal. The zero value knows nothing.
type Peaks struct {
	// First is the time of the oldest use, Until how far history has been read.
	First, Until time.Time
	weeks        periods
	months       periods
}

// Weeks returns the full weeks, Months the full months before now, oldest first. The first one is left out if what is
// known begins after its first day, since its peak may have been before.
func (p *Peaks) Weeks(now time.Time) []Peak { return p.full(p.weeks.list, now) }

// Months is like Weeks.
func (p *Peaks) Months(now time.Time) []Peak { return p.full(p.months.list, now) }

func (p *Peaks) full(list []Peak, now time.Time) (out []Peak) {
	for _, k := range list {
		if !k.End.After(now) && !p.First.After(k.Start.AddDate(0, 0, 1)) {
			out = append(out, k)
		}
	}
	return out
}

// Clone returns a copy that can be added to.
func (p *Peaks) Clone() *Peaks {
	return &Peaks{First: p.First, Until: p.Until, weeks: periods{list: slices.Clone(p.weeks.list)}, months: periods{list: slices.Clone(p.months.list)}}
}

// Add notes a use at a time in Unix milliseconds; the same one again changes nothing.
func (p *Peaks) Add(millis int64, used float64) {
	if p.First.IsZero() || millis < p.First.UnixMilli() {
		p.First = time.UnixMilli(millis).UTC()
	}
	p.weeks.bounds, p.months.bounds = week, month
	p.weeks.add(millis, used)
	p.months.add(millis, used)
}

// periods are peaks in order. Uses mostly come in order, so the period of the last one is kept at hand.
type periods struct {
	bounds   func(time.Time) (start, end time.Time)
	list     []Peak
	at       int
	from, to int64 // of list[at], Unix ms
}

func (p *periods) add(millis int64, used float64) {
	if millis < p.from || millis >= p.to {
		p.seek(time.UnixMilli(millis).UTC())
	}
	p.list[p.at].Used = max(p.list[p.at].Used, used)
}

// seek goes to the period that holds t.
func (p *periods) seek(t time.Time) {
	start, end := p.bounds(t)
	i, found := slices.BinarySearchFunc(p.list, start, func(k Peak, t time.Time) int { return cmp.Compare(k.Start.Unix(), t.Unix()) })
	if !found {
		p.list = slices.Insert(p.list, i, Peak{Start: start, End: end})
	}
	p.at, p.from, p.to = i, start.UnixMilli(), end.UnixMilli()
}

func week(t time.Time) (start, end time.Time) {
	start = t.Truncate(7 * 24 * time.Hour) // counts from the year 1, which began on a Monday
	return start, start.AddDate(0, 0, 7)
}

func month(t time.Time) (start, end time.Time) {
	start = time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, time.UTC)
	return start, start.AddDate(0, 1, 0)
}
