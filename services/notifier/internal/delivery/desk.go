package delivery

import (
	"slices"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// item is one message of the queue in our hands.
type item struct {
	msg      jetstream.Msg // the newest handle, which the desk's goroutine alone uses
	data     []byte        // what it carries, for the attempt under way
	seq      uint64
	queued   time.Time
	delivery *Delivery
	attempts int
}

// lane holds the deliveries of one incident in their order. What is before the others is tried first.
type lane struct {
	items []*item
	next  time.Time // not before
	class class
}

func (l *lane) newest() *item { return l.items[len(l.items)-1] }

// desk holds what is to be delivered, a lane per incident. It is used by one goroutine.
type desk struct {
	lanes map[string]*lane
	size  int
	// until is when the peer lets the whole channel send again, hold until when older messages may still come.
	until, hold time.Time
	crowd       *crowd // nil: each is told by itself
}

func newDesk() *desk { return &desk{lanes: map[string]*lane{}} }

// add puts it into its lane, in the order of the stream, and returns true. A message that is here already, because
// the queue gave it out again, only brings its newer handle.
func (d *desk) add(it *item) bool {
	id := it.delivery.topic()
	l := d.lanes[id]
	if l == nil {
		l = &lane{}
		d.lanes[id] = l
	}
	k, there := slices.BinarySearchFunc(l.items, it.seq, func(x *item, seq uint64) int {
		switch {
		case x.seq < seq:
			return -1
		case x.seq > seq:
			return 1
		}
		return 0
	})
	if there {
		l.items[k].msg = it.msg
		return false
	}
	l.items = slices.Insert(l.items, k, it)
	l.class = classOf(l)
	d.size++
	return true
}

// remove takes it out of its lane, which may go on at once.
func (d *desk) remove(it *item) {
	id := it.delivery.topic()
	l := d.lanes[id]
	l.items = slices.DeleteFunc(l.items, func(x *item) bool { return x == it })
	l.next = time.Time{}
	d.size--
	if len(l.items) == 0 {
		delete(d.lanes, id)
		return
	}
	l.class = classOf(l)
}

// postpone lets the lane of it wait.
func (d *desk) postpone(it *item, until time.Time) {
	if l := d.lanes[it.delivery.topic()]; l != nil {
		l.next = until
	}
}

// head returns what to deliver now: critical first, then the oldest. If there is nothing, wake is when to
// look again, zero if only a new message changes that.
func (d *desk) head(now time.Time) (best *batch, wake time.Time) {
	var ready []*lane
	for _, l := range d.lanes {
		due := latest(l.next, d.until, d.hold)
		if due.After(now) {
			wake = sooner(wake, due)
			continue
		}
		ready = append(ready, l)
	}
	if d.crowd != nil {
		best, due := d.crowd.head(now, ready, d.size)
		return best, sooner(wake, due)
	}
	for _, l := range ready {
		if b := single(l); best == nil || b.before(best) {
			best = b
		}
	}
	return best, wake
}

// each calls f with every item.
func (d *desk) each(f func(*item)) {
	for _, l := range d.lanes {
		for _, it := range l.items {
			f(it)
		}
	}
}

func latest(times ...time.Time) (out time.Time) {
	for _, t := range times {
		if t.After(out) {
			out = t
		}
	}
	return out
}

// sooner returns the earlier of two times, of which a zero one is never.
func sooner(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}
