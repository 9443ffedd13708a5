package delivery

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/zap"

	"github.com/forewarn/forewarn/services/notifier/internal/queue"
	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/incident"
)

const (
	ackWait = 10 * time.Second
	// upkeep is how often the queue is told that we still hold what we hold.
	upkeep = 3 * time.Second
	// ahead is how many messages are fetched ahead, and looked at before it is decided what to send.
	ahead = 64
	// maxHeld is how many messages a worker holds; more stay in the queue.
	maxHeld = 4096
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
	ResultCollapsed  Result = "collapsed"  // told by a message that several share
)

// Worker delivers the queue of one channel.
type Worker struct {
	Name    string
	Channel Channel
	// Scribe says what is told.
	Scribe
	// Collapse tells many incidents by one message.
	Collapse bool
	Bus      *bus.Bus
	Store    *incident.Store
	Logger   *zap.Logger

	// Timeout bounds one attempt.
	Timeout time.Duration
	// PerMinute and PerSecond bound how many messages are sent; PerSecond of 0 does not.
	PerMinute, PerSecond int
	Retry                Retry

	// Observe is told of every attempt, Pending how many deliveries are held.
	Observe func(r Result, took time.Duration)
	Pending func(n int)
	// GaveUp is told of a delivery that is in the dead letter now, and why; nil if nobody asks.
	GaveUp func(ctx context.Context, d *Delivery, why error)
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
		opened: make(chan opening), in: make(chan jetstream.Msg, ahead), done: make(chan outcome, 1), fed: make(chan error, 1),
		ledger: queue.Ledger{AckWait: ackWait},
	}
	if w.Collapse {
		r.desk.crowd = newCrowd(w.PerMinute)
	}
	go func() { r.fed <- r.feed(ctx) }()
	return r.loop(ctx)
}

// run is one run of a worker. Its fields belong to the goroutine of loop.
type run struct {
	*Worker
	desk   *desk
	limit  *limiter
	opened chan opening // the consumer is there
	in     chan jetstream.Msg
	fed    chan error   // the feeder has ended
	done   chan outcome // the attempt under way
	busy   *batch
	begun  bool // the consumer was opened once
	// ledger tells of messages that the queue has given out and we have not. Until they come again, all others wait, lest they
	// overtake older ones of the same incident: the receipt of the newer would cover the older.
	ledger queue.Ledger
}

// opening is what is known of the queue when its consumer is there.
type opening struct {
	info *jetstream.ConsumerInfo
	room int64 // messages of a channel that it takes
}

