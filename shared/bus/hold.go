package bus

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/zap"
)

// keyHold, in BucketMeta, says until when nothing may be purged, since a copy is being taken.
const keyHold = "hold"

const (
	// holdFor is how long a hold lasts that nobody renews: one whose process was killed must not let the streams fill.
	holdFor = time.Minute
	// holdAgain is how often it is renewed.
	holdAgain = holdFor / 4
)

// hold keeps the janitors of all processes from purging until release is called or ctx ends.
func (b *Bus) hold(ctx context.Context) (release func(), err error) {
	kv, err := b.bucket(ctx, BucketMeta)
	if err == nil {
		err = putHold(ctx, kv)
	}
	if err != nil {
		return nil, err
	}
	renewing, stop := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = every(renewing, holdAgain, func(ctx context.Context) {
			if err := putHold(ctx, kv); err != nil && ctx.Err() == nil {
				b.log.Warn("purging may begin while a copy is taken", zap.Error(err))
			}
		})
	}()
	return func() {
		stop()
		<-done
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), attemptTimeout)
		defer cancel()
		if err := kv.Delete(ctx, keyHold); err != nil {
			b.log.Info("hold on purging is left to end by itself", zap.Duration("within", holdFor), zap.Error(err))
		}
	}, nil
}

func putHold(ctx context.Context, kv jetstream.KeyValue) error {
	if _, err := kv.PutString(ctx, keyHold, time.Now().Add(holdFor).UTC().Format(time.RFC3339Nano)); err != nil {
		return fmt.Errorf("hold purging back: %w", err)
	}
	return nil
}

// held tells whether purging is held back. A time that lies further ahead than a hold can was told by a clock that is
// wrong, or is damaged: then it is not.
func (b *Bus) held(ctx context.Context) (bool, error) {
	kv, err := b.bucket(ctx, BucketMeta)
	if err != nil {
		return false, err
	}
	entry, err := kv.Get(ctx, keyHold)
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("read hold on purging: %w", err)
	}
	until, err := time.Parse(time.RFC3339Nano, string(entry.Value()))
	if err != nil {
		return false, nil //nolint:nilerr // as the comment says
	}
	left := time.Until(until)
	return left > 0 && left <= 2*holdFor, nil
}
