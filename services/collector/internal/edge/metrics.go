package edge

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// Metrics are the counters of the way to the bus.
type Metrics struct {
	samples, logs    prometheus.Counter
	batches, failed  *prometheus.CounterVec // by kind: metrics, logs
	refused          *prometheus.CounterVec // by reason
	cutValues        prometheus.Counter
	lost             prometheus.Counter
	series, overfull prometheus.Gauge
}

// The reasons for which a sample is refused.
const (
	refusedDuplicate = "duplicate"
	refusedFuture    = "future"
	refusedPast      = "past"
	refusedLabels    = "labels"
	refusedSeries    = "series_limit"
	refusedNew       = "new_series_limit"
	refusedSamples   = "sample_limit"
)

// NewMetrics registers the metrics with reg.
func NewMetrics(reg prometheus.Registerer) *Metrics {
	f := promauto.With(reg)
	counter := func(name, help string) prometheus.Counter {
		return f.NewCounter(prometheus.CounterOpts{Name: "forewarn_collector_" + name, Help: help})
	}
	vec := func(name, label, help string, values ...string) *prometheus.CounterVec {
		v := f.NewCounterVec(prometheus.CounterOpts{Name: "forewarn_collector_" + name, Help: help}, []string{label})
		for _, value := range values {
			v.WithLabelValues(value)
		}
		return v
	}
	gauge := func(name, help string) prometheus.Gauge {
		return f.NewGauge(prometheus.GaugeOpts{Name: "forewarn_collector_" + name, Help: help})
	}
	return &Metrics{
		samples: counter("samples_total", "Samples published."),
		logs:    counter("log_records_total", "Log records published."),
		batches: vec("batches_total", "kind", "Batches published.", "metrics", "logs"),
		failed:  vec("publish_errors_total", "kind", "Batches that could neither be published nor spooled.", "metrics", "logs"),
		refused: vec("samples_refused_total", "reason", "Samples refused at the edge.",
			refusedDuplicate, refusedFuture, refusedPast, refusedLabels, refusedSeries, refusedNew, refusedSamples),
		cutValues: counter("label_values_cut_total", "Label values that were too long and have been cut."),
		lost:      counter("samples_lost_total", "Samples dropped because their batch could not be published."),
		series:    gauge("series", "Series that are known to the edge."),
		overfull:  gauge("sources_limited", "Sources over their limit of series, or of new ones."),
	}
}
