package scrape

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// Metrics are the counters of all targets together.
type Metrics struct {
	targets   prometheus.Gauge
	scrapes   *prometheus.CounterVec // by result: ok, failed
	duration  prometheus.Histogram
	malformed prometheus.Counter
}

// NewMetrics registers the metrics with reg.
func NewMetrics(reg prometheus.Registerer) *Metrics {
	f := promauto.With(reg)
	m := &Metrics{
		targets: f.NewGauge(prometheus.GaugeOpts{
			Name: "forewarn_collector_targets", Help: "Targets that are scraped.",
		}),
		scrapes: f.NewCounterVec(prometheus.CounterOpts{
			Name: "forewarn_collector_scrapes_total", Help: "Scrapes by result.",
		}, []string{"result"}),
		duration: f.NewHistogram(prometheus.HistogramOpts{
			Name: "forewarn_collector_scrape_duration_seconds", Help: "Time from asking a target to having parsed its answer.",
			Buckets: []float64{.005, .02, .1, .5, 2, 10},
		}),
		malformed: f.NewCounter(prometheus.CounterOpts{
			Name: "forewarn_collector_malformed_lines_total", Help: "Exposition lines that were not understood.",
		}),
	}
	m.scrapes.WithLabelValues("ok")
	m.scrapes.WithLabelValues("failed")
	return m
}

func (m *Metrics) count(ok bool, took time.Duration) {
	result := "ok"
	if !ok {
		result = "failed"
	}
	m.scrapes.WithLabelValues(result).Inc()
	m.duration.Observe(took.Seconds())
}
