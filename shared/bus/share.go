package bus

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nuid"
	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"

	"github.com/forewarn/forewarn/shared/pause"
)

// ShareSettings says which work is shared among processes.
type ShareSettings struct {
	// Service names the reader, and Input what it reads, as in [WorkSettings].
	Service string
	Input   Kind
	// New returns the processor of a partition that falls to this process; again if it does so again. It is called from
	// several goroutines. ctx ends when the partition has to be given up.
	New func(ctx context.Context, partition int) Processor
	// Left, if not nil, is called when a partition has been given up, so that its metrics can be.
	Left func(partition int)
	// Logger; nil takes the bus's.
	Logger *zap.Logger
	// Ready, if not nil, is called once, when all that fell to this process at first is at work.
	Ready func()
}

// Share works on the partitions of a service together with all other processes that do so, each partition in one of them
// at a time, until ctx ends. Who works on what follows from who is there; when a process comes, goes or is not heard any more,
// its partitions move. An embedded bus has one process (G2), which works on all.
//
// It returns nil when ctx ends, after last snapshots, and an error at once if a partition can never be worked on.
func (b *Bus) Share(ctx context.Context, s ShareSettings) error {
	if s.Logger == nil {
		s.Logger = b.log
	}
	if s.New == nil {
		return errors.New("share: no processor")
	}
	h := &share{bus: b, set: s, held: map[int]context.CancelFunc{}}
	if b.embedded() {
		return h.all(ctx)
	}
	return h.run(ctx)
}

// share is one service's work of this process.
type share struct {
	bus  *Bus
	set  ShareSettings
	held map[int]context.CancelFunc // partitions that fall to this process now

	settled bool         // it is known what falls to this process at first
	waiting atomic.Int32 // how many of those have not begun yet
}

// all works on every partition.
func (h *share) all(ctx context.Context) error {
	n := h.bus.partitionsOf(h.set.Input)
	h.expect(n)
	g, ctx := errgroup.WithContext(ctx)
	for p := range n {
		g.Go(func() error { return h.work(ctx, p) })
	}
	return g.Wait()
}

// work works on one partition until ctx ends.
func (h *share) work(ctx context.Context, partition int) error {
	return h.bus.Work(ctx, WorkSettings{
		Service: h.set.Service, Input: h.set.Input, Partition: partition, Processor: h.set.New(ctx, partition),
		Logger: h.set.Logger.With(zap.Int("partition", partition)), Ready: h.ready,
	})
}

// expect says how many partitions fall to this process at first.
func (h *share) expect(partitions int) {
	if h.settled {
		return
	}
	h.settled = true
	if h.waiting.Store(int32(partitions)); partitions == 0 && h.set.Ready != nil { //nolint:gosec // at most 64
		h.set.Ready()
	}
}

// ready counts the partitions that have begun.
func (h *share) ready() {
	if h.waiting.Add(-1) == 0 && h.set.Ready != nil {
		h.set.Ready()
	}
}

// run takes up and gives up partitions as members come and go.
func (h *share) run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	members := make(chan []string)
	g.Go(func() error {
		m := membership{bus: h.bus, service: h.set.Service}
		m.watch(ctx, members)
		return nil
	})
	g.Go(func() error {
		for {
			select {
			case <-ctx.Done():
				return nil
			case now := <-members:
				h.follow(ctx, g, now)
			}
		}
	})
	return g.Wait()
}

// follow works on what falls to this process among such members, and on nothing else.
func (h *share) follow(ctx context.Context, g *errgroup.Group, members []string) {
	owners := assign(members, h.set.Service, h.bus.partitionsOf(h.set.Input))
	mine := 0
	for _, o := range owners {
		if o == h.bus.member {
			mine++
		}
	}
	h.expect(mine)
	h.bus.metrics.members.WithLabelValues(h.set.Service).Set(float64(len(members)))
	h.set.Logger.Info("sharing work", zap.String("service", h.set.Service), zap.Int("members", len(members)), zap.Int("partitions", mine))
	for p, o := range owners {
		switch stop := h.held[p]; {
		case o == h.bus.member && stop == nil:
			holding, stop := context.WithCancel(ctx) //nolint:gosec // it is called when the partition falls to another one
			h.held[p] = stop
			g.Go(func() error { return h.hold(holding, p) })
		case o != h.bus.member && stop != nil:
			stop()
			delete(h.held, p)
		}
	}
}

// hold works on a partition whenever its lease can be had, until ctx ends.
func (h *share) hold(ctx context.Context, partition int) error {
	name := fmt.Sprintf("%s.%s.%02d", h.set.Service, h.set.Input.token(), partition)
	return h.bus.lead(ctx, name, func(ctx context.Context) error {
		held := h.bus.metrics.held.WithLabelValues(h.set.Service)
		held.Inc()
		defer held.Dec()
		if h.set.Left != nil {
			defer h.set.Left(partition)
		}
		return h.work(ctx, partition)
	})
}

// Lead calls work in one process at a time, of all that call it under the same name; when that process goes or is not heard any
// more, in another one. The context of work ends when ctx does, or when it has to stop because the bus is not reached. It returns nil
// when ctx ends, and what work returns if that is an error.
func (b *Bus) Lead(ctx context.Context, name string, work func(context.Context) error) error {
	if b.embedded() {
		return work(ctx)
	}
	return b.lead(ctx, name, work)
}

func (b *Bus) lead(ctx context.Context, name string, work func(context.Context) error) error {
	l := &lease{bus: b, key: name, holder: b.member + "/" + nuid.Next()}
	var complained time.Time
	for ctx.Err() == nil {
		if taken, err := l.take(ctx); err != nil || !taken {
			complained = b.unable(ctx, name, err, complained)
			pause.For(ctx, lookEvery)
			continue
		}
		err := l.during(ctx, work)
		switch {
		case errors.Is(err, errLeaseLost), errors.Is(err, ErrSuperseded):
			b.metrics.leaseLosses.Inc()
			pause.For(ctx, b.cfg.leaseTTL()/2) // the other one is at work; it is not to be disturbed
		case err != nil && ctx.Err() == nil:
			return err
		}
	}
	return nil
}

// unable says why a lease cannot be had, unless somebody else has it; not more often than all complainEvery. A server that was
// started again has lost what it had in memory: then it is made anew, by who may do so.
func (b *Bus) unable(ctx context.Context, name string, err error, complained time.Time) time.Time {
	if err == nil || ctx.Err() != nil {
		return complained
	}
	b.metrics.retries.Inc()
	if errors.Is(err, jetstream.ErrBucketNotFound) && b.prepares() {
		if err = b.prepareVolatile(ctx); err == nil {
			return complained
		}
	}
	if time.Since(complained) < complainEvery {
		return complained
	}
	b.log.Warn("lease cannot be taken, trying again", zap.String("lease", name), zap.Error(err))
	return time.Now()
}

// leaseTTL is how long a process may be unheard until others take over its work.
func (c *Config) leaseTTL() time.Duration {
	switch {
	case c.Lease > 0:
		return c.Lease
	case c.Replicas > 1:
		return 15 * time.Second // the election of a stream's leader takes 4 to 9
	}
	return 5 * time.Second
}
