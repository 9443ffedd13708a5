package bus

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"go.uber.org/zap"

	"github.com/forewarn/forewarn/shared/obs"
)

// worker drives a Processor.
type worker struct {
	bus       *Bus
	set       WorkSettings
	claim     claim
	log       *zap.Logger
	stream    string
	store     *snapshots
	cursor    uint64 // last message that is done with
	clock     clock
	repeats   *repeats
	answered  answered  // what is said already
	chain     chain     // where the next output goes
	saved     uint64    // cursor of the last snapshot
	bytes     int64     // taken since
	ahead     bool      // the processor has seen a message whose outputs are not all out
	drained   time.Time // when to give up what is done after the context has ended; zero until then
	unhealthy bool
	lost      string // what was lost before it began, for people
}

// start takes up where the last life ended.
func (k *worker) start(ctx context.Context) error {
	if err := k.bus.Retry(ctx, "read last output", k.hearSpoken); err != nil {
		return err
	}
	if err := k.bus.Retry(ctx, "claim partition", k.store.claim); err != nil {
		return k.refuse(err)
	}
	if err := k.restore(ctx); err != nil {
		return k.refuse(err)
	}
	if err := k.bus.Retry(ctx, "look for what was saved", k.missSaved); err != nil {
		return err
	}
	if err := k.bus.Retry(ctx, "register reader", k.register); err != nil {
		return err
	}
	return k.bus.Retry(ctx, "read last output", k.recall)
}

// run is the worker's one loop: messages, queries and snapshots take turns.
func (k *worker) run(ctx context.Context) error {
	feeding, stop := context.WithCancel(ctx)
	in, fed := make(chan Message), make(chan struct{})
	go func() { defer close(fed); k.bus.feed(feeding, k.stream, k.cursor, in) }()
	defer func() { stop(); <-fed }()

	queries, unsubscribe, err := k.listen(ctx)
	if err != nil {
		return nil // ctx has ended
	}
	defer unsubscribe()
	if k.set.Ready != nil {
		k.set.Ready()
	}
	save := time.NewTicker(k.bus.cfg.SnapshotInterval)
	defer save.Stop()
	due := false
	for {
		var turn turns // nil, and so nobody waits for one, unless a snapshot is due; messages are taken until it comes
		if due {
			turn = k.bus.turns
		}
		select {
		case <-ctx.Done():
			return k.finish(ctx)
		case m := <-in:
			if err := k.take(ctx, m); err != nil {
				return k.leave(ctx, err)
			}
			due = due || k.bytes >= int64(k.bus.cfg.SnapshotBytes)
		case q := <-queries:
			k.answer(q)
		case <-save.C:
			due = true
		case turn <- struct{}{}:
			err, due = k.save(ctx), false
			turn.back()
		}
		if errors.Is(err, ErrSuperseded) {
			k.log.Error("another process has taken this partition, leaving it", zap.Error(err))
			return err
		}
	}
}

// leave ends the run at a message that was not done with. No other may be taken after it, not even one that is
// there already: it would be counted as a gap, and the outputs of this one never come.
func (k *worker) leave(ctx context.Context, err error) error {
	if ctx.Err() == nil {
		return err
	}
	return k.finish(ctx)
}

// overtime returns a context for what is done after ctx has ended. All of that together has drainTime.
func (k *worker) overtime(ctx context.Context) (context.Context, context.CancelFunc) {
	if k.drained.IsZero() {
		k.drained = time.Now().Add(drainTime)
		if errors.Is(context.Cause(ctx), errLeaseLost) {
			k.drained = time.Now() // it is another one's work by now
		}
	}
	return context.WithDeadline(context.WithoutCancel(ctx), k.drained)
}

// finish saves what was done.
func (k *worker) finish(ctx context.Context) error {
	ctx, cancel := k.overtime(ctx)
	defer cancel()
	if k.bus.turns.take(ctx) != nil {
		return nil
	}
	defer k.bus.turns.back()
	if err := k.save(ctx); errors.Is(err, ErrSuperseded) {
		return err
	}
	return nil // what could not be saved is done again at the next start
}

