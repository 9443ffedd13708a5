package bus

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

// errLeaseLost is the cause of a context whose lease could not be kept.
var errLeaseLost = errors.New("lease is lost")

// leaseMargin is how long before its lease ends a holder stops working, on the monotonic clock: what it has sent by then
// reaches the bus before another one begins. Whatever comes later is refused by the epoch of its snapshots and the chain of
// its outputs; the margin makes that rare.
const leaseMargin = 1500 * time.Millisecond

// lease is the right to do something alone for a while: a key of [BucketLease] that goes by itself when nobody renews it.
type lease struct {
	bus      *Bus
	key      string
	holder   string    // who has it, different for each lease of a process
	revision uint64    // of the key, while held
	until    time.Time // when it ends at the soonest
}

// take gets the lease if nobody has it; false if somebody has.
func (l *lease) take(ctx context.Context) (bool, error) {
	kv, err := l.bus.bucket(ctx, BucketLease)
	if err != nil {
		return false, err
	}
	start := time.Now()
	revision, err := kv.Create(ctx, l.key, []byte(l.holder), jetstream.KeyTTL(l.bus.cfg.leaseTTL()))
	if errors.Is(err, jetstream.ErrKeyExists) {
		return l.recognise(ctx, kv)
	}
	if err != nil {
		return false, fmt.Errorf("take lease %s: %w", l.key, err)
	}
	l.revision, l.until = revision, start.Add(l.bus.cfg.leaseTTL())
	return true, nil
}

// recognise finds out whether the key is our own, of an attempt whose answer was lost, and then renews it.
func (l *lease) recognise(ctx context.Context, kv jetstream.KeyValue) (bool, error) {
	entry, err := kv.Get(ctx, l.key)
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return false, nil // free by now
	}
	if err != nil {
		return false, fmt.Errorf("read lease %s: %w", l.key, err)
	}
	if string(entry.Value()) != l.holder {
		return false, nil
	}
	l.revision = entry.Revision()
	err = l.renew(ctx)
	return err == nil, err
}

// renew prolongs the lease; errLeaseLost if another one has it, or it ended meanwhile. kv.Update would drop the time to live.
func (l *lease) renew(ctx context.Context) error {
	msg := nats.NewMsg("$KV." + BucketLease + "." + l.key)
	msg.Data = []byte(l.holder)
	start := time.Now()
	ack, err := l.bus.controlJS.PublishMsg(ctx, msg, jetstream.WithMsgTTL(l.bus.cfg.leaseTTL()),
		jetstream.WithExpectLastSequencePerSubject(l.revision), jetstream.WithRetryAttempts(0))
	if conflicts(err) {
		return fmt.Errorf("renew lease %s: %w", l.key, errLeaseLost)
	}
	if err != nil {
		return fmt.Errorf("renew lease %s: %w", l.key, err)
	}
	l.revision, l.until = ack.Sequence, start.Add(l.bus.cfg.leaseTTL())
	return nil
}

// release gives the lease up, so that nobody has to wait for its end. Best effort: it ends by itself.
func (l *lease) release(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), leaseMargin/2)
	defer cancel()
	kv, err := l.bus.bucket(ctx, BucketLease)
	if err == nil {
		err = kv.Purge(ctx, l.key, jetstream.LastRevision(l.revision), jetstream.PurgeTTL(l.bus.cfg.leaseTTL()))
	}
	if err != nil {
		l.bus.log.Debug("lease was not given up", zap.String("lease", l.key), zap.Error(err))
	}
}

// during calls work while the lease is held, and gives it up afterwards. The context of work ends with ctx, or with the
// cause errLeaseLost leaseMargin before the lease does, if that cannot be renewed.
func (l *lease) during(ctx context.Context, work func(context.Context) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	kept := make(chan struct{})
	go func() { defer close(kept); cancel(l.keep(ctx)) }()
	err := work(ctx)
	cancel(nil)
	<-kept
	if errors.Is(context.Cause(ctx), errLeaseLost) {
		return errLeaseLost
	}
	l.release(ctx)
	return err
}

// keep renews the lease until ctx ends (nil) or it is lost (errLeaseLost).
func (l *lease) keep(ctx context.Context) error {
	interval := l.bus.cfg.leaseTTL() / 5
	for pause.For(ctx, min(interval, time.Until(l.until.Add(-leaseMargin)))) {
		bounded, cancel := context.WithDeadline(ctx, l.until.Add(-leaseMargin))
		err := l.renew(bounded)
		cancel()
		if errors.Is(err, errLeaseLost) || !time.Now().Before(l.until.Add(-leaseMargin)) {
			l.bus.log.Warn("lease is lost, its work stops here", zap.String("lease", l.key), zap.Error(err))
			return errLeaseLost
		}
	}
	return nil
}
