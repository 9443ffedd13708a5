// Package timer does things when their time has come, and forgets none: JetStream keeps the schedule, over restarts of the service
// and of the server.
//
// What it guarantees, for the timers of one kind:
//
//  1. [Timers.Set] returns when the timer is safe on the bus. It replaces the one of the same key.
//  2. [User.Fire] is called at the time or soon after, by one of the processes that run, until it has returned nil once. After a crash in
//     between, or beside a timer that was set again at that moment, it is called once more: it looks at what the timer is about
//     anew, and does nothing if that is done.
//  3. [User.Sweep] is called when a process begins, and every minute: what should have a timer and has none gets one.
//
// A small use:
//
//	t := timer.New(b, "silence", log)
//	err := t.Set(ctx, silence.ID, silence.Ends, nil)
//	g.Go(func() error { return t.Run(ctx, silences) })
package timer

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/zap"

	"github.com/forewarn/forewarn/services/notifier/internal/queue"
	"github.com/forewarn/forewarn/shared/bus"
)

const (
	// ackWait is after how long a timer fires again whose process has died in between.
	ackWait = time.Second
	// again and most bound the wait of one that could not be served.
	again, most = 100 * time.Millisecond, 10 * time.Second
	// sweepEvery is how long a timer can be lost.
	sweepEvery = time.Minute
)

// User is who has timers of one kind.
type User interface {
	// Fire does what is due. After an error it is called again with the same, 100 ms later at first and every 10 s at last.
	Fire(ctx context.Context, due Due) error
	// Sweep sets what should be set and is not among pending, which are those that wait, and those that are being served.
	Sweep(ctx context.Context, pending map[string]bool) error
}

// Due is a timer whose time has come.
type Due struct {
	// Key and Payload are those that it was set with.
	Key     string
	Payload []byte
}

// Timers are those of one kind. It is safe for concurrent use.
type Timers struct {
	bus  *bus.Bus
	kind string
	log  *zap.Logger
	// Parallel is how many timers are served at once; 0 is one after the other. With more, Fire is called from several goroutines.
	Parallel int
	// Trouble is told what is the matter when timers cannot be read, "" when they can again; nil tells nobody.
	Trouble func(text string)
}

// New returns the timers of a kind, such as "reminder": letters, digits and dashes.
func New(b *bus.Bus, kind string, log *zap.Logger) *Timers {
	return &Timers{bus: b, kind: kind, log: log.With(zap.String("timer", kind)), Trouble: func(string) {}}
}

// name is what can be a key: one token of a subject.
var name = regexp.MustCompile(`^[A-Za-z0-9_-]{1,128}$`)

// Set has the timer of a key fire at a time, at once if that is over, with a payload of at most some kilobytes. It takes the place of
// the one that was set before. The key is of letters, digits, dashes and underscores.
func (t *Timers) Set(ctx context.Context, key string, at time.Time, payload []byte) error {
	if !name.MatchString(key) {
		return fmt.Errorf("timer %s: key %q is not 1 to 128 letters, digits, - and _", t.kind, key)
	}
	msg := nats.NewMsg(t.subject("set", key))
	msg.Data = payload
	// The client's own option cuts the time to the second, which would be early.
	msg.Header.Set("Nats-Schedule", "@at "+at.UTC().Format(time.RFC3339Nano))
	msg.Header.Set("Nats-Schedule-Target", t.subject("due", key))
	if _, err := t.bus.JetStream().PublishMsg(ctx, msg); err != nil {
		return fmt.Errorf("set timer %s of %s: %w", t.kind, key, err)
	}
	return nil
}

// Cancel has the timer of a key not fire, if there is one. One that has fired a moment ago is still served.
func (t *Timers) Cancel(ctx context.Context, key string) error {
	stream, err := t.stream(ctx)
	if err == nil {
		err = stream.Purge(ctx, jetstream.WithPurgeSubject(t.subject("set", key)))
	}
	if err != nil {
		return fmt.Errorf("cancel timer %s of %s: %w", t.kind, key, err)
	}
	return nil
}

