package delivery

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/forewarn/forewarn/shared/incident"
)

const (
	// gather is how long what is too much for one message each waits for more of it, before the first that puts it together.
	gather = 10 * time.Second
	// soon is the longest that critical incidents wait for a message that puts them together.
	soon = time.Minute
	// late is from what age on of several deliveries of one incident only the newest is told: the channel was away.
	late = time.Minute
	// flushAt is the largest number of held messages that wait for the end of an interval: the queue behind them has its bounds, too.
	flushAt = 2048

	defaultInterval = 5 * time.Minute
	defaultLimit    = 5
)

// class is what deliveries must have in common to share a message: the group, whom they are for, and whether they are critical, lest
// these wait for others.
type class struct {
	key, to  string
	critical bool
}

// audience is c without its group.
func (c class) audience() class { return class{to: c.to, critical: c.critical} }

// classOf returns the class of a lane, which is that of the newest delivery; what was critical is so to the end.
func classOf(l *lane) class {
	d := l.newest().delivery
	return class{
		key: group(d).Key, to: strings.Join(d.To, " "),
		critical: slices.ContainsFunc(l.items, func(it *item) bool { return it.delivery.critical() }),
	}
}

// group returns the group of a delivery, of one that was queued before there were groups its outermost entity.
func group(d *Delivery) incident.Group {
	var g incident.Group
	if d.Group != nil {
		g = *d.Group
	} else {
		g.Key, g.Title = d.Incident.Entity.Root, d.Incident.Entity.Name
	}
	g.Interval, g.Limit = cmp.Or(g.Interval, defaultInterval), cmp.Or(g.Limit, defaultLimit)
	return g
}

// crowd puts deliveries together when there are many. Of a class, so many are told one by one in an interval as its limit says; then the
// rest waits for the end of the interval, and is told together. What is more than the channel may send in a minute is told together
// whatever its group. It is pure but for what it remembers of what was sent.
type crowd struct {
	perMinute int
	windows   map[class]*window
	// flushAt is how many held messages are told together whatever was told before.
	flushAt int
}

// window is what was sent of a class in an interval.
type window struct {
	ends time.Time
	sent int
	full bool // the rest waits
}

func newCrowd(perMinute int) *crowd {
	return &crowd{perMinute: perMinute, windows: map[class]*window{}, flushAt: flushAt}
}

// bound has messages told together before they fill a queue which takes so many, 0 for any number.
func (c *crowd) bound(room int64) {
	c.flushAt = flushAt
	if room > 0 {
		c.flushAt = int(min(flushAt, max(room/3, 1)))
	}
}

// waiting are the lanes of a class that could be sent now but for the crowd.
type waiting struct {
	lanes  []*lane
	group  incident.Group
	oldest time.Time
}

func (w *waiting) add(l *lane) {
	w.lanes = append(w.lanes, l)
	w.group = group(l.newest().delivery)
	if at := l.items[0].queued; w.oldest.IsZero() || at.Before(w.oldest) {
		w.oldest = at
	}
}

// head returns what to send now, of lanes that are ready, or when to look again.
func (c *crowd) head(now time.Time, ready []*lane, held int) (best *batch, wake time.Time) {
	take := func(b *batch) {
		if best == nil || b.before(best) {
			best = b
		}
	}
	classes, audiences := map[class]*waiting{}, map[class]*waiting{}
	for _, l := range ready {
		if l.items[0].delivery.apart() {
			take(single(l))
			continue
		}
		for _, in := range []struct {
			all map[class]*waiting
			key class
		}{{classes, l.class}, {audiences, l.class.audience()}} {
			if in.all[in.key] == nil {
				in.all[in.key] = &waiting{}
			}
			in.all[in.key].add(l)
		}
	}
	if held >= c.flushAt {
		if b := flush(audiences); b != nil {
			return b, time.Time{}
		}
	}
	crowded := map[class]bool{}
	for key, w := range audiences {
		if b, due := c.together(now, key, w); b != nil {
			take(b)
		} else if crowded[key] = !due.IsZero(); crowded[key] {
			wake = sooner(wake, due)
		}
	}
	for key, w := range classes {
		if crowded[key.audience()] {
			continue
		}
		if b, due := c.apart(now, key, w); b != nil {
			take(b)
		} else {
			wake = sooner(wake, due)
		}
	}
	return best, wake
}

// flush returns all that waits for the same people, of those for whom most does; nil if each waits alone.
func flush(audiences map[class]*waiting) *batch {
	var most *waiting
	for _, w := range audiences {
		if most == nil || len(w.lanes) > len(most.lanes) {
			most = w
		}
	}
	if most == nil || len(most.lanes) < 2 {
		return nil
	}
	b := whole(ofChannel, most.lanes...)
	b.urgent = true
	return b
}

// together returns all that waits for the same people as one batch if it is too much for one message each, or when it will be.
func (c *crowd) together(now time.Time, key class, w *waiting) (*batch, time.Time) {
	storm := c.full(key, now)
	if storm == nil && len(w.lanes) <= c.perMinute {
		return nil, time.Time{}
	}
	due := w.oldest.Add(gather)
	if storm != nil {
		due = storm.ends
	}
	if due.After(now) {
		return nil, due
	}
	if len(w.lanes) == 1 {
		return nil, time.Time{}
	}
	return whole(ofChannel, w.lanes...), time.Time{}
}

// apart returns what is to be sent of one class: an incident, or all if there are more than the limit.
func (c *crowd) apart(now time.Time, key class, w *waiting) (*batch, time.Time) {
	due := now
	switch win := c.windows[key]; {
	case win == nil || !win.ends.After(now):
		due = w.oldest.Add(w.group.Wait)
	case win.full || win.sent >= w.group.Limit:
		due = win.ends
	}
	if due.After(now) {
		return nil, due
	}
	if len(w.lanes) > w.group.Limit {
		return whole(ofGroup, w.lanes...), time.Time{}
	}
	oldest := slices.MinFunc(w.lanes, func(a, b *lane) int { return cmp.Compare(a.items[0].seq, b.items[0].seq) })
	if len(oldest.items) > 1 && now.Sub(oldest.items[0].queued) >= late {
		return whole(ofOne, oldest), time.Time{}
	}
	return single(oldest), time.Time{}
}

// full returns the window of a class in which the rest waits, nil if there is none.
func (c *crowd) full(key class, now time.Time) *window {
	if w := c.windows[key]; w != nil && w.full && w.ends.After(now) {
		return w
	}
	return nil
}

// sent notes that a batch has been.
func (c *crowd) sent(b *batch, now time.Time) {
	for key, w := range c.windows {
		if !w.ends.After(now) {
			delete(c.windows, key)
		}
	}
	interval := group(b.items[len(b.items)-1].delivery).Interval
	if b.class.critical {
		interval = min(interval, soon)
	}
	note := func(key class, full bool) {
		w := c.windows[key]
		if w == nil || full {
			w = &window{ends: now.Add(interval)}
			c.windows[key] = w
		}
		w.sent++
		w.full = full
	}
	switch b.scope {
	case ofChannel:
		note(b.class.audience(), true)
	case ofGroup:
		note(b.class, true)
	default:
		note(b.class, false)
	}
}
