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
	missed   string // what [Sent.Missed] said
}

// lane holds the deliveries of one incident in their order. Only the first is tried.
type lane struct {
	items []*item
	next  time.Time // not before
}

// desk holds what is to be delivered, a lane per incident. It is used by one goroutine.
type desk struct {
	lanes map[string]*lane
	size  int
	// until is when the peer lets the whole channel send again, hold until when older messages may still come.
	until, hold time.Time
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
	}
}

// postpone lets the lane of it wait.
func (d *desk) postpone(it *item, until time.Time) {
	d.lanes[it.delivery.topic()].next = until
}

// head returns what to deliver now: critical first, then the oldest. If there is nothing, wake is when to
// look again, zero if only a new message changes that.
func (d *desk) head(now time.Time) (best *item, wake time.Time) {
	for _, l := range d.lanes {
		it, due := l.items[0], l.next
		for _, t := range []time.Time{d.until, d.hold} {
			if due.Before(t) {
				due = t
			}
		}
		switch {
		case due.After(now):
			if wake.IsZero() || due.Before(wake) {
				wake = due
			}
		case best == nil || before(it, best):
			best = it
		}
	}
	return best, wake
}

func before(a, b *item) bool {
	if a.delivery.critical() != b.delivery.critical() {
		return a.delivery.critical()
	}
	return a.seq < b.seq
}

// each calls f with every item.
func (d *desk) each(f func(*item)) {
	for _, l := range d.lanes {
		for _, it := range l.items {
			f(it)
		}
	}
}
