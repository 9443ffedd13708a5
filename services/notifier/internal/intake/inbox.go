package intake

import (
	"context"
	"slices"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/forewarn/forewarn/services/notifier/internal/queue"
)

const (
	ackWait = 10 * time.Second
	// upkeep is how often the stream is told that we still hold what we hold.
	upkeep = 3 * time.Second
	// ahead is how many findings are read ahead, and applied together at most.
	ahead = 64
)

// inbox holds findings in the order of the stream until they are applied, and those that an earlier process has not applied before all others.
// It is used by one goroutine, but for what [queue.Reader.Follow] hands over.
type inbox struct {
	opened chan *jetstream.ConsumerInfo
	in     chan jetstream.Msg
	ledger queue.Ledger
	held   []letter
}

// letter is a message in its place on the stream.
type letter struct {
	jetstream.Msg
	seq uint64
}

func newInbox() *inbox {
	return &inbox{opened: make(chan *jetstream.ConsumerInfo), in: make(chan jetstream.Msg, ahead), ledger: queue.Ledger{AckWait: ackWait}}
}

// feed fills the inbox until ctx ends.
func (b *inbox) feed(ctx context.Context, r *queue.Reader) error {
	opened := func(c jetstream.Consumer) {
		select {
		case b.opened <- c.CachedInfo():
		case <-ctx.Done():
		}
	}
	return r.Follow(ctx, opened, func(msg jetstream.Msg) {
		select {
		case b.in <- msg:
		case <-ctx.Done():
			msg.Nak() //nolint:errcheck // it comes again after ackWait otherwise
		}
	})
}

// take puts a message into its place, and those that are here already.
func (b *inbox) take(msg jetstream.Msg) {
	b.put(msg)
	b.drain()
}

// drain takes what is here, as far as there is room.
func (b *inbox) drain() {
	for len(b.held) < ahead {
		select {
		case msg := <-b.in:
			b.put(msg)
		default:
			return
		}
	}
}

// put puts a message into its place. One that is here already, because the stream gave it out again, only brings its newer handle.
func (b *inbox) put(msg jetstream.Msg) {
	meta, err := msg.Metadata()
	if err != nil {
		return
	}
	k, there := slices.BinarySearchFunc(b.held, meta.Sequence.Stream, func(l letter, seq uint64) int {
		switch {
		case l.seq < seq:
			return -1
		case l.seq > seq:
			return 1
		}
		return 0
	})
	if there {
		b.held[k].Msg = msg
	} else {
		b.held = slices.Insert(b.held, k, letter{msg, meta.Sequence.Stream})
	}
	b.ledger.Take(meta, !there)
}

// begin starts anew with a consumer that was just opened.
func (b *inbox) begin(info *jetstream.ConsumerInfo) {
	b.drain()
	b.ledger.Begin(info, len(b.held)+len(b.in))
}

// ready reports whether what is held is all that comes before what is not.
func (b *inbox) ready(now time.Time) bool { return len(b.held) > 0 && !b.ledger.Hold().After(now) }

// settled removes the first ones.
func (b *inbox) settled(n int) { b.held = slices.Delete(b.held, 0, n) }

// keep tells the stream that we still hold what we hold.
func (b *inbox) keep() {
	for _, l := range b.held {
		l.InProgress() //nolint:errcheck // told again soon
	}
}

// giveBack returns what is held, so that it comes again at once.
func (b *inbox) giveBack() {
	for _, l := range b.held {
		l.Nak() //nolint:errcheck // it comes again after ackWait otherwise
	}
	for {
		select {
		case msg := <-b.in:
			msg.Nak() //nolint:errcheck // as above
		default:
			return
		}
	}
}
