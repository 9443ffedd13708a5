package delivery

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/zap"

	"github.com/forewarn/forewarn/services/notifier/internal/message"
	"github.com/forewarn/forewarn/services/notifier/internal/queue"
	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/incident"
)

const (
	ackWait = 10 * time.Second
	// upkeep is how often the queue is told that we still hold what we hold.
	upkeep = 3 * time.Second
	// maxHeld is how many messages a worker holds; more stay in the queue.
	maxHeld = 1024
	// grace is how long an attempt under way may take after the worker is told to stop, and noting until when
	// what became of it must be on the bus. The whole program has 10 s to stop.
	grace  = 1200 * time.Millisecond
	noting = 1900 * time.Millisecond
)

// Result says what became of a delivery, or of one attempt.
type Result string

// The results.
const (
	ResultDelivered  Result = "delivered"
	ResultFailed     Result = "failed"     // this attempt; there will be another
	ResultGivenUp    Result = "given_up"   // in the dead letter
	ResultRepeated   Result = "repeated"   // delivered before
	ResultSuperseded Result = "superseded" // a newer message of the incident overtook a moved forecast
)

// Worker delivers the queue of one channel.
type Worker struct {
	Name    string
	Channel Channel
	Reader  message.Reader
	Bus     *bus.Bus
	Store   *incident.Store
	Logger  *zap.Logger
	// Template is the channel's own form of messages, nil for the one that is built in, which is sent as well when the template
	// fails; Fallback is told of that.
	Template *message.Template
	Fallback func()
	// Picture draws the picture of a message, nil if there is nothing to show. It takes little time and cannot fail; nil draws none.
	Picture func(ctx context.Context, m *Message) []byte

	// Timeout bounds one attempt.
	Timeout time.Duration
	// PerMinute and PerSecond bound how many messages are sent; PerSecond of 0 does not.
	PerMinute, PerSecond int
	Retry                Retry

	// Observe is told of every attempt, Pending how many deliveries are held.
	Observe func(r Result, took time.Duration)
	Pending func(n int)
	// Trouble is told what is the matter with the channel, "" when a delivery has succeeded again.
	Trouble func(text string)
}

// Durable returns the name of the consumer of a channel.
func Durable(channel string) string { return "notify-" + channel }

// Run delivers until ctx ends, then gives an attempt under way a little time, leaves the rest to the next start
// and returns nil, at most 2 s later. It returns an error when the connection to the bus is closed.
func (w *Worker) Run(ctx context.Context) error {
	r := &run{
		Worker: w, desk: newDesk(), limit: newLimiter(w.PerMinute, w.PerSecond),
		opened: make(chan *jetstream.ConsumerInfo), in: make(chan jetstream.Msg), done: make(chan outcome, 1), fed: make(chan error, 1),
	}
	go func() { r.fed <- r.feed(ctx) }()
	return r.loop(ctx)
}

// run is one run of a worker. Its fields belong to the goroutine of loop.
type run struct {
	*Worker
	desk   *desk
	limit  *limiter
	opened chan *jetstream.ConsumerInfo // the consumer is there
	in     chan jetstream.Msg
	fed    chan error   // the feeder has ended
	done   chan outcome // the attempt under way
	busy   *item
	begun  bool // the consumer was opened once
	// owed counts the messages that the queue has given out and we have not: held by an earlier process, or lost on
	// the way. Until they come again, all others wait, lest they overtake older ones of the same incident: the receipt
	// of the newer would cover the older.
	owed int
	seen uint64 // the newest delivery of the consumer, which counts them without a gap
}

// outcome is how an attempt ended.
type outcome struct {
	result Result
	err    error
	took   time.Duration
}

// feed hands over messages until ctx ends.
func (r *run) feed(ctx context.Context) error {
	q := &queue.Reader{
		JS: r.Bus.JetStream(), Stream: bus.StreamNotify, Ahead: 64, Logger: r.Logger, Trouble: r.Trouble,
		Config: jetstream.ConsumerConfig{
			Durable: Durable(r.Name), FilterSubject: Subject(r.Name), DeliverPolicy: jetstream.DeliverAllPolicy,
			AckPolicy: jetstream.AckExplicitPolicy, AckWait: ackWait, MaxAckPending: maxHeld, MaxDeliver: -1,
		},
	}
	opened := func(c jetstream.Consumer) {
		select {
		case r.opened <- c.CachedInfo():
		case <-ctx.Done():
		}
	}
	return q.Follow(ctx, opened, func(msg jetstream.Msg) {
		select {
		case r.in <- msg:
		case <-ctx.Done():
			msg.Nak() //nolint:errcheck // it comes again after AckWait otherwise
		}
	})
}

// begin waits for what an earlier process held, or what was lost when the reading ended.
func (r *run) begin(info *jetstream.ConsumerInfo) {
	if !r.begun {
		r.begun = true
		r.Trouble("")
	}
	r.seen, r.owed = info.Delivered.Consumer, 0
	r.miss(info.NumAckPending - r.desk.size)
}

// miss holds everything until so many more messages have come again, or must have.
func (r *run) miss(n int) {
	if n <= 0 {
		return
	}
	r.owed += n
	r.desk.hold = time.Now().Add(ackWait + time.Second)
}