// feed hands over messages until ctx ends.
func (r *run) feed(ctx context.Context) error {
	q := &queue.Reader{
		JS: r.Bus.JetStream(), Stream: bus.StreamNotify, Ahead: ahead, Logger: r.Logger, Trouble: r.Trouble,
		Config: jetstream.ConsumerConfig{
			Durable: Durable(r.Name), FilterSubject: Subject(r.Name), DeliverPolicy: jetstream.DeliverAllPolicy,
			AckPolicy: jetstream.AckExplicitPolicy, AckWait: ackWait, MaxAckPending: maxHeld, MaxDeliver: -1,
		},
	}
	opened := func(c jetstream.Consumer) {
		o := opening{info: c.CachedInfo()}
		if s, err := r.Bus.JetStream().Stream(ctx, bus.StreamNotify); err == nil {
			o.room = s.CachedInfo().Config.MaxMsgsPerSubject
		}
		select {
		case r.opened <- o:
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
	r.ledger.Begin(info, r.desk.size)
	r.desk.hold = r.ledger.Hold()
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
			err := <-r.fed
			r.giveBack()
			return err
		case err := <-r.fed: // before ctx has ended only with an error, or both at once
			r.stop(t)
			return err
		case o := <-r.opened:
			r.drain(ctx)
			r.begin(o.info)
			if r.desk.crowd != nil {
				r.desk.crowd.bound(o.room)
			}
		case msg := <-r.in:
			r.take(ctx, msg)
			r.drain(ctx) // what to send is decided once for all of them
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

// giveBack returns what was fetched when the worker had stopped.
func (r *run) giveBack() {
	for range len(r.in) {
		(<-r.in).Nak() //nolint:errcheck // it comes again after AckWait otherwise
	}
}

// drain takes what is here.
func (r *run) drain(ctx context.Context) {
	for range len(r.in) {
		r.take(ctx, <-r.in)
	}
}

// take puts a message on the desk, or moves it to the dead letter if nobody can read it.
func (r *run) take(ctx context.Context, msg jetstream.Msg) {
	meta, err := msg.Metadata()
	if err != nil {
		return
	}
	fresh := true
	if d, err := Decode(msg.Data()); err != nil {
		r.refuse(ctx, msg, err)
	} else {
		fresh = r.desk.add(&item{msg: msg, data: msg.Data(), seq: meta.Sequence.Stream, queued: meta.Timestamp, delivery: d})
	}
	r.ledger.Take(meta, fresh)
	r.desk.hold = r.ledger.Hold()
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
	b, wake := r.desk.head(now)
	if b == nil {
		if wake.IsZero() {
			return 0
		}
		return max(wake.Sub(now), time.Millisecond)
	}
	if wait := r.limit.take(now, b.critical()); wait > 0 {
		return wait
	}
	r.busy = b
	for _, it := range b.items {
		it.attempts++
	}
	go func() {
		start := time.Now()
		o := r.attempt(t, b)
		o.took = time.Since(start)
		r.done <- o
	}()
	return 0
}

// settle draws the consequences of an attempt.
func (r *run) settle(o outcome) {
	b := r.busy
	r.busy = nil
	r.Observe(o.result, o.took)
	for _, it := range o.done {
		if err := it.msg.Ack(); err != nil {
			r.Logger.Warn("delivery not acknowledged, the receipt will tell", zap.String("delivery", it.delivery.ID()), zap.Error(err))
		}
		r.desk.remove(it)
	}
	first := b.items[0]
	switch o.result {
	case ResultFailed:
		r.again(b, o.err)
	case ResultDelivered:
		for range o.told - 1 {
			r.Observe(ResultCollapsed, 0)
		}
		if r.desk.crowd != nil {
			r.desk.crowd.sent(b, time.Now())
		}
		r.Trouble(o.missed)
		r.Logger.Info("incident delivered", zap.String("delivery", first.delivery.ID()), zap.Int("incidents", o.told),
			zap.String("reason", string(first.delivery.Reason)), zap.Int("attempts", first.attempts), zap.String("missed", o.missed))
	case ResultGivenUp:
		r.Trouble("a message was given up and is in the dead letter: " + o.err.Error())
		r.Logger.Error("delivery given up, moved to the dead letter", zap.String("delivery", first.delivery.ID()),
			zap.Int("deliveries", len(o.done)), zap.Int("attempts", first.attempts), zap.Error(o.err))
	}
}

// again lets the incidents of a batch wait, and the whole channel if the peer asked for it.
func (r *run) again(b *batch, err error) {
	now := time.Now()
	first := b.items[0]
	wait := r.Retry.wait(first.attempts)
	var e *Error
	if errors.As(err, &e) && e.RetryAfter > 0 {
		r.desk.until = now.Add(e.RetryAfter)
		wait = max(wait, e.RetryAfter)
	}
	misfit := e != nil && e.Channel
	if misfit {
		wait = max(wait, r.Retry.Max)
	}
	for _, it := range b.items {
		r.desk.postpone(it, now.Add(wait))
	}
	if misfit || first.attempts >= 3 {
		r.Trouble(fmt.Sprintf("%d messages wait: %v", r.desk.size, err))
	}
	r.Logger.Warn("delivery failed, will try again", zap.String("delivery", first.delivery.ID()), zap.Int("deliveries", len(b.items)),
		zap.Int("attempts", first.attempts), zap.Duration("wait", wait), zap.Error(err))
}
