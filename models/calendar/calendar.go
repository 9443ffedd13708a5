package calendar

import (
	"cmp"
	"errors"
	"slices"
	"time"
)

// Config says whose days a Calendar tells.
type Config struct {
	// Zone is where local dates and the times of batches are read; nil is UTC.
	Zone *time.Location
	// Country is one of Countries; empty is China.
	Country string
	// Additions are the user's files, in order: later ones win.
	Additions []Additions
	// Company names the company whose fiscal calendar applies; empty is what the files say outside any company.
	Company string
}

// Calendar answers for the years FirstYear to LastYear. Outside of them it knows weekends only.
// It never changes after New, so it is safe for concurrent use.
type Calendar struct {
	zone    *time.Location
	weekend [7]bool
	country string

	midnights []int64  // by date, from firstDate: Unix seconds of its first moment; one longer than days
	days      []Day    // by date
	worked    []int32  // worked[i] = working days before date i; one longer than days
	closes    []window // in order, disjoint
	batches   []batch
	starts    []uint32 // by date: bit b is set where batches[b] starts
	confirmed []int
}

// New builds the tables of a calendar, some milliseconds of work and 300 KB. It returns an error that joins all there
// is to correct: an unknown country or company, closing days that contradict each other, too many batches.
func New(cfg Config) (*Calendar, error) {
	c := &Calendar{zone: cfg.Zone}
	if c.zone == nil {
		c.zone = time.UTC
	}
	c.country = cmp.Or(cfg.Country, China)
	c.fillMidnights()
	added := overlay(cfg.Additions)
	b, errCompany := added.booksOf(cfg.Company)
	errKinds := c.fillKinds(added)
	c.countWorkdays()
	errCloses := c.fillCloses(b)
	c.fillDeadlines(b.deadlines)
	errBatches := c.fillBatches(added.batches)
	if err := errors.Join(errCompany, errKinds, errCloses, errBatches); err != nil {
		return nil, err
	}
	c.confirmed = added.confirmed
	return c, nil
}

// dateAt returns the local date of t. Looking a zone up takes longer than all the rest, so it is done once, in New.
func (c *Calendar) dateAt(t time.Time) date {
	seconds := t.Unix()
	if seconds < c.midnights[0] || seconds >= c.midnights[numDates] {
		d, _ := c.local(t)
		return d
	}
	// Changes of clocks move a midnight by hours, so the guess is off by one day at most.
	i := min(int((seconds-c.midnights[0])/secondsPerDay), numDates-1)
	if seconds < c.midnights[i] {
		i--
	} else if seconds >= c.midnights[i+1] {
		i++
	}
	return firstDate + date(i)
}

// local returns the local date of t and the minute of that day by the wall clock.
func (c *Calendar) local(t time.Time) (date, int) {
	_, offset := t.In(c.zone).Zone()
	seconds := t.Unix() + int64(offset)
	days, rest := seconds/secondsPerDay, seconds%secondsPerDay
	if rest < 0 {
		days, rest = days-1, rest+secondsPerDay
	}
	// Times beyond the range of a date must not wrap around into the years covered.
	days = min(max(days, int64(firstDate)-farAway), int64(lastDate)+farAway)
	return date(days), int(rest / 60)
}

// farAway is a multiple of a week, which keeps the clamped dates out of the years covered.
const farAway = 7 * 1_000_000

// of returns what is known of a date.
func (c *Calendar) of(d date) Day {
	if i, ok := d.index(); ok {
		return c.days[i]
	}
	k := c.ofWeek(d)
	return Day{Class: k, Kind: k}
}

// Ahead returns what local time is ahead of UTC at t.
func (c *Calendar) Ahead(t time.Time) time.Duration {
	_, offset := t.In(c.zone).Zone()
	return time.Duration(offset) * time.Second
}

// Day returns what is known of the local date of t. O(1), no allocation.
func (c *Calendar) Day(t time.Time) Day {
	return c.of(c.dateAt(t))
}

// Classes sets dst[i] to the Class of the i-th local date from that of t on. O(len(dst)), no allocation.
func (c *Calendar) Classes(from time.Time, dst []Class) {
	d := c.dateAt(from)
	for i := range dst {
		dst[i] = c.of(d + date(i)).Class
	}
}

// Workdays counts the working days from the local date of from, included, to that of to, excluded; it is negative if to
// comes before from. Dates outside the years covered do not count. O(1), no allocation.
func (c *Calendar) Workdays(from, to time.Time) int {
	return int(c.worked[clamp(c.dateAt(to))] - c.worked[clamp(c.dateAt(from))])
}

// clamp returns the index of d in a table that is one longer than the dates covered.
func clamp(d date) int { return int(min(max(d, firstDate), lastDate+1) - firstDate) }

// Assumed reports whether the holidays of a year are an assumption: China has not announced them, or the year is not
// covered. A file that lists the year below confirmed makes it certain. Countries by rule are not assumed.
func (c *Calendar) Assumed(year int) bool {
	if year < FirstYear || year > LastYear {
		return c.country != NoCountry
	}
	return c.country == China && year > lastNotice && !slices.Contains(c.confirmed, year)
}
