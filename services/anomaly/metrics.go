package anomaly

import (
	"strconv"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics are the service's own; listeners' counters are read off at every tick, so that the hot path counts plain
// integers.
type metrics struct {
	episodes *prometheus.GaugeVec
	entries  *prometheus.CounterVec
	findings *prometheus.CounterVec
	seen     map[int]Stats
}

func newMetrics(r prometheus.Registerer) *metrics {
	m := &metrics{
		episodes: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "forewarn_anomaly_episodes_open", Help: "Open episodes of known messages.",
		}, []string{"partition"}),
		entries: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "forewarn_anomaly_log_entries_total",
			Help: "Log entries by what was found in them: nothing, known, old (known, and too old to be news), refused (known, and no room).",
		}, []string{"partition", "result"}),
		findings: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "forewarn_anomaly_findings_total", Help: "Findings published.",
		}, []string{"action", "severity"}),
	}
	r.MustRegister(m.episodes, m.entries, m.findings)
	return m
}

// forPartition returns the metrics with a memory of one partition's counters.
func (m *metrics) forPartition() *metrics {
	own := *m
	own.seen = map[int]Stats{}
	return &own
}

// observe adds what a listener counted since the last time.
func (m *metrics) observe(number int, l *Listener) {
	p := strconv.Itoa(number)
	m.episodes.WithLabelValues(p).Set(float64(l.Len()))
	now, before := l.Stats(), m.seen[number]
	m.seen[number] = now
	old, refused := now.Old-before.Old, now.Refused-before.Refused
	known := now.Known - before.Known
	for result, n := range map[string]uint64{
		"nothing": now.Entries - before.Entries - known, "known": known - old - refused, "old": old, "refused": refused,
	} {
		m.entries.WithLabelValues(p, result).Add(float64(n))
	}
}
