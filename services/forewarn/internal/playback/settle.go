package playback

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/pause"
)

// Settler waits for those who read a bus in this process.
type Settler struct {
	Bus *bus.Bus
	// Workers are the services that work on every partition, Stages those that work on what all partitions say.
	Workers, Stages []string
}

// look is the time between two looks at who is done.
const look = 500 * time.Microsecond

// Settle returns when all workers have done what is on the bus, and the findings that this gave cause for are applied; or ctx's
// error when that ends.
func (s *Settler) Settle(ctx context.Context) error {
	for {
		idle, err := s.idle(ctx)
		if err != nil && ctx.Err() == nil {
			return fmt.Errorf("wait for the workers: %w", err)
		}
		if idle {
			return nil
		}
		if err := Wait(ctx, look); err != nil {
			return err
		}
	}
}

// Wait waits for so long, or until ctx ends; then it returns ctx's error.
func Wait(ctx context.Context, d time.Duration) error {
	pause.For(ctx, d)
	return ctx.Err()
}

// idle reports whether nobody has anything to do. Workers first: what they say is on the bus when they are done.
func (s *Settler) idle(ctx context.Context) (bool, error) {
	for partition := range s.Bus.Partitions() {
		services := s.Workers
		if partition == 0 {
			services = append(services[:len(services):len(services)], s.Stages...)
		}
		for _, service := range services {
			if done, err := s.done(ctx, service, partition); !done || err != nil {
				return false, err
			}
		}
	}
	return s.applied(ctx)
}

// done reports whether a worker has nothing to do.
func (s *Settler) done(ctx context.Context, service string, partition int) (bool, error) {
	lag, err := s.Bus.Lag(ctx, service, partition)
	if errors.Is(err, bus.ErrNoWorker) { // it is starting
		return false, nil
	}
	return lag == 0, err
}

// applied reports whether everything on FIND is acknowledged by everybody who keeps a place in it.
func (s *Settler) applied(ctx context.Context) (bool, error) {
	stream, err := s.Bus.JetStream().Stream(ctx, bus.StreamFindings)
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
