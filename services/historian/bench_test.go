package historian_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"

	"github.com/forewarn/forewarn/services/historian"
	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/bustest"
	"github.com/forewarn/forewarn/shared/history"
	"github.com/forewarn/forewarn/shared/history/embedded"
	"github.com/forewarn/forewarn/shared/history/historytest"
	"github.com/forewarn/forewarn/shared/obs"
	"github.com/forewarn/forewarn/shared/telemetry"
)

// BenchmarkBusToHistory publishes batches of 2,000 samples of 2,500 series on each of four partitions, every
// message synced to disk before it is acknowledged as in production, while a historian stores them. It ends when
// the last sample is stored.
func BenchmarkBusToHistory(b *testing.B) {
	nop := zap.NewNop()
	bs := bustest.New(b, func(c *bus.Config) {
		c.SyncInterval, c.SnapshotInterval, c.MaxStore = 0, 5*time.Second, 2<<30
	})
	store, err := embedded.Open(history.DefaultConfig(), embedded.Settings{
		Logger: nop, Dir: b.TempDir(), Now: func() time.Time { return time.Now().Add(10000 * time.Hour) },
	})
	if err != nil {
		b.Fatal(err)
	}
	defer store.Close()
	counted := &counting{Store: store}
	h, err := historian.New(historian.DefaultConfig(), historian.Settings{
		Logger: nop, Registry: prometheus.NewRegistry(), Health: &obs.Health{}, Bus: bs, Store: counted,
	})
	if err != nil {
		b.Fatal(err)
	}
	pub, err := bs.NewPublisher("bench")
	if err != nil {
		b.Fatal(err)
	}
	defer pub.Close()
	var g errgroup.Group
	ctx, cancel := context.WithCancel(b.Context())
	g.Go(func() error { return h.Run(ctx) })
	g.Go(func() error { return bs.Run(ctx) })

	start := time.Now().Truncate(time.Hour)
	fleets := make([][]*telemetry.Series, bs.Partitions())
	for p := range fleets {
		fleets[p] = historytest.Fleet(fmt.Sprintf("v%d", p), 2500)
	}
	const size = 2000
	published, round := 0, 0
	b.ReportAllocs()
	for b.Loop() {
		var all errgroup.Group
		for p := range fleets {
			all.Go(func() error {
				fleet := fleets[p]
				var batch telemetry.Batch
				from := round * size % len(fleet)
				series := append(append([]*telemetry.Series{}, fleet[from:min(from+size, len(fleet))]...), fleet[:max(0, from+size-len(fleet))]...)
				historytest.Fill(&batch, series, start, 5*time.Second, round, 1)
				return pub.Publish(ctx, bus.Metrics, p, "bench", telemetry.AppendBatch(nil, &batch))
			})
		}
		if err := all.Wait(); err != nil {
			b.Fatal(err)
		}
		round++
		published += size * len(fleets)
	}
	counted.await(b, published)
	b.ReportMetric(float64(published)/b.Elapsed().Seconds(), "samples/s")
	cancel()
	if err := g.Wait(); err != nil {
		b.Fatal(err)
	}
}

// counting counts what a history has stored.
type counting struct {
	history.Store
	stored atomic.Int64
}

func (c *counting) Append(ctx context.Context, b *telemetry.Batch) (history.Appended, error) {
	n, err := c.Store.Append(ctx, b)
	c.stored.Add(int64(n.Stored))
	return n, err
}

// await returns when n samples are stored.
func (c *counting) await(b *testing.B, n int) {
	b.Helper()
	deadline := time.After(time.Minute)
	for c.stored.Load() < int64(n) {
		select {
		case <-deadline:
			b.Fatalf("%d of %d samples stored", c.stored.Load(), n)
		case <-time.After(time.Millisecond):
		}
	}
}
