package queue_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/goleak"
	"go.uber.org/zap"

	"github.com/forewarn/forewarn/services/notifier/internal/queue"
	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/bustest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// follower counts what a reader does.
type follower struct {
	opened, handled, told atomic.Int64
	ended                 chan error
}

func follow(ctx context.Context, b *bus.Bus) *follower {
	f := &follower{ended: make(chan error, 1)}
	r := &queue.Reader{
		JS: b.JetStream(), Stream: bus.StreamFindings, Ahead: 1, Logger: zap.NewNop(),
		Config:  jetstream.ConsumerConfig{Durable: "x", AckPolicy: jetstream.AckExplicitPolicy},
		Trouble: func(text string) { f.told.Add(int64(min(len(text), 1))) },
	}
	go func() {
		f.ended <- r.Follow(ctx, func(jetstream.Consumer) { f.opened.Add(1) }, func(m jetstream.Msg) {
			if m.Ack() == nil {
				f.handled.Add(1)
			}
		})
	}()
	return f
}

func publish(t *testing.T, b *bus.Bus) {
	t.Helper()
	if _, err := b.JetStream().Publish(t.Context(), "find.x.00", []byte("x")); err != nil {
		t.Fatal(err)
	}
}

// TestDeletedConsumer: it is made again and reads on, and Follow ends with its context only.
func TestDeletedConsumer(t *testing.T) {
	b := bustest.New(t)
	ctx, cancel := context.WithCancel(t.Context())
	f := follow(ctx, b)
	publish(t, b)
	bustest.Until(t, time.Minute, "first message", func() bool { return f.handled.Load() == 1 })
	if err := b.JetStream().DeleteConsumer(t.Context(), bus.StreamFindings, "x"); err != nil {
		t.Fatal(err)
	}
	publish(t, b)
	bustest.Until(t, time.Minute, "repeat of the first and the second", func() bool { return f.handled.Load() == 3 })
	cancel()
	if err := <-f.ended; err != nil || f.opened.Load() != 2 {
		t.Errorf("ended with %v, opened %d times", err, f.opened.Load())
	}
}

// TestStreamAway: a start that the bus refuses is tried again, and said.
func TestStreamAway(t *testing.T) {
	b := bustest.New(t)
	stream, err := b.JetStream().Stream(t.Context(), bus.StreamFindings)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.JetStream().DeleteStream(t.Context(), bus.StreamFindings); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	f := follow(ctx, b)
	bustest.Until(t, time.Minute, "word of it", func() bool { return f.told.Load() == 1 })
	if _, err := b.JetStream().CreateStream(t.Context(), stream.CachedInfo().Config); err != nil {
		t.Fatal(err)
	}
	publish(t, b)
	bustest.Until(t, time.Minute, "message", func() bool { return f.handled.Load() == 1 })
	cancel()
	if err := <-f.ended; err != nil {
		t.Error(err)
	}
}

// TestClosedBus: nothing can be read any more, and that is an error.
func TestClosedBus(t *testing.T) {
	b := bustest.New(t)
	f := follow(t.Context(), b)
	bustest.Until(t, time.Minute, "consumer", func() bool { return f.opened.Load() == 1 })
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-f.ended; err == nil {
		t.Error("ended as if told to")
	}
}
