package e2e

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"

	"github.com/forewarn/forewarn/services/collector"
	"github.com/forewarn/forewarn/services/historian"
	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/history"
	"github.com/forewarn/forewarn/shared/history/embedded"
	"github.com/forewarn/forewarn/shared/obs"
	"github.com/forewarn/forewarn/shared/signal"
)

// BenchmarkCollectorToHistory scrapes more than this machine can take, over HTTP, through the bus with every batch
// synced, into the time-series database, all in one process, and reports the samples a second that arrive there. Its
// 300,000 series are three times what one machine is meant for; with more, caches miss more often and fewer arrive.
// Run it with -benchtime=1x; an iteration takes half a minute.
func BenchmarkCollectorToHistory(b *testing.B) {
	const targets, seriesPerTarget, measured = 30, 10_000, 20 * time.Second
	exporter := bigExporter(b, seriesPerTarget)
	cfg := collector.DefaultConfig()
	cfg.Host.Enabled = false
	for i := range targets {
		cfg.Scrape = append(cfg.Scrape, collector.Target{
			URL: fmt.Sprintf("%s/%d", exporter.URL, i), Job: fmt.Sprint("load", i), Interval: time.Second, Timeout: time.Second,
		})
	}
	for b.Loop() {
		registry := prometheus.NewRegistry()
		stop := pipeline(b, cfg, registry)
		stored := func() float64 { return counter(b, registry, "forewarn_historian_samples_total") }
		deadline := time.Now().Add(time.Minute)
		for stored() < 3*targets*seriesPerTarget { // by then every series is known to everybody: the steady state
			if time.Now().After(deadline) {
				b.Fatal("the targets did not arrive in history")
			}
			time.Sleep(100 * time.Millisecond)
		}
		before, began, cpu := stored(), time.Now(), cpuTime(b)
		time.Sleep(measured)
		n, wall := stored()-before, time.Since(began).Seconds()
		b.ReportMetric(n/wall, "samples/s")
		b.ReportMetric((cpuTime(b)-cpu).Seconds()/wall, "cores")
		stop()
	}
}

func bigExporter(b *testing.B, series int) *httptest.Server {
	var body bytes.Buffer
	for i := range series {
		fmt.Fprintf(&body, "http_request_duration_seconds_bucket{handler=\"/api/voucher/%d\",le=\"0.%d\",code=\"200\"} %d\n", i/10, i%10, i*17)
	}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain; version=0.0.4")
		// Each target is a host of its own, so that the partitions share the load.
		fmt.Fprintf(w, "node_uname_info{nodename=\"erp-%s\"} 1\n", r.URL.Path[1:])
		w.Write(body.Bytes()) //nolint:errcheck // the scrape timed out
	}))
	b.Cleanup(s.Close)
	return s
}

// pipeline runs collector, bus and historian until stop.
func pipeline(b *testing.B, cfg collector.Config, registry *prometheus.Registry) (stop func()) {
	b.Helper()
	dir, health, log := b.TempDir(), &obs.Health{}, zap.NewNop()
	broker, err := bus.Open(b.Context(), bus.DefaultConfig(), bus.Settings{Registry: registry, Health: health, DataDir: dir})
	if err != nil {
		b.Fatal(err)
	}
	store, err := embedded.Open(history.DefaultConfig(), embedded.Settings{Logger: log, Dir: filepath.Join(dir, "history")})
	if err != nil {
		b.Fatal(err)
	}
	h, err := historian.New(historian.DefaultConfig(), historian.Settings{Logger: log, Registry: registry, Health: health, Bus: broker, Store: store})
	if err != nil {
		b.Fatal(err)
	}
	catalogue, err := signal.Load()
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(b.Context())
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return broker.Run(ctx) })
	g.Go(func() error { return h.Run(ctx) })
	g.Go(func() error {
		return collector.Run(ctx, cfg, collector.Settings{
			Logger: log, Registry: registry, Health: health, Bus: broker, Catalogue: catalogue, DataDir: dir,
		})
	})
	return func() {
		cancel()
		if err := g.Wait(); err != nil {
			b.Error(err)
		}
		store.Close()  //nolint:errcheck // thrown away
		broker.Close() //nolint:errcheck // thrown away
	}
}

// counter sums a counter over its labels.
func counter(b *testing.B, g prometheus.Gatherer, name string) (sum float64) {
	b.Helper()
	families, err := g.Gather()
	if err != nil {
		b.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() != name {
			continue
		}
		for _, m := range f.GetMetric() {
			sum += m.GetCounter().GetValue()
		}
	}
	return sum
}

func cpuTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
