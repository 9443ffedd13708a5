package trend

import (
	"time"

	"github.com/forewarn/forewarn/models/calendar"
	"github.com/forewarn/forewarn/models/exhaustion"
)

// How many days before and after today the models ask for.
const (
	daysBack  = 45
	daysAhead = 183
)

const day = 24 * time.Hour

// Some systems are as busy on the first day of a close, and on the first working days after it, as on the last days of
// the month, and others are not: these days are of kinds of their own.
const (
	afterClose  = uint8(calendar.NumClasses) + iota
	beforeClose // the third working day before the last one
	closingRest // a weekend within a close
)

// firstClose is how much more than on a working day a signal that rests on days off is taken to grow on the days of a
// month's close, until it has been seen through one: books that are written by people are closed by them.
const firstClose = 2

// ahead returns what local time is ahead of UTC now.
func (w *Worker) ahead() time.Duration {
	if w.cal == nil {
		return 0
	}
	return w.cal.Ahead(w.now)
}

// turn looks up the kinds of the days around today, once a day.
func (w *Worker) turn() {
	if w.cal == nil {
		return
	}
	first := w.now.Add(w.ahead()).Unix()/int64(day/time.Second) - daysBack
	if first == w.days.First {
		return
	}
	kinds := make([]uint8, daysBack+daysAhead)
	// From midday: where clocks changed in between, the same hour of the night may belong to another date.
	at := time.Unix(first*int64(day/time.Second), 0).Add(day/2 - w.ahead())
	for i := range kinds {
		d := w.cal.Day(at.Add(time.Duration(i) * day))
		kinds[i] = kind(d)
	}
	closingWeekends(kinds)
	w.days = exhaustion.Days{First: first, Kind: kinds}
	w.days.Like[closingRest] = uint8(calendar.RestDay)
	w.days.Like[calendar.Holiday] = uint8(calendar.RestDay)
	w.days.Guess[calendar.MonthEnd], w.days.Guess[afterClose] = firstClose, firstClose
}

// kind returns the kind of a day.
func kind(d calendar.Day) uint8 {
	switch {
	case d.Class == calendar.MonthEnd && d.Offset > 0:
		return afterClose
	case d.Class == calendar.MonthEnd && d.Offset == -3:
		return beforeClose
	}
	return uint8(d.Class)
}

// closingWeekends marks the days off that lie between days of one close.
func closingWeekends(kinds []uint8) {
	closing := false
	for i, k := range kinds {
		if k == uint8(calendar.RestDay) {
			continue
		}
		busy := k == uint8(calendar.MonthEnd) || k == afterClose
		for j := i - 1; closing && busy && j >= 0 && kinds[j] == uint8(calendar.RestDay); j-- {
			kinds[j] = closingRest
		}
		closing = busy
	}
}
