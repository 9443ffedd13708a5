package signal

import (
	"cmp"
	"slices"
	"time"

	"github.com/forewarn/forewarn/shared/telemetry"
)

// MaxParts is how many series an input may be the sum of. Of more there is no sum.
const MaxParts = 1000

// tally reckons those inputs of a reading that are rates, sums, or sums of rates.
//
// A moment counts when all series have spoken that did at the moment before: one that is missing is on its way, in another
// batch. It has ended if the next moment comes without it. Rates are reckoned at the first moment that counts of each window
// of Unix time, over what has passed since the one before. Where a counter went back, there are none until the next window.
type tally struct {
	marks
	// Parts are the series of each input, in the order of their ids.
	Parts [][]counter
}

// marks are moments, in Unix milliseconds; 0: never.
type marks struct {
	// Heard is the newest moment, Before the one before it, Anchor that from which on increases are counted.
	Heard, Before, Anchor int64
	// Reset tells that a counter went back since the anchor, Over that an input has too many series.
	Reset, Over bool
}

// counter is one series.
type counter struct {
	Series uint64
	// At is the moment of its newest Value, Since that of Anchor, from which on its increase is counted.
	At, Since     int64
	Value, Anchor float64
}

const (
	// otherAfter is how long a series must have been quiet before another one is taken for it; milliseconds.
	otherAfter = 5 * 60 * 1000
	// rateGap is the longest time of which a rate is reckoned. Senders that speak once an hour have rates; milliseconds.
	rateGap = 90 * 60 * 1000
)

func newTally(inputs int) *tally { return &tally{Parts: make([][]counter, inputs)} }

// find returns where a series is, or is to be.
func find(parts []counter, series uint64) (int, bool) {
	return slices.BinarySearchFunc(parts, series, func(c counter, id uint64) int { return cmp.Compare(c.Series, id) })
}

// hear notes a sample of an input. One of a moment that has passed is of no use any more.
func (t *tally) hear(input int, sum bool, series uint64, s telemetry.Sample) {
	if s.TimeMillis < t.Heard || s.TimeMillis <= 0 {
		return
	}
	if s.TimeMillis > t.Heard {
		t.Before, t.Heard, t.Over = t.Heard, s.TimeMillis, false
	}
	i, known := find(t.Parts[input], series)
	if !known && !sum && len(t.Parts[input]) == 1 {
		if s.TimeMillis-t.Parts[input][0].At <= otherAfter {
			return // the same under another name
		}
		i, t.Parts[input], t.Reset = 0, nil, true // it has not counted from nothing
	}
	if !known {
		t.join(input, i, series, s)
		return
	}
	c := &t.Parts[input][i]
	if s.TimeMillis <= c.At {
		return
	}
	if s.Value < c.Value {
		t.Reset = t.Reset || c.At == t.Before
		c.Anchor, c.Since = 0, t.Anchor // what was away for a while began anew
	}
	c.At, c.Value = s.TimeMillis, s.Value
}

// join takes up a series, as the i-th. One that comes later than others has counted from nothing: clients make the series
// of an error when it is seen first. Those of the first moment have not.
func (t *tally) join(input, i int, series uint64, s telemetry.Sample) {
	if len(t.Parts[input]) >= MaxParts {
		t.sweep(input)
		i, _ = find(t.Parts[input], series)
	}
	if len(t.Parts[input]) >= MaxParts {
		t.Over = true
		return
	}
	c := counter{Series: series, At: s.TimeMillis, Since: s.TimeMillis, Value: s.Value, Anchor: s.Value}
	if t.Anchor != 0 && t.Anchor < s.TimeMillis && s.Value >= 0 {
		c.Anchor, c.Since = 0, t.Anchor
	}
	t.Parts[input] = slices.Insert(t.Parts[input], i, c)
}

// sweep forgets the series of an input that ended long ago.
func (t *tally) sweep(input int) {
	ended := func(c counter) bool { return t.Heard-c.At > rateGap }
	if slices.ContainsFunc(t.Parts[input], ended) {
		t.Parts[input] = slices.DeleteFunc(t.Parts[input], ended)
	}
}

// ready tells whether the inputs can be reckoned at a moment: it is the newest one, and counts. With a window, it is the first
// that counts of one, and due tells whether rates may be reckoned; they are counted from this moment on then.
func (t *tally) ready(moment int64, window time.Duration) (ready, due bool) {
	if t.Heard != moment || t.Over {
		return false, false
	}
	if !t.complete() {
		t.Reset = t.Reset || slices.ContainsFunc(t.Parts, t.renamed)
		return false, false
	}
	if window == 0 {
		return t.Before != 0, false
	}
	if t.Anchor == 0 {
		return true, false
	}
	if moment/window.Milliseconds() == t.Anchor/window.Milliseconds() {
		return false, false
	}
	return true, !t.Reset && moment-t.Anchor <= rateGap
}

// complete tells whether all have spoken that did at the moment before.
func (t *tally) complete() bool {
	for _, parts := range t.Parts {
		for i := range parts {
			if c := &parts[i]; c.At == t.Before && c.At != t.Heard {
				return false
			}
		}
	}
	return true
}

// renamed tells whether all series of an input are missing that spoke at the moment before, and others are there: they are
// the same under other labels, and have not counted from nothing.
func (t *tally) renamed(parts []counter) bool {
	missing, fresh := false, false
	for i := range parts {
		switch c := &parts[i]; {
		case c.At == t.Heard && c.Anchor != 0:
			return false
		case c.At == t.Heard:
			fresh = true
		case c.At == t.Before:
			missing = true
		}
	}
	return missing && fresh
}

// sum adds up what was said of an input at the newest moment; false if nothing was.
func (t *tally) sum(input int) (v float64, some bool) {
	for i := range t.Parts[input] {
		if c := &t.Parts[input][i]; c.At == t.Heard {
			v, some = v+c.Value, true
		}
	}
	return v, some
}

// rate adds up the increases a second of an input's series, of those of which they are known; false if it is known of none.
func (t *tally) rate(input int) (v float64, some bool) {
	for i := range t.Parts[input] {
		c := &t.Parts[input][i]
		if c.At != t.Heard || c.Since >= c.At || c.At-c.Since > rateGap {
			continue
		}
		v += (c.Value - c.Anchor) * 1000 / float64(c.At-c.Since)
		some = true
	}
	return v, some
}

// begin counts from the newest moment on, and forgets what ended long ago.
func (t *tally) begin() {
	t.Anchor, t.Reset = t.Heard, false
	for input, parts := range t.Parts {
		for i := range parts {
			if c := &parts[i]; c.At == t.Heard {
				c.Anchor, c.Since = c.Value, c.At
			}
		}
		t.sweep(input)
	}
}