// found notes that a message has come again which we did not have.
func (r *run) found() {
	if r.owed--; r.owed <= 0 {
		r.owed, r.desk.hold = 0, time.Time{}
	}
}

func (r *run) loop(ctx context.Context) error {
	t := newTerm(ctx)
	defer t.end()
	tick := time.NewTicker(upkeep)
	defer tick.Stop()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			r.stop(t)
			return <-r.fed
		case err := <-r.fed: // before ctx has ended only with an error, or both at once
			r.stop(t)
			return err
		case info := <-r.opened:
			r.begin(info)
		case msg := <-r.in:
			r.take(ctx, msg)
		case o := <-r.done:
			r.settle(o)
		case <-tick.C:
			r.desk.each(func(it *item) { it.msg.InProgress() }) //nolint:errcheck // told again soon
		case <-timer.C:
		}
		if wait := r.start(t); wait > 0 {
			timer.Reset(wait)
		}
		r.Pending(r.desk.size)
	}
}

// stop waits for the attempt under way and gives back the rest.
func (r *run) stop(t *term) {
	t.close()
	if r.busy != nil {
		r.settle(<-r.done)
	}
	r.desk.each(func(it *item) { it.msg.Nak() }) //nolint:errcheck // they come again after AckWait otherwise
}

// take puts a message on the desk, or moves it to the dead letter if nobody can read it.
func (r *run) take(ctx context.Context, msg jetstream.Msg) {
	meta, err := msg.Metadata()
	if err != nil {
		return
	}
	r.miss(int(meta.Sequence.Consumer) - int(r.seen) - 1) //nolint:gosec // a count of deliveries
	r.seen = meta.Sequence.Consumer
	fresh := true
	if d, err := Decode(msg.Data()); err != nil {
		r.refuse(ctx, msg, err)
	} else {
		fresh = r.desk.add(&item{msg: msg, data: msg.Data(), seq: meta.Sequence.Stream, queued: meta.Timestamp, delivery: d})
	}
	if fresh && meta.NumDelivered > 1 {
		r.found()
	}
}

// refuse moves a message that nobody can read to the dead letter.
func (r *run) refuse(ctx context.Context, msg jetstream.Msg, cause error) {
	r.Logger.Error("delivery not understood, moved to the dead letter", zap.Error(cause))
	if err := r.Bus.DeadLetter(ctx, msg.Subject(), cause.Error(), msg.Data()); err == nil {
		msg.TermWithReason("malformed") //nolint:errcheck // it comes again otherwise
	}
}

// start begins the next attempt if none is under way, and returns how long to wait before trying again, 0 if
// something else will wake the loop.
func (r *run) start(t *term) time.Duration {
	if r.busy != nil {
		return 0
	}
	now := time.Now()
	it, wake := r.desk.head(now)
	if it == nil {
		if wake.IsZero() {
			return 0
		}
		return max(wake.Sub(now), time.Millisecond)
	}
	if wait := r.limit.take(now, it.delivery.critical()); wait > 0 {
		return wait
	}
	r.busy = it
	it.attempts++
	go func() {
		start := time.Now()
		result, err := r.attempt(t, it)
		r.done <- outcome{result: result, err: err, took: time.Since(start)}
	}()
	return 0
}

// settle draws the consequences of an attempt.
func (r *run) settle(o outcome) {
	it := r.busy
	r.busy = nil
	r.Observe(o.result, o.took)
	if o.result == ResultFailed {
		r.again(it, o.err)
		return
	}
	if err := it.msg.Ack(); err != nil {
		r.Logger.Warn("delivery not acknowledged, the receipt will tell", zap.String("delivery", it.delivery.ID()), zap.Error(err))
	}
	r.desk.remove(it)
	switch o.result {
	case ResultDelivered:
		r.Trouble(it.missed)
		r.Logger.Info("incident delivered", zap.String("delivery", it.delivery.ID()),
			zap.String("reason", string(it.delivery.Reason)), zap.Int("attempts", it.attempts), zap.String("missed", it.missed))
	case ResultGivenUp:
		r.Trouble("a message was given up and is in the dead letter: " + o.err.Error())
		r.Logger.Error("delivery given up, moved to the dead letter", zap.String("delivery", it.delivery.ID()),
			zap.Int("attempts", it.attempts), zap.Error(o.err))
	}
}

// again lets the incident of it wait, and the whole channel if the peer asked for it.
func (r *run) again(it *item, err error) {
	now := time.Now()
	wait := r.Retry.wait(it.attempts)
	var e *Error
	if errors.As(err, &e) && e.RetryAfter > 0 {
		r.desk.until = now.Add(e.RetryAfter)
		wait = max(wait, e.RetryAfter)
	}
	misfit := e != nil && e.Channel
	if misfit {
		wait = max(wait, r.Retry.Max)
	}
	r.desk.postpone(it, now.Add(wait))
	if misfit || it.attempts >= 3 {
		r.Trouble(fmt.Sprintf("%d messages wait: %v", r.desk.size, err))
	}
	r.Logger.Warn("delivery failed, will try again", zap.String("delivery", it.delivery.ID()),
		zap.Int("attempts", it.attempts), zap.Duration("wait", wait), zap.Error(err))
}