// Pending returns the keys of the timers that wait or are being served.
func (t *Timers) Pending(ctx context.Context) (map[string]bool, error) {
	stream, err := t.stream(ctx)
	if err != nil {
		return nil, err
	}
	info, err := stream.Info(ctx, jetstream.WithSubjectFilter(t.subject("*", "*")))
	if err != nil {
		return nil, fmt.Errorf("list timers %s: %w", t.kind, err)
	}
	keys := map[string]bool{}
	for subject := range info.State.Subjects {
		keys[keyOf(subject)] = true
	}
	return keys, nil
}

// Run serves the timers until ctx ends, and returns nil then. Any number of processes may. It returns an error when the connection
// to the bus is closed.
func (t *Timers) Run(ctx context.Context, u User) error {
	ctx, cancel := context.WithCancel(ctx)
	swept := make(chan struct{})
	go func() { defer close(swept); t.sweep(ctx, u) }()
	defer func() { cancel(); <-swept }()
	lanes := make(chan struct{}, max(t.Parallel, 1))
	var serving sync.WaitGroup
	defer serving.Wait()
	r := &queue.Reader{
		JS: t.bus.JetStream(), Stream: bus.StreamTimers, Ahead: cap(lanes), Logger: t.log, Trouble: t.Trouble,
		Config: jetstream.ConsumerConfig{
			Durable: "timer-" + t.kind, FilterSubject: t.subject("due", "*"), DeliverPolicy: jetstream.DeliverAllPolicy,
			AckPolicy: jetstream.AckExplicitPolicy, AckWait: ackWait, MaxDeliver: -1,
		},
	}
	return r.Follow(ctx, func(jetstream.Consumer) {}, func(msg jetstream.Msg) {
		lanes <- struct{}{}
		msg.InProgress() //nolint:errcheck // it may have waited here; without this it comes again a little earlier
		serving.Go(func() {
			defer func() { <-lanes }()
			t.fire(ctx, u, msg)
		})
	})
}

// fire serves one timer.
func (t *Timers) fire(ctx context.Context, u User, msg jetstream.Msg) {
	due := Due{Key: keyOf(msg.Subject()), Payload: msg.Data()}
	err := u.Fire(ctx, due)
	if err == nil {
		msg.Ack() //nolint:errcheck // it comes again otherwise, and is found to be done
		return
	}
	if ctx.Err() != nil {
		msg.Nak() //nolint:errcheck // it comes again after ackWait otherwise
		return
	}
	wait := most
	if meta, err := msg.Metadata(); err == nil {
		wait = min(again<<min(meta.NumDelivered-1, 10), most)
	}
	t.log.Warn("timer not served, will try again", zap.String("key", due.Key), zap.Duration("wait", wait), zap.Error(err))
	msg.NakWithDelay(wait) //nolint:errcheck // it comes again after ackWait otherwise
}

// sweep repairs lost timers, at once and every minute.
func (t *Timers) sweep(ctx context.Context, u User) {
	minute := time.NewTicker(sweepEvery)
	defer minute.Stop()
	for {
		pending, err := t.Pending(ctx)
		if err == nil {
			err = u.Sweep(ctx, pending)
		}
		if err != nil && ctx.Err() == nil && !errors.Is(err, context.Canceled) {
			t.log.Warn("timers not looked through, will try again", zap.Error(err))
		}
		select {
		case <-ctx.Done():
			return
		case <-minute.C:
		}
	}
}

func (t *Timers) stream(ctx context.Context) (jetstream.Stream, error) {
	s, err := t.bus.JetStream().Stream(ctx, bus.StreamTimers)
	if err != nil {
		return nil, fmt.Errorf("open stream %q: %w", bus.StreamTimers, err)
	}
	return s, nil
}

// subject returns timer.<kind>.<set or due>.<key>.
func (t *Timers) subject(what, key string) string { return "timer." + t.kind + "." + what + "." + key }

func keyOf(subject string) string { return subject[strings.LastIndexByte(subject, '.')+1:] }
