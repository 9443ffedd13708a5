package pipeline

import (
	"context"
	"errors"
	"sync"
	"time"

	"go.uber.org/zap"
	"golang.org/x/sync/singleflight"

	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/query"
	"github.com/forewarn/forewarn/shared/signal"
)

const (
	// MaxSignals is how many signals a gathering holds at most.
	MaxSignals = 100_000
	// partitionTimeout is how long a partition may take for all its pages.
	partitionTimeout = 2 * time.Second

	minInterval = 2 * time.Second  // between gatherings while somebody looks
	maxInterval = 30 * time.Second // however long a gathering takes
	costShare   = 50               // an interval is so many times what a gathering took: 2 % of the time
	interest    = time.Minute      // how long after the last look gathering goes on
)

var errEnding = errors.New("signals are not gathered any more")

// Reader gathers signals from the trend workers.
type Reader struct {
	bus    *bus.Bus
	logger *zap.Logger
	flight singleflight.Group
	wake   chan struct{}

	mu       sync.Mutex
	last     *Snapshot
	interval time.Duration
	looked   time.Time
	observe  func(*Snapshot, time.Duration)
}

// NewReader returns a reader; observe is told of every gathering and how long it took.
func NewReader(b *bus.Bus, logger *zap.Logger, observe func(*Snapshot, time.Duration)) *Reader {
	return &Reader{bus: b, logger: logger, wake: make(chan struct{}, 1), interval: minInterval, observe: observe}
}

// Signals returns a recent snapshot; it gathers one, which takes up to a few seconds when partitions are
// silent, only if nobody has looked of late. The error is that of ctx, or says that Run is ending.
func (r *Reader) Signals(ctx context.Context) (*Snapshot, error) {
	if s := r.recent(); s != nil {
		return s, nil
	}
	done := r.flight.DoChan("", func() (any, error) { return r.gather(context.WithoutCancel(ctx)), nil })
	select {
	case res := <-done:
		if s, ok := res.Val.(*Snapshot); ok {
			return s, nil
		}
		return nil, errEnding // it met the last flight of Run, which gathers nothing
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// recent notes that somebody looks, and returns the last snapshot if it is fresh enough.
func (r *Reader) recent() *Snapshot {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.looked = time.Now()
	select {
	case r.wake <- struct{}{}:
	default:
	}
	if r.last == nil || time.Since(r.last.AsOf) > r.interval+minInterval {
		return nil
	}
	return r.last
}

// Run gathers in the background while somebody looks, until ctx ends; it waits for a gathering under way.
// Nobody may call Signals afterwards.
func (r *Reader) Run(ctx context.Context) error {
	for {
		due, look := r.schedule()
		select {
		case <-ctx.Done():
			r.flight.Do("", func() (any, error) { return nil, nil }) //nolint:errcheck // joins the one under way
			return nil
		case <-look:
		case <-due:
			r.flight.Do("", func() (any, error) { return r.gather(ctx), nil }) //nolint:errcheck // is always nil
		}
	}
}

// schedule returns what to wait for: the next gathering while somebody looks, else somebody who looks.
func (r *Reader) schedule() (due <-chan time.Time, look <-chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if time.Since(r.looked) > interest {
		return nil, r.wake
	}
	return time.After(r.interval), nil
}

// gather asks all partitions and keeps the result.
func (r *Reader) gather(ctx context.Context) *Snapshot {
	start := time.Now()
	var habits []answer // none of those partitions whose worker does not answer: it may not run
	var asking sync.WaitGroup
	asking.Go(func() { habits, _ = r.askAll(ctx, signal.HabitKeeper) })
	answers, errs := r.askAll(ctx, "trend")
	asking.Wait()
	var all []signal.State
	var missing []int
	truncated := false
	for p, a := range answers {
		if err := errs[p]; err != nil {
			missing = append(missing, p)
			r.logger.Debug("partition did not answer", zap.Int("partition", p), zap.Error(err))
			continue
		}
		a.signals, a.truncated = append(a.signals, habits[p].signals...), a.truncated || habits[p].truncated
		room := MaxSignals - len(all)
		truncated = truncated || a.truncated || len(a.signals) > room
		all = append(all, a.signals[:min(len(a.signals), room)]...)
	}
	s := newSnapshot(start, all, missing, truncated)
	took := time.Since(start)
	r.mu.Lock()
	r.last = s
	r.interval = min(max(minInterval, costShare*took), maxInterval)
	if len(missing) > 0 { // a starting pipeline should show up at once
		r.interval = minInterval
	}
	r.mu.Unlock()
	r.observe(s, took)
	return s
}

// answer is what one partition told.
type answer struct {
	signals   []signal.State
	truncated bool
}

// askAll returns what the workers of a service answer, one per partition, or why there is none.
func (r *Reader) askAll(ctx context.Context, service string) ([]answer, []error) {
	return query.Each(ctx, r.bus, service, func(ctx context.Context, ask query.Ask) (a answer, err error) {
		ctx, cancel := context.WithTimeout(ctx, partitionTimeout)
		defer cancel()
		a.signals, a.truncated, err = signal.ReadAll(ctx, MaxSignals, ask)
		return a, err
	})
}
