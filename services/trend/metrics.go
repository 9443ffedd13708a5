package trend

import (
	"fmt"
	"strconv"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/finding"
)

// metrics are the service's own; workers' counters are read off at every tick, so that the hot path counts
// plain integers.
type metrics struct {
	signals, episodes *prometheus.GaugeVec
	samples, ignored  *prometheus.CounterVec
	forecasts         *prometheus.CounterVec
	findings          *prometheus.CounterVec
	predictions       *prometheus.CounterVec

	instances, releases prometheus.Gauge
	refused             prometheus.Counter

	seen map[int]Stats
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
		samples:   counter("forewarn_trend_samples_total", "Samples read, of the series that a rule selects.", "partition"),
		ignored:   counter("forewarn_trend_samples_ignored_total", "Samples that taught nothing, by reason.", "partition", "reason"),
		forecasts: counter("forewarn_trend_forecasts_total", "Forecasts made.", "partition"),
		findings:  counter("forewarn_trend_findings_total", "Findings published.", "action", "severity"),

		predictions: counter("forewarn_trend_predictions_total", "Remembered predictions, by what became of the memory.", "partition", "result"),

		instances: prometheus.NewGauge(prometheus.GaugeOpts{Name: "forewarn_trend_release_instances", Help: "Running instances whose release is known."}),
		releases:  prometheus.NewGauge(prometheus.GaugeOpts{Name: "forewarn_trend_releases", Help: "Releases of which an instance runs."}),
		refused:   prometheus.NewCounter(prometheus.CounterOpts{Name: "forewarn_trend_release_instances_refused_total", Help: "Reports of instances that there was no room for."}),
	}
	r.MustRegister(m.signals, m.episodes, m.samples, m.ignored, m.forecasts, m.findings, m.predictions, m.instances, m.releases, m.refused)
	return m
}

// forPartition returns the metrics with a memory of one partition's counters.
func (m *metrics) forPartition() *metrics {
	own := *m
	own.seen = map[int]Stats{}
	return &own
}

// forget takes out what is known of a partition that another process works on now.
func (m *metrics) forget(number int) {
	p := strconv.Itoa(number)
	m.signals.DeleteLabelValues(p)
	m.episodes.DeleteLabelValues(p)
}

// publish returns a finding as an output, under its id, and counts it.
func (m *metrics) publish(f *finding.Finding, id string) (bus.Output, error) {
	f.ID = id
	data, err := finding.Encode(f)
	if err != nil {
		return bus.Output{}, fmt.Errorf("encode finding about %s: %w", f.Signal, err)
	}
	m.findings.WithLabelValues(string(f.Action), string(f.Severity)).Inc()
	return bus.Output{ID: id, Data: data}, nil
}

// observeReleases adds what the second stage counted since the last time.
func (m *metrics) observeReleases(r *Releases) {
	instances, releases := r.Len()
	m.instances.Set(float64(instances))
	m.releases.Set(float64(releases))
	m.refused.Add(float64(r.refused))
	r.refused = 0
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
