package calendar

import (
	"fmt"
	"math/bits"
	"slices"
	"time"
)

// batch is a planned batch window. All conditions must hold on the day on which it starts.
type batch struct {
	name     string
	from, to int // minutes of the wall clock; to <= from ends on the next day
	weekdays []time.Weekday
	close    Close  // NoClose = any day; else only within a close of this weight or more
	offsets  []int8 // nil = all days of the close
}

func (b *batch) crossesMidnight() bool { return b.to <= b.from }

// startsOn reports whether the batch is planned for a day.
func (b *batch) startsOn(d Day, weekday time.Weekday) bool {
	if b.weekdays != nil && !slices.Contains(b.weekdays, weekday) {
		return false
	}
	if b.close == NoClose {
		return true
	}
	// A day off has the offset of the working day before it; a batch at an offset runs once.
	return d.Close >= b.close && (b.offsets == nil || d.Working() && slices.Contains(b.offsets, d.Offset))
}

func (c *Calendar) fillBatches(batches []batch) error {
	if len(batches) > maxBatches {
		return fmt.Errorf("batches: %d are too many; keep at most %d over all files, joining those of the same hours", len(batches), maxBatches)
	}
	c.batches = batches
	c.starts = make([]uint32, len(c.days))
	for i, d := range c.days {
		for k := range batches {
			if batches[k].startsOn(d, (firstDate + date(i)).weekday()) {
				c.starts[i] |= 1 << k
			}
		}
	}
	return nil
}

// Batch returns the name of the planned batch window that t lies in, and whether there is one; of several, the first in
// the files. Windows begin and end by the local wall clock: the night on which clocks change, one that spans the change
// is an hour shorter or longer. O(1), no allocation.
func (c *Calendar) Batch(t time.Time) (name string, ok bool) {
	d, minute := c.local(t)
	found := len(c.batches)
	for set := c.startsAt(d); set != 0; set &= set - 1 {
		k := bits.TrailingZeros32(set)
		if b := &c.batches[k]; minute >= b.from && (minute < b.to || b.crossesMidnight()) {
			found = min(found, k)
		}
	}
	for set := c.startsAt(d - 1); set != 0; set &= set - 1 {
		k := bits.TrailingZeros32(set)
		if b := &c.batches[k]; b.crossesMidnight() && minute < b.to {
			found = min(found, k)
		}
	}
	if found == len(c.batches) {
		return "", false
	}
	return c.batches[found].name, true
}

func (c *Calendar) startsAt(d date) uint32 {
	if i, ok := d.index(); ok {
		return c.starts[i]
	}
	return 0
}
