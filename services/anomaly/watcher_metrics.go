package anomaly

import (
	"strconv"

	"github.com/prometheus/client_golang/prometheus"
)

// watcherMetrics are those of what is judged by baselines; watchers' counters are read off at every tick, so that the hot
// path counts plain integers.
type watcherMetrics struct {
	series, unusual            *prometheus.GaugeVec
	samples, ignored, findings *prometheus.CounterVec
	seen                       WatcherStats
}

func newWatcherMetrics(r prometheus.Registerer, findings *prometheus.CounterVec) *watcherMetrics {
	m := &watcherMetrics{
		series: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "forewarn_anomaly_series", Help: "Signals whose behaviour is judged.",
		}, []string{"partition"}),
		unusual: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "forewarn_anomaly_series_unusual", Help: "Signals that do what they never did, or seldom.",
		}, []string{"partition"}),
		samples: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "forewarn_anomaly_samples_total", Help: "Samples read of what is judged.",
		}, []string{"partition"}),
		ignored: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "forewarn_anomaly_samples_ignored_total", Help: "Samples that taught nothing, by reason; of refused, the messages.",
		}, []string{"partition", "reason"}),
		findings: findings,
	}
	r.MustRegister(m.series, m.unusual, m.samples, m.ignored)
	return m
}

// forPartition returns the metrics with a memory of one partition's counters.
func (m *watcherMetrics) forPartition() *watcherMetrics {
	own := *m
	return &own
}

// forget takes out what is known of a partition that another process works on now.
func (m *watcherMetrics) forget(number int) {
	p := strconv.Itoa(number)
	m.series.DeleteLabelValues(p)
	m.unusual.DeleteLabelValues(p)
}

// observe adds what a watcher counted since the last time.
func (m *watcherMetrics) observe(number int, w *Watcher) {
	p := strconv.Itoa(number)
	series, unusual := w.Len()
	m.series.WithLabelValues(p).Set(float64(series))
	m.unusual.WithLabelValues(p).Set(float64(unusual))
	now, before := w.Stats(), m.seen
	m.seen = now
	m.samples.WithLabelValues(p).Add(float64(now.Samples - before.Samples))
	for reason, n := range map[string]uint64{
		"not_finite": now.NotFinite - before.NotFinite,
		"ahead":      now.Ahead - before.Ahead,
		"no_use":     now.NoUse - before.NoUse,
		"late":       now.Late - before.Late,
		"refused":    now.Refused - before.Refused,
		"forgotten":  now.Forgotten - before.Forgotten,
	} {
		m.ignored.WithLabelValues(p, reason).Add(float64(n))
	}
}
