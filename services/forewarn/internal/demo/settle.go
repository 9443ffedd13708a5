package demo

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/forewarn/forewarn/shared/bus"
)

// look is the time between two looks at who is done.
const look = 500 * time.Microsecond

// settle returns when all workers have done what is on the bus, and the findings that this gave cause for are applied.
func (f *Feed) settle(ctx context.Context) error {
	for {
		idle, err := f.idle(ctx)
		if err != nil && ctx.Err() == nil {
			return fmt.Errorf("wait for the workers: %w", err)
		}
		if idle {
			return nil
		}
		if err := wait(ctx, look); err != nil {
			return err
		}
	}
}

// idle reports whether nobody has anything to do. Workers first: what they say is on the bus when they are done.
func (f *Feed) idle(ctx context.Context) (bool, error) {
	for _, service := range f.Readers {
		lag, err := f.Bus.Lag(ctx, service, 0)
		if errors.Is(err, bus.ErrNoWorker) { // it is starting
			return false, nil
		}
		if err != nil || lag > 0 {
			return false, err
		}
	}
	return f.applied(ctx)
}

// applied reports whether everything on FIND is acknowledged by everybody who keeps a place in it.
func (f *Feed) applied(ctx context.Context) (bool, error) {
	stream, err := f.Bus.JetStream().Stream(ctx, bus.StreamFindings)
	if err != nil {
		return false, err
	}
	readers, consumers := 0, stream.ListConsumers(ctx)
	for info := range consumers.Info() {
		if info.Config.Durable == "" {
			continue
		}
		if readers++; info.NumPending > 0 || info.NumAckPending > 0 {
			return false, nil
		}
	}
	return readers > 0, consumers.Err()
}
