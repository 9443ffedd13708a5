// Package queue reads a durable consumer of the bus for as long as the service runs, whatever becomes of the consumer.
//
// What it guarantees: [Reader.Follow] ends without an error only when its context has. A consumer that an operator
// deleted is made again, a bus that is away or slow is waited for, and what keeps it is said.
package queue

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/zap"

	"github.com/forewarn/forewarn/shared/pause"
)

const (
	// expiry is how long a fetch waits for messages; a consumer that is gone is noticed by then.
	expiry = 10 * time.Second
	// attempt bounds one request to make the consumer.
	attempt = 10 * time.Second
	// first and last bound the wait between two such requests.
	first, last = 100 * time.Millisecond, 10 * time.Second
	// returning is how long to wait for what was fetched ahead, which is here already unless the bus is away.
	returning = 200 * time.Millisecond
	// quiet is how many requests may fail before people are told.
	quiet = 2
)

// Reader reads one consumer.
type Reader struct {
	JS     jetstream.JetStream
	Stream string
	Config jetstream.ConsumerConfig
	// Ahead is how many messages are fetched ahead.
	Ahead  int
	Logger *zap.Logger
	// Trouble is told what is the matter when the consumer cannot be made, "" when it could be again.
	Trouble func(text string)
}

// Follow calls opened each time that it has made or found the consumer, and handle with each message. It returns
// nil when ctx ends, and an error when the connection to the bus is closed for good. What handle does not
// acknowledge comes again.
func (r *Reader) Follow(ctx context.Context, opened func(jetstream.Consumer), handle func(jetstream.Msg)) error {
	for failures := 0; ; failures++ {
		err := r.follow(ctx, func(c jetstream.Consumer) {
			if failures > quiet {
				r.Trouble("")
			}
			failures = 0
			opened(c)
		}, handle)
		switch {
		case ctx.Err() != nil:
			return nil //nolint:nilerr // how it ended says nothing then
		case errors.Is(err, nats.ErrConnectionClosed) || errors.Is(err, jetstream.ErrConnectionClosed):
			return fmt.Errorf("read stream %q by consumer %q: %w", r.Stream, r.Config.Durable, err)
		}
		if failures%10 == 0 {
			r.Logger.Warn("consumer ended, opening it again",
				zap.String("stream", r.Stream), zap.String("consumer", r.Config.Durable), zap.Int("failures", failures), zap.Error(err))
		}
		if failures == quiet {
			r.Trouble(fmt.Sprintf("consumer %s of stream %s cannot be opened (%v); look at the bus, work goes on by itself when it can be",
				r.Config.Durable, r.Stream, err))
		}
		pause.For(ctx, min(first<<min(failures, 10), last))
	}
}

// follow opens the consumer and reads it until that fails or ctx ends.
func (r *Reader) follow(ctx context.Context, opened func(jetstream.Consumer), handle func(jetstream.Msg)) error {
	cons, err := r.open(ctx)
	if err != nil {
		return err
	}
	msgs, err := cons.Messages(jetstream.PullMaxMessages(r.Ahead), jetstream.PullExpiry(expiry))
	if err != nil {
		return err
	}
	defer giveBack(msgs)
	opened(cons)
	for {
		msg, err := msgs.Next(jetstream.NextContext(ctx)) // a missed heartbeat is an error: the consumer may be gone
		if err != nil {
			return err
		}
		if ctx.Err() != nil {
			msg.Nak() //nolint:errcheck // it comes again after AckWait otherwise
			return nil
		}
		handle(msg)
	}
}

// giveBack ends the reading and returns what was fetched ahead: it comes again at once then, and not after AckWait
// behind newer messages.
func giveBack(msgs jetstream.MessagesContext) {
	msgs.Drain()
	for {
		msg, err := msgs.Next(jetstream.NextMaxWait(returning))
		if err != nil {
			return
		}
		msg.Nak() //nolint:errcheck // it comes again after AckWait otherwise
	}
}

func (r *Reader) open(ctx context.Context) (jetstream.Consumer, error) {
	ctx, cancel := context.WithTimeout(ctx, attempt)
	defer cancel()
	return r.JS.CreateOrUpdateConsumer(ctx, r.Stream, r.Config)
}
