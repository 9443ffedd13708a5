// Package edge is the one way from samples to the bus.
//
// Each [Source] (a scrape target, this host) works in rounds: [Source.Begin], [Source.Put] for every sample,
// [Source.End], which publishes one batch per partition. The edge keeps what it has learnt of a series under
// the bytes by which the source shows it, so that an unchanged exposition line costs one map look-up and no
// allocation. It guarantees:
//
//   - labels are within [Limits], fingerprints are computed here, and a series has one partition for life;
//   - a series comes at most once in a round, the first sample wins;
//   - a source brings only so many new series, see Limits.NewSeries;
//   - no sample is further ahead of this machine's clock than Limits.Ahead, or behind it than Limits.Behind;
//   - no batch has more than 2,000 samples or 512 KiB.
//
// What is refused is counted by reason, and everything else goes on.
package edge

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"go.uber.org/zap"

	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/signal"
	"github.com/forewarn/forewarn/shared/telemetry"
)

const (
	maxSamples = 2000
	// maxBytes is below 512 KiB by the room that headers need.
	maxBytes = 500 << 10
	// publishWait bounds how long a round waits for the bus or the spool.
	publishWait = 8 * time.Second
	// drainWait bounds how long all of them together wait once the process is to end.
	drainWait = 2 * time.Second
	// maxSource bounds a source's name, which travels in a header.
	maxSource = 512
)

// Settings are what an edge works with; all are needed.
type Settings struct {
	Logger    *zap.Logger
	Metrics   *Metrics
	Bus       *bus.Bus
	Publisher *bus.Publisher
	Catalogue *signal.Catalogue
	Limits    Limits
}

// Edge publishes the batches of its sources. It is safe for concurrent use; a [Source] is not.
type Edge struct {
	Settings
	scratch sync.Pool // of *scratch

	drain   sync.Once
	drained time.Time // when drainWait is over; set by drain
}

// scratch is what encoding a batch needs, shared by sources since only one in a while encodes.
type scratch struct {
	batch   telemetry.Batch
	samples []telemetry.Sample
	payload []byte
}

// New returns an edge.
func New(s Settings) *Edge {
	return &Edge{Settings: s, scratch: sync.Pool{New: func() any {
		return &scratch{samples: make([]telemetry.Sample, 0, maxSamples)}
	}}}
}

// Drain says that the process is to end: whatever is still to be published gets 2 s from the first call on.
// It does not block.
func (e *Edge) Drain() { e.drain.Do(func() { e.drained = time.Now().Add(drainWait) }) }

// outlive returns a context for publishing what has been collected, even if ctx ends meanwhile or has ended:
// then it lasts until drainWait is over, which is the same moment for all sources.
func (e *Edge) outlive(ctx context.Context) (context.Context, context.CancelFunc) {
	if ctx.Err() != nil {
		e.Drain()
		return context.WithDeadline(context.WithoutCancel(ctx), e.drained)
	}
	out, cancel := context.WithTimeout(context.WithoutCancel(ctx), publishWait)
	stop := context.AfterFunc(ctx, func() {
		e.Drain()
		select {
		case <-time.After(time.Until(e.drained)):
			cancel()
		case <-out.Done():
		}
	})
	return out, func() { stop(); cancel() }
}

// partition returns where the series of a source belongs.
func (e *Edge) partition(ls telemetry.Labels, source string) int {
	return e.Bus.PartitionOf(e.Catalogue.Root(ls, source))
}

// publish encodes and publishes points, all of one partition, in batches. Batches after one that fails are
// tried as well: the reason may be its own. It returns the first error.
func (e *Edge) publish(ctx context.Context, partition int, source string, points []point) (first error) {
	sc := e.scratch.Get().(*scratch)
	defer e.scratch.Put(sc)
	for len(points) > 0 {
		n := fill(sc, points)
		sc.payload = telemetry.AppendBatch(sc.payload[:0], &sc.batch)
		err := ctx.Err() // then the batch would still go to the spool, which takes a while for many
		if err == nil {
			err = e.Publisher.Publish(ctx, bus.Metrics, partition, source, sc.payload)
		}
		if err != nil {
			e.Metrics.failed.WithLabelValues("metrics").Inc()
			e.Metrics.lost.Add(float64(n))
			if first == nil {
				first = fmt.Errorf("publish %d samples of %s: %w", n, source, err)
			}
		} else {
			e.Metrics.batches.WithLabelValues("metrics").Inc()
			e.Metrics.samples.Add(float64(n))
		}
		points = points[n:]
	}
	clear(sc.batch.Series) // let evicted series go
	return first
}

// fill puts as many points into the batch as it may hold and returns their number, at least one.
func fill(sc *scratch, points []point) int {
	sc.samples, sc.batch.Series = sc.samples[:0], sc.batch.Series[:0]
	size := 0
	for i, p := range points {
		size += p.ref.size
		if i > 0 && (i == maxSamples || size > maxBytes) {
			return i
		}
		sc.samples = append(sc.samples, telemetry.Sample{TimeMillis: p.timeMillis, Value: p.value})
		sc.batch.Series = append(sc.batch.Series, telemetry.TimeSeries{
			Series: p.ref.series, Samples: sc.samples[i : i+1 : i+1],
		})
	}
	return len(points)
}

// PublishLogs publishes a batch of log records, whose origin names the host. nil means that they are safe,
// on the bus or on the local spool. It waits for ctx at most.
func (e *Edge) PublishLogs(ctx context.Context, source string, b *telemetry.LogBatch) error {
	source = header(source)
	sc := e.scratch.Get().(*scratch)
	defer e.scratch.Put(sc)
	sc.payload = telemetry.AppendLogs(sc.payload[:0], b)
	if err := e.Publisher.Publish(ctx, bus.Logs, e.partition(b.Origin, source), source, sc.payload); err != nil {
		e.Metrics.failed.WithLabelValues("logs").Inc()
		return fmt.Errorf("publish %d log records of %s: %w", len(b.Records), source, err)
	}
	e.Metrics.batches.WithLabelValues("logs").Inc()
	e.Metrics.logs.Add(float64(len(b.Records)))
	return nil
}

// header returns the name as a header can carry it.
func header(source string) string {
	source = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7F {
			return '_'
		}
		return r
	}, strings.ToValidUTF8(source, "?"))
	return strings.ToValidUTF8(source[:min(len(source), maxSource)], "")
}
