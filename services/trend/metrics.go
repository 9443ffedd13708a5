package trend

import (
	"strconv"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics are the service's own; workers' counters are read off at every tick, so that the hot path counts
// plain integers.
type metrics struct {
	signals, episodes *prometheus.GaugeVec
	samples, ignored  *prometheus.CounterVec
	forecasts         *prometheus.CounterVec
	findings          *prometheus.CounterVec
	predictions       *prometheus.CounterVec
	seen              map[int]Stats
}

func newMetrics(r prometheus.Registerer) *metrics {
	gauge := func(name, help string) *prometheus.GaugeVec {
		return prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: name, Help: help}, []string{"partition"})
	}
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
	}
	m := &metrics{
		signals:   gauge("forewarn_trend_signals", "Signals that are watched."),
		episodes:  gauge("forewarn_trend_episodes_open", "Open episodes."),
		samples:   counter("forewarn_trend_samples_total", "Samples read.", "partition"),
		ignored:   counter("forewarn_trend_samples_ignored_total", "Samples that taught nothing, by reason.", "partition", "reason"),
		forecasts: counter("forewarn_trend_forecasts_total", "Forecasts made.", "partition"),
		findings:  counter("forewarn_trend_findings_total", "Findings published.", "action", "severity"),

		predictions: counter("forewarn_trend_predictions_total", "Remembered predictions, by what became of the memory.", "partition", "result"),
	}
	r.MustRegister(m.signals, m.episodes, m.samples, m.ignored, m.forecasts, m.findings, m.predictions)
	return m
}

// forPartition returns the metrics with a memory of one partition's counters.
func (m *metrics) forPartition() *metrics {
	own := *m
	own.seen = map[int]Stats{}
	return &own
}

// observe adds what a worker counted since the last time.
func (m *metrics) observe(number int, w *Worker) {
	p := strconv.Itoa(number)
	signals, episodes := w.Len()
	m.signals.WithLabelValues(p).Set(float64(signals))
	m.episodes.WithLabelValues(p).Set(float64(episodes))
	now, before := w.Stats(), m.seen[number]
	m.seen[number] = now
	m.samples.WithLabelValues(p).Add(float64(now.Samples - before.Samples))
	m.forecasts.WithLabelValues(p).Add(float64(now.Forecasts - before.Forecasts))
	for result, n := range map[string]uint64{
		"settled": now.Settled - before.Settled, "no_room": now.NotNoted - before.NotNoted, "not_counted": now.NotCounted - before.NotCounted,
	} {
		m.predictions.WithLabelValues(p, result).Add(float64(n))
	}
	for reason, n := range map[string]uint64{
		"not_finite": now.NotFinite - before.NotFinite,
		"late":       now.Late - before.Late,
		"ahead":      now.Ahead - before.Ahead,
		"rewound":    now.Rewound - before.Rewound,
		"refused":    now.Refused - before.Refused,
		"no_use":     now.NoUse - before.NoUse,
		"forgotten":  now.Forgotten - before.Forgotten,
	} {
		m.ignored.WithLabelValues(p, reason).Add(float64(n))
	}
}
