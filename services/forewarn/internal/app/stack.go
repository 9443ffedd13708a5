package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.uber.org/zap"
)

// stack runs services and stops them in the reverse order of their start, so that nothing publishes into a
// consumer that has gone. Services that were started together stop together.
type stack struct {
	log     *zap.Logger
	tier    int
	running []*running
	// failed receives the first service that ends by itself.
	failed chan error
}

type running struct {
	name string
	tier int
	stop context.CancelFunc
	done chan struct{}
	err  error
}

func newStack(log *zap.Logger) *stack { return &stack{log: log, failed: make(chan error, 1)} }

// start runs a service until stop. Its context does not end with the caller's: the stack decides when. The
// context's values are kept.
func (s *stack) start(ctx context.Context, name string, run func(context.Context) error) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	r := &running{name: name, tier: s.tier, stop: cancel, done: make(chan struct{})}
	s.running = append(s.running, r)
	go func() {
		defer close(r.done)
		r.err = run(ctx)
		if ctx.Err() != nil {
			return
		}
		if r.err == nil {
			r.err = errors.New("ended without being asked to")
		}
		select {
		case s.failed <- fmt.Errorf("%s: %w", name, r.err):
		default:
		}
	}()
}

// next begins another tier: what is started from here on stops before what was started until now.
func (s *stack) next() { s.tier++ }

// wait blocks until ctx ends (nil) or a service fails (its error).
func (s *stack) wait(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return nil
	case err := <-s.failed:
		return err
	}
}

const (
	// patience is how long one tier may take to stop; services drain within 2.5 s.
	patience = 2700 * time.Millisecond
	// allPatience is how long all may take. The closing of bus and history comes after it, and ten seconds after
	// the signal most supervisors kill.
	allPatience = 6500 * time.Millisecond
)

// stop ends the services, the last tier first. One that does not end in time is left behind, and said: what it had
// not saved is read again from the bus at the next start.
func (s *stack) stop() {
	all, cancel := context.WithTimeout(context.Background(), allPatience)
	defer cancel()
	for tier := s.tier; tier >= 0; tier-- {
		s.stopTier(all, tier)
	}
}

func (s *stack) stopTier(ctx context.Context, tier int) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for _, r := range s.running {
		if r.tier == tier {
			r.stop()
		}
	}
	for _, r := range s.running {
		if r.tier == tier {
			s.await(ctx, r)
		}
	}
}

func (s *stack) await(ctx context.Context, r *running) {
	select {
	case <-r.done:
		if r.err != nil && !errors.Is(r.err, context.Canceled) {
			s.log.Warn("service ended with an error", zap.String("service", r.name), zap.Error(r.err))
		}
	case <-ctx.Done():
		s.log.Error("service did not stop in time; what it had not saved is read again from the bus at the next start",
			zap.String("service", r.name))
	}
}
