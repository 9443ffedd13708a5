package notifier

import (
	"errors"
	"fmt"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics are the service's metrics. The label channel holds configured names only.
type metrics struct {
	findings   *prometheus.CounterVec
	applied    prometheus.Histogram
	open       prometheus.Gauge
	pruned     prometheus.Counter
	stale      prometheus.Counter
	fill       prometheus.Gauge
	deliveries *prometheus.CounterVec
	sent       *prometheus.HistogramVec
	pending    *prometheus.GaugeVec

	registry prometheus.Registerer // nil: they are registered nowhere
}

func newMetrics(reg prometheus.Registerer) (*metrics, error) {
	m := &metrics{
		findings: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "forewarn_notifier_findings_total",
			Help: "Findings and the like taken, by what became of them: opened, reopened, joined, updated, resolved, noted, ignored, covered, " +
				"repeated, refused, outcomes, relations, poison, failed.",
		}, []string{"result"}),
		applied: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "forewarn_notifier_apply_duration_seconds", Help: "Time to apply one finding and make its effects safe.",
			Buckets: prometheus.ExponentialBuckets(0.0005, 4, 8),
		}),
		open: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "forewarn_notifier_open_incidents", Help: "Incidents that are open, counted every minute.",
		}),
		pruned: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "forewarn_notifier_pruned_incidents_total", Help: "Resolved incidents removed from the store by age or for space.",
		}),
		stale: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "forewarn_notifier_stale_incidents_total", Help: "Open incidents closed because nothing was heard of them.",
		}),
		fill: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "forewarn_notifier_store_fill_ratio", Help: "How full the incident store is, of its limit, looked at every minute.",
		}),
		deliveries: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "forewarn_notifier_deliveries_total",
			Help: "Attempts to deliver, by channel and result: delivered, failed, given_up, repeated, superseded.",
		}, []string{"channel", "result"}),
		sent: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "forewarn_notifier_delivery_duration_seconds", Help: "Time of one attempt to deliver.",
			Buckets: prometheus.ExponentialBuckets(0.005, 4, 7),
		}, []string{"channel"}),
		pending: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "forewarn_notifier_pending_deliveries", Help: "Deliveries that a channel's worker holds.",
		}, []string{"channel"}),
	}
	if reg == nil {
		return m, nil
	}
	m.registry = reg
	var errs []error
	for _, c := range m.all() {
		errs = append(errs, reg.Register(c))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, fmt.Errorf("register metrics of the notifier: %w", err)
	}
	return m, nil
}

func (m *metrics) all() []prometheus.Collector {
	return []prometheus.Collector{m.findings, m.applied, m.open, m.pruned, m.stale, m.fill, m.deliveries, m.sent, m.pending}
}

// unregister ends what the service tells: of several processes one works, and one that has lost its lease may work again later.
func (m *metrics) unregister() {
	if m.registry == nil {
		return
	}
	for _, c := range m.all() {
		m.registry.Unregister(c)
	}
}
