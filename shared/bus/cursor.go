package bus

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/zap"
)

const (
	// pullBytes and pullMessages bound what the server sends ahead; it cuts a connection with 64 MB pending. Room for
	// pullMessages is allocated for each cursor: without a bound of ours it is for a million, 8 MB that every collection of
	// garbage looks through.
	pullBytes, pullMessages = 2 << 20, 4096
	// pulse is how often the server says that it still serves a cursor. Two that do not come end it.
	pulse = 5 * time.Second
	// cursorIdle is how long the server keeps a cursor whose reader has gone.
	cursorIdle = time.Minute
)

// errGap: the server has sent a message that did not come.
var errGap = errors.New("a message was lost on its way from the bus")

// cursor is a place in a stream that the server keeps for one reader. It is never mended: whatever happens to it, to its
// server or to the connection, its reader opens another one after the last message that it has. What mends itself, as
// jetstream's ordered consumer does, neither ends with a context nor notices that the stream begins anew.
type cursor struct {
	messages jetstream.MessagesContext
	n        uint64 // messages that have come
}

// openCursor opens a cursor behind the given sequence, or at the beginning of a stream that ends before that; from
// tells which. Its close must be called.
func (b *Bus) openCursor(ctx context.Context, stream string, after uint64) (c *cursor, from uint64, err error) {
	ctx, cancel := context.WithTimeout(ctx, attemptTimeout)
	defer cancel()
	if from, err = b.within(ctx, stream, after); err != nil {
		return nil, after, err
	}
	consumer, err := b.dataJS.CreateConsumer(ctx, stream, jetstream.ConsumerConfig{
		DeliverPolicy:     jetstream.DeliverByStartSequencePolicy,
		OptStartSeq:       from + 1,
		AckPolicy:         jetstream.AckNonePolicy,
		InactiveThreshold: cursorIdle,
		MemoryStorage:     true,
		Replicas:          1,
	})
	if err != nil {
		return nil, from, err
	}
	messages, err := consumer.Messages(jetstream.PullMaxMessagesWithBytesLimit(pullMessages, pullBytes), jetstream.PullHeartbeat(pulse))
	if err != nil {
		return nil, from, err
	}
	return &cursor{messages: messages}, from, nil
}

// within returns the sequence to read on after: 0 if the stream ends before that, as when its server lost what it
// had or was restored from a copy. New messages would be passed over in silence otherwise.
func (b *Bus) within(ctx context.Context, stream string, after uint64) (uint64, error) {
	s, err := b.dataJS.Stream(ctx, stream)
	if err != nil {
		return after, err
	}
	if last := s.CachedInfo().State.LastSeq; last < after {
		b.log.Error("stream ends before what was read of it, reading it from its beginning",
			zap.String("stream", stream), zap.Uint64("after", after), zap.Uint64("last", last))
		return 0, nil
	}
	return after, nil
}

// next waits for the next message. After an error, ctx's included, the cursor is of no more use.
func (c *cursor) next(ctx context.Context) (jetstream.Msg, *jetstream.MsgMetadata, error) {
	raw, err := c.messages.Next(jetstream.NextContext(ctx))
	if err != nil {
		return nil, nil, errors.Join(err, context.Cause(ctx))
	}
	meta, err := raw.Metadata()
	if err != nil {
		return nil, nil, fmt.Errorf("message without metadata: %w", err)
	}
	if c.n++; meta.Sequence.Consumer != c.n {
		return nil, nil, errGap
	}
	return raw, meta, nil
}

// close gives the cursor up.
func (c *cursor) close() { c.messages.Stop() }
