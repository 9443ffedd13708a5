package queue

import (
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// Ledger counts what a consumer has given out and we have not got: held by an earlier process, or lost on the way. Until it comes again,
// after the consumer's AckWait at most, what is newer has to wait, lest it overtake.
type Ledger struct {
	// AckWait is the consumer's.
	AckWait time.Duration

	owed int
	seen uint64 // the newest delivery of the consumer, which counts them without a gap
	hold time.Time
}

// Begin starts anew with a consumer that was just opened, of whose messages we hold some.
func (l *Ledger) Begin(info *jetstream.ConsumerInfo, held int) {
	l.seen, l.owed = info.Delivered.Consumer, 0
	l.miss(info.NumAckPending - held)
}

// Take notes a message that has come; fresh: it was not here before.
func (l *Ledger) Take(meta *jetstream.MsgMetadata, fresh bool) {
	l.miss(int(meta.Sequence.Consumer) - int(l.seen) - 1) //nolint:gosec // a count of deliveries
	l.seen = meta.Sequence.Consumer
	if fresh && meta.NumDelivered > 1 {
		l.found()
	}
}

// Hold returns until when everything has to wait, zero if it has not.
func (l *Ledger) Hold() time.Time { return l.hold }

// miss has everything wait until so many more messages have come again, or must have.
func (l *Ledger) miss(n int) {
	if n <= 0 {
		return
	}
	l.owed += n
	l.hold = time.Now().Add(l.AckWait + time.Second)
}

// found notes that a message has come again which we did not have.
func (l *Ledger) found() {
	if l.owed--; l.owed <= 0 {
		l.owed, l.hold = 0, time.Time{}
	}
}
