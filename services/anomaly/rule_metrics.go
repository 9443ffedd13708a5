package anomaly

import (
	"fmt"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/forewarn/forewarn/services/anomaly/internal/alert"
	"github.com/forewarn/forewarn/services/anomaly/internal/rule"
	"github.com/forewarn/forewarn/services/anomaly/internal/window"
)

// ruleMetrics are those of rules, by place of evaluation and partition; counters of rulers are read off at every tick.
type ruleMetrics struct {
	rules, alerts, series                          *prometheus.GaugeVec
	evaluations, seconds, samples, broken, unheard *prometheus.CounterVec
	findings                                       *prometheus.CounterVec

	place, partition string
	seen             RulerStats
	refused          uint64
	kept             window.Stats
}

func newRuleMetrics(r prometheus.Registerer, findings *prometheus.CounterVec) *ruleMetrics {
	gauge := func(name, help string, labels ...string) *prometheus.GaugeVec {
		return prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: name, Help: help}, labels)
	}
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
	}
	m := &ruleMetrics{
		rules:  gauge("forewarn_anomaly_rules", "Rules by where they are evaluated.", "place"),
		alerts: gauge("forewarn_anomaly_alerts", "Alerts that are pending or firing.", "place", "partition", "state"),
		series: gauge("forewarn_anomaly_rule_series", "Series whose newest samples are kept for rules.", "partition"),
		evaluations: counter("forewarn_anomaly_rule_evaluations_total",
			"Evaluations of rules: ok, failed, or missed (left out, since others were late).", "place", "partition", "result"),
		seconds: counter("forewarn_anomaly_rule_evaluation_seconds_total", "Time that evaluations took.", "place", "partition"),
		samples: counter("forewarn_anomaly_rule_samples_total",
			"Samples of series that rules select: kept, late (not newer than the newest), ahead of the time; of refused, the messages.", "partition", "result"),
		broken:  counter("forewarn_anomaly_rule_template_failures_total", "Templates of labels and annotations that failed.", "place", "partition"),
		unheard: counter("forewarn_anomaly_alerts_refused_total", "Results for which a rule had no room.", "place", "partition"),

		findings: findings,
	}
	r.MustRegister(m.rules, m.alerts, m.series, m.evaluations, m.seconds, m.samples, m.broken, m.unheard)
	return m
}

// of returns the metrics of what is evaluated at a place, with a memory of its counters.
func (m *ruleMetrics) of(p rule.Place, partition int) *ruleMetrics {
	own := *m
	own.place, own.partition = string(p), fmt.Sprint(partition)
	return &own
}

// forget takes out what is known of a partition that another process works on now.
func (m *ruleMetrics) forget() {
	m.alerts.DeletePartialMatch(prometheus.Labels{"place": m.place, "partition": m.partition})
	if m.place == string(rule.Stream) {
		m.series.DeleteLabelValues(m.partition)
	}
}

// count says how many rules there are.
func (m *ruleMetrics) count(rules *Rules) {
	for _, p := range [...]rule.Place{rule.Stream, rule.History} {
		m.rules.WithLabelValues(string(p)).Set(float64(len(rulesOf(rules.at(p)))))
	}
}

// observe adds what was done with rules since the last time.
func (m *ruleMetrics) observe(now RulerStats, book *alert.Book) {
	before := m.seen
	m.seen = now
	add := func(v *prometheus.CounterVec, n float64, labels ...string) {
		v.WithLabelValues(append([]string{m.place, m.partition}, labels...)...).Add(n)
	}
	failed := now.Failures - before.Failures
	add(m.evaluations, float64(now.Evaluations-before.Evaluations-failed), "ok")
	add(m.evaluations, float64(failed), "failed")
	add(m.evaluations, float64(now.Missed-before.Missed), "missed")
	add(m.seconds, now.Seconds-before.Seconds)
	add(m.broken, float64(now.Templates-before.Templates))
	refused := book.Stats().Refused
	add(m.unheard, float64(refused-m.refused))
	m.refused = refused
	pending, firing := book.Len()
	m.alerts.WithLabelValues(m.place, m.partition, "pending").Set(float64(pending))
	m.alerts.WithLabelValues(m.place, m.partition, "firing").Set(float64(firing))
}

// observeWindow adds what was kept since the last time.
func (m *ruleMetrics) observeWindow(w *window.Window) {
	m.series.WithLabelValues(m.partition).Set(float64(w.Len()))
	now, before := w.Stats(), m.kept
	m.kept = now
	for result, n := range map[string]uint64{
		"kept": now.Samples - before.Samples, "late": now.Late - before.Late, "ahead": now.Ahead - before.Ahead,
		"refused": now.Refused - before.Refused,
	} {
		m.samples.WithLabelValues(m.partition, result).Add(float64(n))
	}
}
