package obs

import "github.com/prometheus/client_golang/prometheus"

// metrics tell of a health: whether the process is ready, and how many of its checks are in which state.
type metrics struct {
	health        *Health
	ready, checks *prometheus.Desc
}

// Metrics returns a collector that tells of h: an alert needs no more than the metrics that are scraped anyhow.
func Metrics(h *Health) prometheus.Collector {
	return metrics{
		health: h,
		ready:  prometheus.NewDesc("forewarn_obs_ready", "1 if every check is past starting and none has failed, 0 if not.", nil, nil),
		checks: prometheus.NewDesc("forewarn_obs_checks", "Checks by state.", []string{"state"}, nil),
	}
}

// Describe sends the descriptions of what Collect sends.
func (m metrics) Describe(ch chan<- *prometheus.Desc) {
	ch <- m.ready
	ch <- m.checks
}

// Collect sends how the process is now.
func (m metrics) Collect(ch chan<- prometheus.Metric) {
	ready := 1.0
	if s := m.health.Worst(); s == Failed || s == Starting {
		ready = 0
	}
	ch <- prometheus.MustNewConstMetric(m.ready, prometheus.GaugeValue, ready)
	count := map[State]float64{}
	for _, c := range m.health.Checks() {
		count[c.State]++
	}
	for _, s := range []State{Starting, OK, Degraded, Failed} {
		ch <- prometheus.MustNewConstMetric(m.checks, prometheus.GaugeValue, count[s], string(s))
	}
}
