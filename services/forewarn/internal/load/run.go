package load

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime/pprof"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/pause"
	"github.com/forewarn/forewarn/shared/telemetry"
)

const (
	// perMessage is how many samples a message holds at most, as those of a collector.
	perMessage = 2000
	// ahead is how many messages the slowest reader of a partition is behind at most.
	ahead = 16
	// look is the time between two looks at how far readers are.
	look = 2 * time.Millisecond
	// rounds are played before the measurement: then every series is known to everybody, and has had a bucket.
	rounds = 8
)

// start is the time of the first sample: an ordinary Monday.
var start = time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)

// run is a measurement under way.
type run struct {
	*site
	fleets    []*fleet
	at        time.Time
	published atomic.Int64
}

// Run measures.
func Run(ctx context.Context, o Options) (report *Report, err error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	s, err := open(ctx, &o, start)
	if err != nil {
		return nil, err
	}
	r := &run{site: s, at: start}
	defer func() { err = errors.Join(err, r.close()) }()
	r.fleets = newFleets(o.Series, o.Partitions, s.catalogue, s.bus.PartitionOf)
	if err := r.introduce(ctx); err != nil {
		return nil, err
	}
	if report, err = r.measure(ctx); err != nil {
		return nil, err
	}
	return report, r.restart(ctx, report)
}

// introduce makes the fleet known.
func (r *run) introduce(ctx context.Context) error {
	if err := r.settle(ctx); err != nil {
		return err
	}
	for range rounds {
		if err := r.round(ctx); err != nil {
			return err
		}
	}
	return r.settle(ctx)
}

// measure publishes until the time is over and everybody has read all, and tells what it came to.
func (r *run) measure(ctx context.Context) (*Report, error) {
	stop, err := profile(r.o.Profile)
	if err != nil {
		return nil, err
	}
	defer stop()
	began := r.observe()
	told := began
	var peak uint64
	for time.Since(began.at) < r.o.Duration {
		if err := r.round(ctx); err != nil {
			return nil, err
		}
		if time.Since(told.at) >= 10*time.Second {
			now := r.observe()
			peak = max(peak, now.resident)
			r.tell(now, told)
			told = now
		}
	}
	if err := r.settle(ctx); err != nil {
		return nil, err
	}
	end := r.observe()
	return r.report(began, end, max(peak, end.resident))
}

// profile starts one, unless the file has no name.
func profile(file string) (stop func(), err error) {
	if file == "" {
		return func() {}, nil
	}
	f, err := os.Create(file)
	if err != nil {
		return nil, err
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return func() {
		pprof.StopCPUProfile()
		f.Close() //nolint:errcheck // a short profile is seen when it is read
	}, nil
}

// profileHeap writes a profile of the memory in use, unless the file has no name.
func profileHeap(file string) error {
	if file == "" {
		return nil
	}
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	return errors.Join(pprof.WriteHeapProfile(f), f.Close())
}

// round publishes a sample of every series, all partitions side by side.
func (r *run) round(ctx context.Context) error {
	r.at = r.at.Add(r.o.Interval)
	r.clock.Set(r.at)
	r.bus.Tick(ctx)
	g, ctx := errgroup.WithContext(ctx)
	for p, f := range r.fleets {
		g.Go(func() error {
			var err error
			pprof.Do(ctx, pprof.Labels("service", "load"), func(ctx context.Context) { err = r.publish(ctx, p, f) })
			return err
		})
	}
	return g.Wait()
}

// publish publishes the next sample of the series of a partition.
func (r *run) publish(ctx context.Context, partition int, f *fleet) error {
	f.step(r.at, r.o.Interval)
	var encoder telemetry.Encoder
	var message []byte
	for from := 0; from < len(f.tracks); from += perMessage {
		if from%(ahead/2*perMessage) == 0 { // a look costs two questions to the bus
			if err := r.await(ctx, partition, ahead/2); err != nil {
				return err
			}
		}
		b := f.part(from, min(from+perMessage, len(f.tracks)))
		message = encoder.AppendBatch(message[:0], b)
		if err := r.publisher.Publish(ctx, bus.Metrics, partition, "load", message); err != nil {
			return fmt.Errorf("publish: %w", err)
		}
		r.published.Add(int64(len(b.Series)))
	}
	return nil
}

// await returns when no reader of a partition is more than so many messages behind.
func (r *run) await(ctx context.Context, partition int, most uint64) error {
	for {
		n, err := r.lag(ctx, partition)
		if err != nil || n <= most {
			return err
		}
		if !pause.For(ctx, look) {
			return ctx.Err()
		}
	}
}

// settle returns when everybody is at work and has read everything.
func (r *run) settle(ctx context.Context) error {
	for p := range r.o.Partitions {
		if err := r.await(ctx, p, 0); err != nil {
			return err
		}
	}
	return nil
}
