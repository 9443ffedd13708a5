package host

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// Metrics are those of watching this machine.
type Metrics struct {
	failures    *prometheus.CounterVec // by group
	duration    prometheus.Histogram
	fileSystems prometheus.Gauge
}

// NewMetrics registers the metrics with reg.
func NewMetrics(reg prometheus.Registerer) *Metrics {
	f := promauto.With(reg)
	m := &Metrics{
		failures: f.NewCounterVec(prometheus.CounterOpts{
			Name: "forewarn_collector_host_failures_total", Help: "Groups of host metrics that could not be read.",
		},
			[]string{"group"}),
		duration: f.NewHistogram(prometheus.HistogramOpts{
			Name: "forewarn_collector_host_duration_seconds", Help: "Time to collect the host's metrics.",
			Buckets: []float64{.002, .005, .01, .02, .05, .2, 1, 5},
		}),
		fileSystems: f.NewGauge(prometheus.GaugeOpts{
			Name: "forewarn_collector_file_systems", Help: "File systems of this machine that are watched.",
		}),
	}
	for _, g := range (*Watcher)(nil).groups() {
		m.failures.WithLabelValues(g.name)
	}
	return m
}
