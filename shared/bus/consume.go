package bus

import (
	"context"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/zap"

	"github.com/forewarn/forewarn/shared/pause"
)

// Message is one message of a stream.
type Message struct {
	// Seq is its place in the stream, from 1.
	Seq uint64
	// Time is when the bus stored it (see also Settings.Clock): what "now" is for a worker, the same at every replay. For a Processor it
	// does not go back when the server's clock does, unless that was far ahead and has been corrected (G17).
	Time time.Time
	// Tick tells that it only says that time has passed; it has no Data.
	Tick bool
	// Subject it was published on.
	Subject string
	// ID is its Nats-Msg-Id: <publisher>:<boot>:<n> for a batch.
	ID string
	// Source is where a batch comes from.
	Source string
	// Data is valid only during the call that it is given to.
	Data []byte
}

// Sender returns the service whose worker said a message of kind Fleet, "" for any other message.
func (m *Message) Sender() string {
	if part := strings.Split(m.Subject, "."); len(part) == 4 && part[0] == Fleet.token() {
		return part[2]
	}
	return ""
}

// Consume calls handle for each message of a stream after the given sequence, in order, and goes on with new
// ones as they come, through reconnects. It returns nil when ctx ends, and handle's error if it has one.
func (b *Bus) Consume(ctx context.Context, stream string, after uint64, handle func(Message) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	in := make(chan Message)
	done := make(chan struct{})
	go func() { defer close(done); b.feed(ctx, stream, after, in) }()
	defer func() { cancel(); <-done }()
	for {
		select {
		case <-ctx.Done():
			return nil
		case m := <-in:
			if err := handle(m); err != nil {
				return err
			}
		}
	}
}

// feed sends the messages after the given sequence to out, without repeats, until ctx ends.
func (b *Bus) feed(ctx context.Context, stream string, after uint64, out chan<- Message) {
	var complained time.Time
	for failures := 1; ctx.Err() == nil; failures++ {
		began := time.Now()
		last, err := b.follow(ctx, stream, after, out)
		if last != after || time.Since(began) > complainEvery {
			after, failures = last, 0 // it worked for a while
		}
		if ctx.Err() != nil {
			return
		}
		b.metrics.retries.Inc()
		if failures > 3 && time.Since(complained) > complainEvery {
			complained = time.Now()
			b.log.Warn("stream cannot be read, trying again", zap.String("stream", stream), zap.Uint64("after", after), zap.Error(err))
		}
		pause.For(ctx, backoff(failures+1))
	}
}

// follow reads with one cursor until that fails; it returns the last sequence that was sent on.
func (b *Bus) follow(ctx context.Context, stream string, after uint64, out chan<- Message) (last uint64, err error) {
	ctx, stop := b.breaks.watch(ctx)
	defer stop()
	c, after, err := b.openCursor(ctx, stream, after)
	if err != nil {
		return after, err
	}
	defer c.close()
	for {
		raw, meta, err := c.next(ctx)
		if err != nil {
			return after, err
		}
		select {
		case out <- b.describe(raw, meta):
			after = meta.Sequence.Stream
		case <-ctx.Done():
			return after, context.Cause(ctx)
		}
	}
}

// describe returns a message as its readers see it.
func (b *Bus) describe(raw jetstream.Msg, meta *jetstream.MsgMetadata) Message {
	h := raw.Headers()
	return Message{
		Seq: meta.Sequence.Stream, Time: b.dateOf(h, meta.Timestamp), Subject: raw.Subject(),
		Tick: strings.HasSuffix(raw.Subject(), ".tick"),
		ID:   h.Get(jetstream.MsgIDHeader), Source: h.Get(HeaderSource), Data: raw.Data(),
	}
}
