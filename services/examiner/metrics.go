package examiner

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/forewarn/forewarn/shared/checks"
)

// metrics of the examiner; README.md describes them.
type metrics struct {
	examinations *prometheus.CounterVec // result
	verdicts     *prometheus.CounterVec // check, verdict
	took         prometheus.Histogram
	troubled     prometheus.Gauge
}

func newMetrics() *metrics {
	m := &metrics{
		examinations: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "forewarn_examiner_examinations_total", Help: "Examinations by result: published, answered (somebody asked), failed.",
		}, []string{"result"}),
		verdicts: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "forewarn_examiner_verdicts_total", Help: "Verdicts of published examinations, by check.",
		}, []string{"check", "verdict"}),
		took: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "forewarn_examiner_duration_seconds", Help: "Time that an examination took.", Buckets: prometheus.ExponentialBuckets(0.01, 3, 9),
		}),
		troubled: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "forewarn_examiner_transactions_troubled", Help: "Transactions of which a signal tells that they are slow or fail.",
		}),
	}
	for _, result := range []string{"published", "answered", "failed"} {
		m.examinations.WithLabelValues(result)
	}
	return m
}

func (m *metrics) all() []prometheus.Collector {
	return []prometheus.Collector{m.examinations, m.verdicts, m.took, m.troubled}
}

// examined counts an examination.
func (m *metrics) examined(result string, took time.Duration) {
	m.examinations.WithLabelValues(result).Inc()
	m.took.Observe(took.Seconds())
}

func (m *metrics) published(r *checks.Report) {
	for i := range r.Checks {
		m.verdicts.WithLabelValues(string(r.Checks[i].Name), string(r.Checks[i].Verdict)).Inc()
	}
}
