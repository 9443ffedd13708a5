package historian

import (
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/forewarn/forewarn/shared/history"
)

// metrics of the historian; README.md describes them.
type metrics struct {
	samples    *prometheus.CounterVec // result
	malformed  prometheus.Counter
	failures   *prometheus.CounterVec // operation
	appendTime prometheus.Histogram
	syncTime   prometheus.Histogram
	queryTime  *prometheus.HistogramVec // endpoint, status
	store      *storeCollector
	// certificateEnd has no labels: it is absent where there is no certificate.
	certificateEnd *prometheus.GaugeVec
}

// holder is a history that says what it holds.
type holder interface{ Stats() history.Stats }

func newMetrics(store history.Store) *metrics {
	histogram := func(name, help string) prometheus.Histogram {
		return prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: name, Help: help, Buckets: prometheus.ExponentialBuckets(0.0005, 4, 9),
		})
	}
	m := &metrics{
		samples: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "forewarn_historian_samples_total",
			Help: "Samples by what became of them: stored, conflict, out_of_order, too_old, ahead, invalid, rejected.",
		}, []string{"result"}),
		malformed: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "forewarn_historian_malformed_batches_total", Help: "Batches that could not be decoded and went to the dead letters.",
		}),
		failures: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "forewarn_historian_failures_total", Help: "Failed attempts to append to or to sync the history; each is tried again.",
		}, []string{"operation"}),
		appendTime: histogram("forewarn_historian_append_duration_seconds", "Time to append a batch."),
		syncTime:   histogram("forewarn_historian_sync_duration_seconds", "Time to force what was appended to disk."),
		queryTime: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "forewarn_historian_query_duration_seconds", Help: "Time to answer a request of the query API.",
			Buckets: prometheus.ExponentialBuckets(0.001, 4, 8),
		}, []string{"endpoint", "status"}),
	}
	m.certificateEnd = prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "forewarn_historian_certificate_end_timestamp_seconds", Help: "When the certificate of the server that keeps the history ends.",
	}, nil)
	for _, result := range []string{"stored", "conflict", "out_of_order", "too_old", "ahead", "invalid", "rejected"} {
		m.samples.WithLabelValues(result)
	}
	for _, operation := range []string{"append", "sync"} {
		m.failures.WithLabelValues(operation)
	}
	if h, ok := store.(holder); ok {
		m.store = newStoreCollector(h)
	}
	return m
}

func (m *metrics) all() []prometheus.Collector {
	all := []prometheus.Collector{m.samples, m.malformed, m.failures, m.appendTime, m.syncTime, m.queryTime, m.certificateEnd}
	if m.store != nil {
		all = append(all, m.store)
	}
	return all
}

func (m *metrics) count(n history.Appended) {
	for _, c := range [...]struct {
		result  string
		samples int
	}{
		{"stored", n.Stored},
		{"conflict", n.Conflicts},
		{"out_of_order", n.OutOfOrder},
		{"too_old", n.TooOld},
		{"ahead", n.Ahead},
		{"invalid", n.Invalid},
		{"rejected", n.Rejected},
	} {
		if c.samples > 0 {
			m.samples.WithLabelValues(c.result).Add(float64(c.samples))
		}
	}
}

func (m *metrics) observeQuery(endpoint string, status int, took time.Duration) {
	m.queryTime.WithLabelValues(endpoint, strconv.Itoa(status)).Observe(took.Seconds())
}

// storeCollector exports what the history holds at the time of the scrape.
type storeCollector struct {
	holder
	series, bytes, blocks, oldest, newest, failures *prometheus.Desc
}

func newStoreCollector(h holder) *storeCollector {
	desc := func(name, help string) *prometheus.Desc {
		return prometheus.NewDesc(name, help, nil, nil)
	}
	return &storeCollector{
		holder:   h,
		series:   desc("forewarn_historian_store_series", "Series with samples in the last hours."),
		bytes:    desc("forewarn_historian_store_bytes", "Size of the history on disk."),
		blocks:   desc("forewarn_historian_store_blocks", "Blocks of the history on disk."),
		oldest:   desc("forewarn_historian_store_oldest_sample_timestamp_seconds", "Time of the oldest sample."),
		newest:   desc("forewarn_historian_store_newest_sample_timestamp_seconds", "Time of the newest sample."),
		failures: desc("forewarn_historian_store_compaction_failures_total", "Compactions that failed since the start; they are tried again."),
	}
}

// Describe sends the descriptions of what Collect sends.
func (c *storeCollector) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{c.series, c.bytes, c.blocks, c.oldest, c.newest, c.failures} {
		ch <- d
	}
}

// Collect sends what the history holds now.
func (c *storeCollector) Collect(ch chan<- prometheus.Metric) {
	s := c.Stats()
	send := func(d *prometheus.Desc, t prometheus.ValueType, v float64) {
		ch <- prometheus.MustNewConstMetric(d, t, v)
	}
	send(c.series, prometheus.GaugeValue, float64(s.Series))
	send(c.bytes, prometheus.GaugeValue, float64(s.Bytes))
	send(c.blocks, prometheus.GaugeValue, float64(s.Blocks))
	send(c.failures, prometheus.CounterValue, float64(s.CompactionFailures))
	if !s.Newest.IsZero() {
		send(c.oldest, prometheus.GaugeValue, float64(s.Oldest.UnixMilli())/1000)
		send(c.newest, prometheus.GaugeValue, float64(s.Newest.UnixMilli())/1000)
	}
}
