package calendar

import (
	"fmt"
	"slices"
	"time"
)

// Bounds of what one file of a user may hold. They keep New below some milliseconds whatever the file says.
const (
	maxBytes     = 1 << 20
	maxSpans     = 10_000
	maxSpanDays  = 366
	maxBatches   = 32 // one bit each
	maxCompanies = 1_000
	maxDeadlines = 50 // of one company
	maxInstead   = 12 * (LastYear - FirstYear + 1)
)

// Additions is what a user adds to a calendar; [ParseYAML] and [ParseICS] make it. The zero value adds nothing. It is
// not changed by New and may be used for several calendars.
type Additions struct {
	weekend   []time.Weekday // nil = Saturday and Sunday
	confirmed []int          // years whose holidays are no longer assumed
	days      []dayRule      // in order; later ones win
	books     books          // of every company that does not say otherwise
	companies []company
	batches   []batch
}

// Companies returns the names of the companies that have books of their own, in the order of the file.
func (a Additions) Companies() []string {
	names := make([]string, len(a.companies))
	for i, c := range a.companies {
		names[i] = c.name
	}
	return names
}

// dayRule makes all days of a span Holiday or MakeUpWorkday.
type dayRule struct {
	span
	kind Class
}

// closing is a date that the user names as the last day of a close.
type closing struct {
	on   date
	kind Close // NoClose = whichever is nearest
}

// deadline is a tax deadline on a day of the month.
type deadline struct {
	day     int
	months  []int // nil = all
	move    move
	instead []date // replace the computed date of their month
}

// books say when periods end and taxes are due.
type books struct {
	fiscal    *fiscal // nil = calendar months
	closings  []closing
	deadlines []deadline
}

type company struct {
	name string
	books
}

// with returns the books with those of o laid over them: its fiscal calendar replaces, its days are added.
func (b books) with(o books) books {
	if o.fiscal != nil {
		b.fiscal = o.fiscal
	}
	b.closings = slices.Concat(b.closings, o.closings)
	b.deadlines = slices.Concat(b.deadlines, o.deadlines)
	return b
}

// overlay joins several files to one: lists follow each other, a weekend or a fiscal calendar replaces the earlier one,
// and companies of one name are one company.
func overlay(files []Additions) Additions {
	var out Additions
	for _, a := range files {
		if a.weekend != nil {
			out.weekend = a.weekend
		}
		out.confirmed = slices.Concat(out.confirmed, a.confirmed)
		out.days = slices.Concat(out.days, a.days)
		out.books = out.books.with(a.books)
		out.batches = slices.Concat(out.batches, a.batches)
		out.companies = slices.Concat(out.companies, a.companies)
	}
	return out
}

func (a Additions) booksOf(name string) (books, error) {
	b, found := a.books, name == ""
	for _, c := range a.companies {
		if c.name == name {
			b, found = b.with(c.books), true
		}
	}
	if !found {
		return b, fmt.Errorf("company: %q has no fiscal calendar; known are %q; add it below companies, or leave the company empty", name, a.Companies())
	}
	return b, nil
}

// move says where a day goes that is not worked.
type move uint8

const (
	stay move = iota
	toNext
	toPrevious
)

// from returns the date to which the rule moves i, an index of days; at the edges of the table it stays.
func (m move) from(days []Day, i int) int {
	step := [...]int{stay: 0, toNext: 1, toPrevious: -1}[m]
	for j := i; step != 0 && j >= 0 && j < len(days); j += step {
		if days[j].Working() {
			return j
		}
	}
	return i
}