// take does all that one message asks for. An error means that it is not done with: ctx has ended, and it is
// processed again at the next start.
func (k *worker) take(ctx context.Context, m Message) error {
	switch {
	case k.cursor > 0 && m.Seq <= k.cursor:
		k.reset(m.Seq)
	case k.cursor > 0 && m.Seq != k.cursor+1:
		k.gap(m.Seq - k.cursor - 1)
	}
	m.Time = k.now(m)
	k.bus.metrics.consumed.WithLabelValues(k.set.Service, string(k.set.Input)).Inc()
	k.bus.metrics.consumedBytes.WithLabelValues(k.set.Service, string(k.set.Input)).Add(float64(len(m.Data)))
	if !m.Tick && k.repeats.seen(m.ID, m.Seq) {
		k.bus.metrics.repeats.WithLabelValues(k.set.Service).Inc()
		k.done(m.Seq)
		return nil
	}
	k.ahead = true
	outputs, err := k.process(m)
	if err != nil {
		err = k.poison(ctx, m, err)
	} else {
		err = k.publish(ctx, m, outputs)
	}
	if err != nil {
		return err
	}
	k.ahead = false
	k.done(m.Seq)
	k.bytes += int64(len(m.Data))
	return nil
}

// done notes that a message is done with.
func (k *worker) done(seq uint64) {
	k.cursor = seq
	k.claim.done.Store(seq)
}

// process calls the processor; a panic is an error.
func (k *worker) process(m Message) (out []Output, err error) {
	if announces(m.Subject) {
		return nil, k.recalibrate(m)
	}
	err = k.guard(func() (err error) {
		out, err = k.set.Processor.Process(m)
		return err
	})
	return out, err
}

// errPanic marks an error that was a panic.
var errPanic = errors.New("panic")

// guard turns a panic of the processor into an error and logs where it came from.
func (k *worker) guard(call func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%w: %v", errPanic, r)
			k.log.Error("processor panicked", zap.Error(err), zap.ByteString("stack", debug.Stack()))
		}
	}()
	return call()
}

// poison puts a message that cannot be processed aside.
func (k *worker) poison(ctx context.Context, m Message, cause error) error {
	label := "error"
	if errors.Is(cause, errPanic) {
		label = "panic"
	}
	k.bus.metrics.poison.WithLabelValues(k.set.Service, label).Inc()
	k.log.Warn("message cannot be processed and goes to the dead letters",
		zap.Uint64("seq", m.Seq), zap.String("source", m.Source), zap.Error(cause))
	reason := k.set.Service + ": " + cause.Error()
	return k.persist(ctx, "write dead letter", func(ctx context.Context) error {
		return k.bus.deadLetter(ctx, m.Subject, reason, m)
	})
}

// gap says that messages were purged before they were read.
func (k *worker) gap(lost uint64) {
	k.bus.metrics.lost.WithLabelValues(k.set.Service).Add(float64(lost))
	k.log.Error("messages were purged before they were read", zap.Uint64("lost", lost), zap.Uint64("after", k.cursor))
	k.alarm(fmt.Sprintf("%d messages after number %d were gone before it read them; "+
		"its picture has a hole there, and heals as new data comes. If somebody purged the stream by hand, do not; else report it",
		lost, k.cursor))
}

// reset says that the stream begins anew. What was said about its messages of old does not answer the new ones.
func (k *worker) reset(seq uint64) {
	k.bus.metrics.lost.WithLabelValues(k.set.Service).Inc()
	k.log.Error("stream begins anew before what was read of it", zap.Uint64("seq", seq), zap.Uint64("read", k.cursor))
	k.alarm(fmt.Sprintf("it was read up to message %d and now ends before that, so the server has lost what it had or was restored; "+
		"it is read from its beginning. Look at that server's storage", k.cursor))
	k.answered = answered{}
}

// alarm keeps a check degraded until the process ends: what is lost stays lost.
func (k *worker) alarm(text string) {
	if k.lost != "" {
		text = k.lost + "; and " + text
	}
	k.bus.health.Set(k.checkName(), obs.Degraded, fmt.Sprintf("%s on %s: %s", k.set.Service, k.stream, text))
}

// checkName is the name of the check of what the worker reads.
func (k *worker) checkName() string { return "bus/input/" + k.registration().key() }
