package anomaly

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/forewarn/forewarn/services/anomaly/internal/rule"
	"github.com/forewarn/forewarn/shared/bustest"
	"github.com/forewarn/forewarn/shared/telemetry"
)

// hundred are a hundred rules of the kinds that handbooks have, each on a metric of its own.
func hundred() string {
	var b strings.Builder
	b.WriteString("groups:\n- name: own\n  interval: 30s\n  rules:\n")
	for i := range 100 {
		expr := [...]string{"metric_%d > 2", "rate(metric_%d[5m]) > 2", "avg_over_time(metric_%d[5m]) > 2", "metric_%d{host!=\"x\"} * 100 > 250"}[i%4]
		fmt.Fprintf(&b, "  - {alert: A%d, expr: %q, for: 5m}\n", i, fmt.Sprintf(expr, i))
	}
	return b.String()
}

// seriesOf returns a batch with a sample of each of so many series, which are of a hundred metrics.
func seriesOf(prefix string, n int) *telemetry.Batch {
	b := &telemetry.Batch{}
	for i := range n {
		ls := telemetry.NewLabels(telemetry.Label{Name: telemetry.MetricName, Value: fmt.Sprintf("%s_%d", prefix, i%100)},
			telemetry.Label{Name: "host", Value: fmt.Sprintf("erp-%02d", i/100)}, telemetry.Label{Name: "job", Value: "node"})
		b.Series = append(b.Series, telemetry.TimeSeries{Series: telemetry.NewSeries(ls), Samples: make([]telemetry.Sample, 1)})
	}
	return b
}

// next sets the samples of a batch to a time and a value.
func next(b *telemetry.Batch, when time.Time, value float64) {
	for i := range b.Series {
		b.Series[i].Samples[0] = telemetry.Sample{TimeMillis: when.UnixMilli(), Value: value}
	}
}

// BenchmarkRuler: a sample of every 15 seconds, with a tick between, evaluations included.
func BenchmarkRuler(b *testing.B) {
	run := func(name, text, prefix string, value float64) {
		b.Run(name, func(b *testing.B) {
			rules, cat, cfg := openRules(b, text)
			if text == "" {
				rules = &Rules{}
			}
			r := newRuler(cfg, rules.at(rule.Stream), cat)
			batch, now := seriesOf(prefix, 2000), july
			b.ReportAllocs()
			for b.Loop() {
				now = now.Add(15 * time.Second)
				next(batch, now, value)
				r.Observe(now, batch)
				r.Tick(now)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*2000), "ns/sample")
		})
	}
	run("no rules", "", "metric", 1)
	run("100 rules, none reads", hundred(), "other", 1)
	run("100 rules read all, none holds", hundred(), "metric", 1)
	run("100 rules read all, half hold", hundred(), "metric", 3)
}

// BenchmarkRulerMemory: what a series takes of which five minutes are kept, and one for which an alert is pending beside.
func BenchmarkRulerMemory(b *testing.B) {
	for _, value := range []float64{1, 3} {
		b.Run(fmt.Sprintf("value %v", value), func(b *testing.B) {
			for b.Loop() {
				rules, cat, cfg := openRules(b, hundred())
				before := heap()
				r := newRuler(cfg, rules.at(rule.Stream), cat)
				batch, now := seriesOf("metric", 10_000), july
				for range 30 {
					now = now.Add(15 * time.Second)
					next(batch, now, value)
					r.Observe(now, batch)
					r.Tick(now)
				}
				state, err := bustest.State(r)
				if err != nil {
					b.Fatal(err)
				}
				size := len(state)
				state = nil
				b.ReportMetric(float64(heap()-before)/10_000, "bytes/series")
				b.ReportMetric(float64(size)/10_000, "snapshot-bytes/series")
				pending, firing := r.book.Len()
				b.ReportMetric(float64(pending+firing), "alerts")
				runtime.KeepAlive(batch)
				_ = state
			}
		})
	}
}

func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
