package bus

import (
	"context"
	"fmt"
	"strconv"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nuid"
)

// MaxTogether is how many messages a server stores together at most.
const MaxTogether = 1000

// Headers of an atomic batch (NATS ADR-50), for which the client has no words of its own.
const (
	headerBatch    = "Nats-Batch-Id"
	headerBatchSeq = "Nats-Batch-Sequence"
	headerCommit   = "Nats-Batch-Commit"
)

// PublishTogether stores messages of one stream, at most [MaxTogether]: all of them, in their order and with nothing in between, or none. It
// returns when they are safe, which costs one sync of the disk and not one for each. The stream is one of the topology that
// takes batches: that of [BucketIncident], [StreamIncidents] and [StreamNotify]. A message whose expected sequence or message id the
// server does not accept has all of them refused, so who gets an error sends them one by one. After a time-out they may be stored.
func PublishTogether(ctx context.Context, js jetstream.JetStream, msgs []*nats.Msg) error {
	if len(msgs) == 0 {
		return nil
	}
	last := len(msgs) - 1
	if last > 0 {
		batch := nuid.Next()
		for k, msg := range msgs {
			if msg.Header == nil {
				msg.Header = nats.Header{}
			}
			msg.Header.Set(headerBatch, batch)
			msg.Header.Set(headerBatchSeq, strconv.Itoa(k+1))
		}
		msgs[last].Header.Set(headerCommit, "1")
	}
	for _, msg := range msgs[:last] {
		if err := js.Conn().PublishMsg(msg); err != nil {
			return fmt.Errorf("publish %d messages together: %w", len(msgs), err)
		}
	}
	if _, err := js.PublishMsg(ctx, msgs[last]); err != nil {
		return fmt.Errorf("publish %d messages together: %w", len(msgs), err)
	}
	return nil
}
