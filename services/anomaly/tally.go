package anomaly

import (
	"time"

	"github.com/forewarn/forewarn/shared/logs"
)

const (
	// tallyHours and tallyDays are how many hours and days of UTC are counted one by one.
	tallyHours, tallyDays = 48, 14

	hour = int64(time.Hour / time.Millisecond)
	day  = 24 * hour
)

// tally counts lines by the hour and by the day: 264 bytes, whatever it counts.
type tally struct {
	hours hours
	days  days
}

// hours and days are rings: what is counted in the period of number n is at n modulo their length, and newest is the number
// of the latest one. Periods are numbered since 1970.
type (
	hours struct {
		newest int64
		counts [tallyHours]uint32
	}
	days struct {
		newest int64
		counts [tallyDays]uint32
	}
)

// add counts n lines of a time, in Unix milliseconds; those from before the oldest period are not counted.
func (t *tally) add(at int64, n uint32) {
	count(&t.hours.newest, t.hours.counts[:], at/hour, n)
	count(&t.days.newest, t.days.counts[:], at/day, n)
}

// count counts in the period of a number, which makes room for it if it is newer than all others.
func count(newest *int64, counts []uint32, number int64, n uint32) {
	size := int64(len(counts))
	if number > *newest {
		if number-*newest >= size {
			clear(counts)
		}
		for i := max(*newest+1, number-size+1); i <= number; i++ {
			counts[i%size] = 0
		}
		*newest = number
	}
	if number < 0 || number <= *newest-size {
		return
	}
	c := &counts[number%size]
	*c += min(n, ^uint32(0)-*c)
}

// of returns what was counted in the period of a number.
func of(newest int64, counts []uint32, number int64) uint32 {
	size := int64(len(counts))
	if number < 0 || number > newest || number <= newest-size {
		return 0
	}
	return counts[number%size]
}

func (t *tally) hour(number int64) uint32 { return of(t.hours.newest, t.hours.counts[:], number) }
func (t *tally) day(number int64) uint32  { return of(t.days.newest, t.days.counts[:], number) }

// sum returns what was counted in the n hours that end with that of a number.
func (t *tally) sum(number int64, n int) (sum uint64) {
	for i := range int64(n) {
		sum += uint64(t.hour(number - i))
	}
	return sum
}

// merge adds what another tally counted.
func (t *tally) merge(o *tally) {
	for i := range int64(tallyHours) {
		number := o.hours.newest - tallyHours + 1 + i
		if n := o.hour(number); n > 0 {
			count(&t.hours.newest, t.hours.counts[:], number, n)
		}
	}
	for i := range int64(tallyDays) {
		number := o.days.newest - tallyDays + 1 + i
		if n := o.day(number); n > 0 {
			count(&t.days.newest, t.days.counts[:], number, n)
		}
	}
}

// byHour returns the hours until a time, byDay the days.
func (t *tally) byHour(now int64) logs.Buckets {
	return buckets(now/hour, tallyHours, time.Hour, t.hour)
}

func (t *tally) byDay(now int64) logs.Buckets {
	return buckets(now/day, tallyDays, 24*time.Hour, t.day)
}

func buckets(newest int64, n int, length time.Duration, of func(int64) uint32) logs.Buckets {
	first := newest - int64(n) + 1
	b := logs.Buckets{
		Start: time.UnixMilli(first * length.Milliseconds()).UTC(), Length: int64(length / time.Second), Counts: make([]uint64, n),
	}
	for i := range b.Counts {
		b.Counts[i] = uint64(of(first + int64(i)))
	}
	return b
}
