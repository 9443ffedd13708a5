package planner

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics of the planner; README.md describes them.
type metrics struct {
	signals *prometheus.GaugeVec // state
	failing prometheus.Gauge
	reads   *prometheus.CounterVec // result
	took    prometheus.Histogram
}

func newMetrics() *metrics {
	m := &metrics{
		signals: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "forewarn_planner_signals", Help: "Signals by what is said of them: planned, without (a plan, with the reason), pending.",
		}, []string{"state"}),
		failing: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "forewarn_planner_drivers_failing", Help: "Drivers whose query fails.",
		}),
		reads: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "forewarn_planner_reads_total", Help: "Histories of a signal that were read, by result: ok, failed.",
		}, []string{"result"}),
		took: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "forewarn_planner_read_duration_seconds", Help: "Time to read the history of a signal.",
			Buckets: prometheus.ExponentialBuckets(0.0005, 4, 9),
		}),
	}
	for _, result := range []string{"ok", "failed"} {
		m.reads.WithLabelValues(result)
	}
	return m
}

func (m *metrics) all() []prometheus.Collector {
	return []prometheus.Collector{m.signals, m.failing, m.reads, m.took}
}

func (m *metrics) observe(b *book, d *drivers) {
	planned, without, pending := b.count()
	m.signals.WithLabelValues("planned").Set(float64(planned))
	m.signals.WithLabelValues("without").Set(float64(without))
	m.signals.WithLabelValues("pending").Set(float64(pending))
	m.failing.Set(float64(d.failed()))
}

func (m *metrics) read(took time.Duration, err error) {
	result := "ok"
	if err != nil {
		result = "failed"
	}
	m.reads.WithLabelValues(result).Inc()
	m.took.Observe(took.Seconds())
}
