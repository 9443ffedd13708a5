package bus

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"go.uber.org/zap"

	"github.com/forewarn/forewarn/shared/obs"
)

// persist tries until it succeeds; after ctx has ended, only as long as its overtime lasts.
func (k *worker) persist(ctx context.Context, what string, attempt func(context.Context) error) error {
	err := k.bus.Retry(ctx, what, attempt)
	if err == nil || ctx.Err() == nil {
		return err
	}
	ctx, cancel := k.overtime(ctx)
	defer cancel()
	return k.bus.Retry(ctx, what, attempt)
}

// save writes a snapshot if there is anything new, then tells the janitor.
func (k *worker) save(ctx context.Context) error {
	if k.ahead || k.cursor == k.saved {
		return nil
	}
	start := time.Now()
	size, err := k.store.save(ctx, &envelope{seq: k.cursor, clock: k.clock, repeats: k.repeats}, func(w io.Writer) error {
		return k.guard(func() error { return k.set.Processor.Snapshot(w) })
	}, start.UTC())
	if err == nil {
		k.saved, k.bytes = k.cursor, 0
		err = k.register(ctx)
	}
	if err != nil && errors.Is(ctx.Err(), context.Canceled) {
		return err // finish tries once more
	}
	k.report(err)
	if err == nil {
		k.bus.metrics.snapshotTime.WithLabelValues(k.set.Service).Observe(time.Since(start).Seconds())
		k.bus.metrics.snapshotBytes.WithLabelValues(k.set.Service, fmt.Sprintf("%02d", k.set.Partition)).Set(float64(size))
	}
	return err
}

// report keeps the check of the worker's snapshots.
func (k *worker) report(err error) {
	name := fmt.Sprintf("bus/snapshot/%s.%s.%02d", k.set.Service, k.set.Input.token(), k.set.Partition)
	if err != nil {
		k.bytes = 0 // not at every message from now on
		k.unhealthy = true
		k.bus.metrics.snapshotFailures.WithLabelValues(k.set.Service).Inc()
		k.bus.health.Set(name, obs.Degraded, fmt.Sprintf("state of %s could not be saved; it is tried again, "+
			"and after a restart input is read again from the last good one: "+
			"see the log; free space if the disk is full, raise bus.max_store if the stream SNAP is", k.set.Service))
		k.log.Error("snapshot was not saved", zap.Error(err))
		return
	}
	if k.unhealthy {
		k.unhealthy = false
		k.bus.health.Set(name, obs.OK, "")
	}
}
