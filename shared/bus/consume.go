package bus

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/zap"
)

const (
	// pullBytes bounds what the server sends ahead; it cuts a connection with 64 MB pending.
	pullBytes = 2 << 20
	// consumerIdle is how long the server keeps a cursor whose reader has gone.
	consumerIdle = time.Minute
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
		last, err := b.follow(ctx, stream, after, out)
		if last != after {
			after, failures = last, 0
		}
		if ctx.Err() != nil {
			return
		}
		b.metrics.retries.Inc()
		if failures > 3 && time.Since(complained) > complainEvery {
			complained = time.Now()
			b.log.Warn("stream cannot be read, trying again", zap.String("stream", stream), zap.Uint64("after", after), zap.Error(err))
		}
		sleep(ctx, backoff(failures+1))
	}
}

// follow reads with one ordered consumer until it fails; it returns the last sequence that was sent on.
func (b *Bus) follow(ctx context.Context, stream string, after uint64, out chan<- Message) (last uint64, err error) {
	opening, cancel := context.WithTimeout(ctx, attemptTimeout)
	defer cancel()
	if after, err = b.within(opening, stream, after); err != nil {
		return after, err
	}
	consumer, err := b.dataJS.OrderedConsumer(opening, stream, jetstream.OrderedConsumerConfig{
		DeliverPolicy:     jetstream.DeliverByStartSequencePolicy,
		OptStartSeq:       after + 1,
		InactiveThreshold: consumerIdle,
		MaxResetAttempts:  3,
	})
	if err != nil {
		return after, err
	}
	messages, err := consumer.Messages(jetstream.PullMaxBytes(pullBytes))
	if err != nil {
		return after, err
	}
	defer messages.Stop()
	for {
		raw, err := messages.Next(jetstream.NextContext(ctx))
		if err != nil {
			return after, err
		}
		m, err := b.describe(raw)
		if err != nil {
			return after, err
		}
		if m.Seq <= after {
			continue
		}
		select {
		case out <- m:
			after = m.Seq
		case <-ctx.Done():
			return after, ctx.Err()
		}
	}
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

// describe reads a message's metadata.
func (b *Bus) describe(raw jetstream.Msg) (Message, error) {
	meta, err := raw.Metadata()
	if err != nil {
		return Message{}, errors.Join(errors.New("message without metadata"), err)
	}
	h := raw.Headers()
	return Message{
		Seq: meta.Sequence.Stream, Time: b.dateOf(h, meta.Timestamp), Subject: raw.Subject(),
		Tick: strings.HasSuffix(raw.Subject(), ".tick"),
		ID:   h.Get(jetstream.MsgIDHeader), Source: h.Get(HeaderSource), Data: raw.Data(),
	}, nil
}
