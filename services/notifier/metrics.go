package notifier

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/forewarn/forewarn/shared/obs"
)

// metrics are the service's metrics. The label channel holds configured names only.
type metrics struct {
	findings   *prometheus.CounterVec
	applied    prometheus.Histogram
	changes    *prometheus.CounterVec
	open       prometheus.Gauge
	pruned     prometheus.Counter
	stale      prometheus.Counter
	fill       prometheus.Gauge
	deliveries *prometheus.CounterVec
	sent       *prometheus.HistogramVec
	pending    *prometheus.GaugeVec
	digests    *prometheus.CounterVec
	missed     *prometheus.CounterVec
	pictures   *prometheus.CounterVec
	fallbacks  *prometheus.CounterVec

	unregister func() // ends what the service tells
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
		changes: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "forewarn_notifier_changes_total",
			Help: "Changes of incidents by people and by time, by what was done: assign, acknowledge, unacknowledge, mitigate, resolve, reopen, verify, close, " +
				"comment, link, verdict, remind.",
		}, []string{"action"}),
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
		digests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "forewarn_notifier_digests_total", Help: "Digests queued, by what they tell of (week, month) and whether they came late.",
		}, []string{"span", "late"}),
		missed: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "forewarn_notifier_unreachable_total",
			Help: "Times that somebody could not be told by a channel which has no address of them, so that another person or channel was taken.",
		}, []string{"channel"}),
		pictures: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "forewarn_notifier_pictures_total", Help: "Pictures of messages, by channel and result: drawn, none, failed.",
		}, []string{"channel", "result"}),
		fallbacks: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "forewarn_notifier_template_failures_total", Help: "Messages sent in the form that is built in because the channel's template failed.",
		}, []string{"channel"}),
	}
	var err error
	m.unregister, err = obs.Register(reg, "the notifier", m.all()...)
	return m, err
}

func (m *metrics) all() []prometheus.Collector {
	return []prometheus.Collector{
		m.findings, m.applied, m.changes, m.open, m.pruned, m.stale, m.fill, m.deliveries, m.sent, m.pending,
		m.digests, m.missed, m.pictures, m.fallbacks,
	}
}
