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
	sources  *prometheus.GaugeVec
	patterns *prometheus.GaugeVec
	state    *prometheus.GaugeVec
	unlisted *prometheus.CounterVec
	seen     map[int]Stats
	listed   map[int]diaryStats
}

func newMetrics(r prometheus.Registerer) *metrics {
	m := &metrics{
		episodes: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "forewarn_anomaly_episodes_open", Help: "Open episodes of known messages, and of what is odd about a log.",
		}, []string{"partition"}),
		entries: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "forewarn_anomaly_log_entries_total",
			Help: "Log entries by what was found in them: nothing, known, old (known, and too old to be news), refused (known, and no room).",
		}, []string{"partition", "result"}),
		findings: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "forewarn_anomaly_findings_total", Help: "Findings published.",
		}, []string{"action", "severity"}),
		sources: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "forewarn_anomaly_sources", Help: "Logs whose patterns are remembered.",
		}, []string{"partition"}),
		patterns: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "forewarn_anomaly_patterns", Help: "Patterns that are remembered.",
		}, []string{"partition"}),
		state: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "forewarn_anomaly_state_bytes", Help: "Memory that patterns take, as estimated.",
		}, []string{"partition"}),
		unlisted: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "forewarn_anomaly_unlisted_total",
			Help: "Entries without a pattern: of a log (source) or of a pattern (pattern) for which there was no room. forgotten counts logs that made room.",
		}, []string{"partition", "what"}),
	}
	r.MustRegister(m.episodes, m.entries, m.findings, m.sources, m.patterns, m.state, m.unlisted)
	return m
}

// forPartition returns the metrics with a memory of one partition's counters.
func (m *metrics) forPartition() *metrics {
	own := *m
	own.seen, own.listed = map[int]Stats{}, map[int]diaryStats{}
	return &own
}

// forget takes out what is known of a partition that another process works on now.
func (m *metrics) forget(number int) {
	p := strconv.Itoa(number)
	for _, gauge := range []*prometheus.GaugeVec{m.episodes, m.sources, m.patterns, m.state} {
		gauge.DeleteLabelValues(p)
	}
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
	m.observeDiary(number, p, l)
}

// observeDiary does the same for patterns.
func (m *metrics) observeDiary(number int, p string, l *Listener) {
	sources, patterns, bytes := l.Sources()
	m.sources.WithLabelValues(p).Set(float64(sources))
	m.patterns.WithLabelValues(p).Set(float64(patterns))
	m.state.WithLabelValues(p).Set(float64(bytes))
	now, before := l.diary.stats, m.listed[number]
	m.listed[number] = now
	for what, n := range map[string]uint64{
		"source": now.RefusedSources - before.RefusedSources, "pattern": now.RefusedPatterns - before.RefusedPatterns,
		"forgotten": now.Forgotten - before.Forgotten,
	} {
		m.unlisted.WithLabelValues(p, what).Add(float64(n))
	}
}
