package calendar

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// fillCloses marks the days of every close.
func (c *Calendar) fillCloses(b books) error {
	f := b.fiscal
	if f == nil {
		f = &fiscal{firstMon: time.January}
	}
	anchors := c.anchors(f)
	err := moveAnchors(anchors, b.closings)
	for _, p := range anchors {
		if i, ok := p.end.index(); ok {
			c.addClose(i, p.kind)
		}
	}
	c.closes = slices.DeleteFunc(c.closes, func(w window) bool { return w.first > w.last })
	if f.period13 > 0 {
		c.fillPeriod13(f.period13)
	}
	for i, d := range c.days {
		if d.Close > Period13 && d.Working() {
			c.days[i].Class = MonthEnd
		}
	}
	return err
}

// anchors returns the periods with their ends moved to the day of offset 0.
func (c *Calendar) anchors(f *fiscal) []period {
	out := f.periods()
	before := firstDate - 1
	for k, p := range out {
		if i, ok := p.end.index(); ok {
			out[k].end = firstDate + date(c.anchor(i, before, f.late))
		}
		before = p.end
	}
	return out
}

// anchor returns the day of offset 0 of the period that ends on day i, after the date before: its last working day. A
// period without any is closed on its last day.
func (c *Calendar) anchor(i int, before date, late bool) int {
	if late {
		return toNext.from(c.days, i)
	}
	if j := toPrevious.from(c.days, i); firstDate+date(j) > before {
		return j
	}
	return i
}

// moveAnchors lets each closing day of the user take the place of the nearest close of its kind.
func moveAnchors(anchors []period, closings []closing) error {
	var errs []error
	planned := slices.Clone(anchors)
	taken := map[int]date{}
	for _, cl := range closings {
		best := -1
		for k, p := range planned {
			if (cl.kind == NoClose || p.kind >= cl.kind) && (best < 0 || abs(p.end-cl.on) < abs(planned[best].end-cl.on)) {
				best = k
			}
		}
		if other, ok := taken[best]; ok && other != cl.on {
			errs = append(errs, fmt.Errorf("closings: %v and %v both move the %v of %v; keep one of them, or say which close each is by its key close",
				other, cl.on, planned[best].kind, planned[best].end))
			continue
		}
		taken[best] = cl.on
		anchors[best].end = cl.on
	}
	slices.SortStableFunc(anchors, func(a, b period) int { return int(a.end - b.end) })
	return errors.Join(errs...)
}

func abs(d date) date { return max(d, -d) }

// addClose marks the days around an anchor. Where two closes meet, a day belongs to the one that it is nearer to.
func (c *Calendar) addClose(anchor int, kind Close) {
	w := window{first: c.reach(anchor, -daysBefore), last: c.reach(anchor, daysAfter), anchor: anchor, kind: kind}
	if n := len(c.closes); n > 0 {
		previous := &c.closes[n-1]
		w.first = max(w.first, previous.first)
		for w.first <= previous.last && distance(c.days[w.first].Offset) < distance(c.offset(w.first, anchor)) {
			w.first++
		}
		previous.last = min(previous.last, w.first-1)
	}
	for i := w.first; i <= w.last; i++ {
		c.days[i].Close, c.days[i].Offset = kind, c.offset(i, anchor)
	}
	c.closes = append(c.closes, w)
}

func distance(offset int8) int8 { return max(offset, -offset) }

// offset counts the working days from the anchor to day i; a day off has that of the working day before it.
func (c *Calendar) offset(i, anchor int) int8 {
	n := c.worked[i] - c.worked[anchor]
	if !c.days[i].Working() && i != anchor {
		n--
	}
	if i > anchor && !c.days[anchor].Working() {
		n++ // the anchor counts as one
	}
	return int8(n)
}

// reach returns the day that is n working days after day i, or before it; at most the edge of the table.
func (c *Calendar) reach(i, n int) int {
	step := 1
	if n < 0 {
		step, n = -1, -n
	}
	last := i
	for j := i + step; n > 0 && j >= 0 && j < len(c.days); j += step {
		if c.days[j].Working() {
			last, n = j, n-1
		}
	}
	return last
}

// fillPeriod13 marks the working days after each year end that belong to no close.
func (c *Calendar) fillPeriod13(workdays int) {
	for _, w := range c.closes {
		if w.kind != YearClose {
			continue
		}
		for i := w.last + 1; i <= c.reach(w.anchor, workdays); i++ {
			if c.days[i].Close == NoClose {
				c.days[i].Close, c.days[i].Offset = Period13, c.offset(i, w.anchor)
			}
		}
	}
}
