// Package edgetest runs a real bus with an edge on it for tests, and reads back what was published.
package edgetest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/forewarn/forewarn/services/collector/internal/edge"
	"github.com/forewarn/forewarn/services/collector/internal/part"
	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/bustest"
	"github.com/forewarn/forewarn/shared/obs"
	"github.com/forewarn/forewarn/shared/signal"
	"github.com/forewarn/forewarn/shared/telemetry"
)

// Sample is what arrived of a series.
type Sample struct {
	Series     string // in Prometheus notation
	Labels     telemetry.Labels
	TimeMillis int64
	Value      float64
	Partition  int
}

// Rig is an edge on a bus of its own.
type Rig struct {
	Bus       *bus.Bus
	Edge      *edge.Edge
	Part      *part.Part
	Registry  *prometheus.Registry
	Health    *obs.Health
	Logs      *observer.ObservedLogs // what was logged at Info and above
	Catalogue *signal.Catalogue
	Reader    *Reader
}

// Reader collects what comes on a bus.
type Reader struct {
	mu      sync.Mutex
	samples []Sample
	records []telemetry.LogRecord
	origins []telemetry.Labels // of records
	largest int                // samples in a batch
	bytes   int                // of the largest message
	batches int                // of metrics
	broken  error              // of the first message that is not understood
}

// New returns a rig whose bus ends with the test. Options change the limits.
func New(t testing.TB, options ...func(*edge.Limits)) *Rig {
	t.Helper()
	limits := edge.DefaultLimits()
	for _, o := range options {
		o(&limits)
	}
	core, logs := observer.New(zap.InfoLevel)
	r := &Rig{
		// Nobody takes anything from this bus: it must hold all that a benchmark publishes.
		Bus: bustest.New(t, func(c *bus.Config) { c.MaxStore = 8 << 30 }), Registry: prometheus.NewRegistry(), Health: &obs.Health{},
		Logs: logs,
	}
	var err error
	if r.Catalogue, err = signal.Load(); err != nil {
		t.Fatal(err)
	}
	publisher := publish(t, r.Bus)
	logger := zap.New(core)
	panics := prometheus.NewCounter(prometheus.CounterOpts{Name: "panics"})
	r.Registry.MustRegister(panics)
	r.Part = part.New("test", logger, r.Health, panics)
	r.Edge = edge.New(edge.Settings{
		Logger: logger, Metrics: edge.NewMetrics(r.Registry), Bus: r.Bus, Publisher: publisher,
		Catalogue: r.Catalogue, Limits: limits,
	})
	if _, ok := t.(*testing.B); !ok { // reading would be measured, too
		r.Reader = Read(t, r.Bus)
	}
	return r
}

// publish returns a publisher that sends what is on its spool, as a collector's does, until the test ends: a batch whose
// acknowledgement nobody waits for any more goes there, and all later ones of its partition behind it.
func publish(t testing.TB, b *bus.Bus) *bus.Publisher {
	t.Helper()
	p, err := b.NewPublisher("collector")
	if err != nil {
		t.Fatal(err)
	}
	ran := make(chan error, 1)
	go func() { ran <- p.Run(context.Background()) }() // until it is closed
	t.Cleanup(func() {
		if err := errors.Join(p.Close(), <-ran); err != nil {
			t.Error(err)
		}
	})
	return p
}

// Read collects what comes on the bus until the test ends.
func Read(t testing.TB, b *bus.Bus) *Reader {
	r := &Reader{}
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	for p := range b.Partitions() {
		for _, k := range []bus.Kind{bus.Metrics, bus.Logs} {
			wg.Go(func() {
				d := telemetry.NewDecoder(100_000)
				err := b.Consume(ctx, bus.StreamName(k, p), 0, func(m bus.Message) error {
					if m.Tick {
						return nil
					}
					r.take(d, k, p, m.Data)
					return nil
				})
				if err != nil && ctx.Err() == nil {
					t.Errorf("consume: %v", err)
				}
			})
		}
	}
	t.Cleanup(func() {
		cancel()
		wg.Wait()
		if _, err := r.Batches(); err != nil {
			t.Error(err)
		}
	})
	return r
}

func (r *Reader) take(d *telemetry.Decoder, k bus.Kind, partition int, data []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.bytes = max(r.bytes, len(data))
	if k == bus.Logs {
		batches, err := telemetry.DecodeLogs(data)
		r.note(err)
		for _, lb := range batches {
			for _, rec := range lb.Records {
				r.records = append(r.records, rec)
				r.origins = append(r.origins, lb.Origin)
			}
		}
		return
	}
	var b telemetry.Batch
	r.note(d.Decode(data, &b))
	r.batches++
	r.largest = max(r.largest, b.Samples())
	for _, ts := range b.Series {
		for _, s := range ts.Samples {
			r.samples = append(r.samples, Sample{ts.Labels.String(), ts.Labels, s.TimeMillis, s.Value, partition})
		}
	}
}

func (r *Reader) note(err error) {
	if r.broken == nil && err != nil {
		r.broken = fmt.Errorf("a message that no reader takes: %w", err)
	}
}

// Batches returns how many batches of metrics have come, and what is wrong with the first message, of whatever
// kind, that is not understood.
func (r *Reader) Batches() (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.batches, r.broken
}

// Samples returns all samples that have come.
func (r *Reader) Samples() []Sample {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.samples)
}

// Named returns the samples of a metric that have come.
func (r *Reader) Named(metric string) (out []Sample) {
	for _, s := range r.Samples() {
		if s.Labels.Get(telemetry.MetricName) == metric {
			out = append(out, s)
		}
	}
	return out
}

// Last returns the last value of each series that has come, by its notation.
func (r *Reader) Last() map[string]float64 {
	out := map[string]float64{}
	for _, s := range r.Samples() {
		out[s.Series] = s.Value
	}
	return out
}

// Records returns the log records that have come, and the origin of each.
func (r *Reader) Records() ([]telemetry.LogRecord, []telemetry.Labels) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.records), slices.Clone(r.origins)
}

// Bodies returns the texts of the log records that have come.
func (r *Reader) Bodies() []string {
	records, _ := r.Records()
	out := make([]string, len(records))
	for i, rec := range records {
		out[i] = rec.Body
	}
	return out
}

// Largest returns the most samples in a batch and the most bytes of a message.
func (r *Reader) Largest() (samples, bytes int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.largest, r.bytes
}

// Counters returns the values of all counters and gauges, keyed as name or name{label value}.
func (r *Rig) Counters(t testing.TB) map[string]float64 { return Counters(t, r.Registry) }

// Counters returns the values of a registry's counters and gauges, keyed as name or name{label value}.
func Counters(t testing.TB, g prometheus.Gatherer) map[string]float64 {
	t.Helper()
	families, err := g.Gather()
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]float64{}
	for _, f := range families {
		for _, m := range f.Metric {
			key := strings.TrimPrefix(f.GetName(), "forewarn_collector_")
			for _, l := range m.Label {
				key += "{" + l.GetValue() + "}"
			}
			out[key] = m.GetCounter().GetValue() + m.GetGauge().GetValue()
		}
	}
	return out
}

// Keys returns the sorted keys of a map.
func Keys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
