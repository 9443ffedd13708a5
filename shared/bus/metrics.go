package bus

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/forewarn/forewarn/shared/obs"
)

// metrics of the bus, all named forewarn_bus_….
type metrics struct {
	unregister func() // lets another Bus of the same process register its own
	all        []prometheus.Collector

	published     *prometheus.CounterVec // kind, result: acked, duplicate, spooled, refused
	publishTime   prometheus.Histogram
	drained       prometheus.Counter
	spoolBytes    prometheus.Gauge
	spoolBatches  prometheus.Gauge
	spoolDropped  prometheus.Counter
	spoolCorrupt  prometheus.Counter
	spoolFailures prometheus.Counter

	consumed      *prometheus.CounterVec // service, kind
	consumedBytes *prometheus.CounterVec // service, kind
	repeats       *prometheus.CounterVec // service
	lost          *prometheus.CounterVec // service
	poison        *prometheus.CounterVec // service, cause: error, panic
	setBack       *prometheus.CounterVec // service
	outputs       *prometheus.CounterVec // service, result: published, suppressed
	members       *prometheus.GaugeVec   // service
	held          *prometheus.GaugeVec   // service
	leaseLosses   prometheus.Counter

	snapshotTime     *prometheus.HistogramVec // service
	snapshotBytes    *prometheus.GaugeVec     // service, partition
	snapshotFailures *prometheus.CounterVec   // service
	snapshotDamaged  *prometheus.CounterVec   // service
	snapshotNewer    *prometheus.CounterVec   // service
	damagedSubjects  prometheus.Counter

	purged       *prometheus.CounterVec // kind
	streamFill   *prometheus.GaugeVec   // stream
	readerLag    *prometheus.GaugeVec   // service, kind, partition
	deadLetters  prometheus.Counter
	tickFailures prometheus.Counter
	retries      prometheus.Counter
	disconnects  prometheus.Counter
	denied       prometheus.Counter
	// certificateEnd is by whose it is: own, authority, server.
	certificateEnd *prometheus.GaugeVec
	restarts       prometheus.Counter
	canaryOK       *prometheus.GaugeVec // without labels, as the next two: absent where nobody knows
	canaryTime     *prometheus.GaugeVec
	diskFree       *prometheus.GaugeVec
}

func newMetrics(registry prometheus.Registerer) (*metrics, error) {
	m := &metrics{}
	m.describePublishing()
	m.describeWork()
	m.describeStore()
	var err error
	m.unregister, err = obs.Register(registry, "the bus", m.all...)
	return m, err
}

func (m *metrics) describePublishing() {
	m.published = m.counters("published_total", "Batches given to publishers, by what became of them.", "kind", "result")
	m.publishTime = keep(m, prometheus.NewHistogram(prometheus.HistogramOpts{
		Name: "forewarn_bus_publish_seconds", Help: "Time until the bus acknowledged a batch.",
		Buckets: prometheus.ExponentialBuckets(0.0005, 4, 8),
	}))
	m.drained = m.counter("spool_drained_total", "Batches that went from a spool to the bus.")
	m.spoolBytes = m.gauge("spool_bytes", "Bytes on the spools of this process.")
	m.spoolBatches = m.gauge("spool_batches", "Batches on the spools of this process.")
	m.spoolDropped = m.counter("spool_dropped_total", "Oldest batches dropped because a spool was full.")
	m.spoolCorrupt = m.counter("spool_corrupt_total", "Spool files that could not be read and were set aside.")
	m.spoolFailures = m.counter("spool_failures_total", "Batches refused because neither bus nor spool could take them.")
}

func (m *metrics) describeWork() {
	m.consumed = m.counters("consumed_total", "Messages that workers took from the bus.", "service", "kind")
	m.consumedBytes = m.counters("consumed_bytes_total", "Bytes that workers took from the bus.", "service", "kind")
	m.repeats = m.counters("repeats_total", "Repeated batches that workers skipped.", "service")
	m.lost = m.counters("lost_messages_total", "Messages that were purged before a worker had read them.", "service")
	m.poison = m.counters("poison_total", "Messages that a worker could not process.", "service", "cause")
	m.setBack = m.counters("clock_set_back_total", "Times a worker's clock followed the bus's back by more than 10 minutes.", "service")
	m.outputs = m.counters("outputs_total", "Findings of workers, by what became of them.", "service", "result")
	m.members = m.gauges("members", "Processes that share the work of a service.", "service")
	m.held = m.gauges("partitions_held", "Partitions that this process works on under a lease.", "service")
	m.leaseLosses = m.counter("lease_losses_total", "Leases that could not be kept, so that another process took over.")
	m.snapshotTime = keep(m, prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "forewarn_bus_snapshot_seconds", Help: "Time to save a worker's state.",
		Buckets: prometheus.ExponentialBuckets(0.001, 4, 8),
	}, []string{"service"}))
	m.snapshotBytes = m.gauges("snapshot_bytes", "Size of the last snapshot, before compression.", "service", "partition")
	m.snapshotFailures = m.counters("snapshot_failures_total", "Snapshots that could not be saved.", "service")
	m.snapshotDamaged = m.counters("snapshot_damaged_total", "Snapshots that could not be read back, or were gone.", "service")
	m.damagedSubjects = m.counter("damaged_subject_failures_total", "Attempts to store a snapshot behind a message that is damaged on the server's disk.")
	m.snapshotNewer = m.counters("snapshot_newer_total", "Snapshots that a newer release had written.", "service")
}

func (m *metrics) describeStore() {
	m.purged = m.counters("purged_total", "Messages purged after every reader was done with them.", "kind")
	m.streamFill = m.gauges("stream_fill_ratio", "How full a stream is, of its limit.", "stream")
	m.readerLag = m.gauges("reader_lag_messages", "Messages that a reader's snapshot is behind.", "service", "kind", "partition")
	m.deadLetters = m.counter("dead_letters_total", "Messages put into the dead letters by this process.")
	m.tickFailures = m.counter("tick_failures_total", "Ticks that were not stored.")
	m.retries = m.counter("retries_total", "Requests to the bus that were tried again.")
	m.disconnects = m.counter("disconnects_total", "Times the connection to the bus was lost.")
	m.denied = m.counter("denied_total", "Subjects that the server did not let this process use, each time.")
	m.certificateEnd = m.gauges("certificate_end_timestamp_seconds", "When a certificate of the connection to the bus ends.", "of")
	m.restarts = m.counter("restarts_total", "Times the embedded server was started again after a full or damaged disk.")
	m.canaryOK = m.gauges("canary_ok", "1 if the last probe message was stored, 0 if not.")
	m.canaryTime = m.gauges("canary_seconds", "Time the last stored probe message took.")
	m.diskFree = m.gauges("disk_free_bytes", "Free bytes of the file system of the embedded store.")
}

func keep[C prometheus.Collector](m *metrics, c C) C {
	m.all = append(m.all, c)
	return c
}

func (m *metrics) counter(name, help string) prometheus.Counter {
	return keep(m, prometheus.NewCounter(prometheus.CounterOpts{Name: "forewarn_bus_" + name, Help: help}))
}

func (m *metrics) counters(name, help string, labels ...string) *prometheus.CounterVec {
	return keep(m, prometheus.NewCounterVec(prometheus.CounterOpts{Name: "forewarn_bus_" + name, Help: help}, labels))
}

func (m *metrics) gauge(name, help string) prometheus.Gauge {
	return keep(m, prometheus.NewGauge(prometheus.GaugeOpts{Name: "forewarn_bus_" + name, Help: help}))
}

func (m *metrics) gauges(name, help string, labels ...string) *prometheus.GaugeVec {
	return keep(m, prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "forewarn_bus_" + name, Help: help}, labels))
}

// forget ends what the duties of the bus tell. Of several processes one does them, and what another one told when it did is out of date.
func (m *metrics) forget() {
	for _, g := range []*prometheus.GaugeVec{m.readerLag, m.streamFill, m.canaryOK, m.canaryTime, m.diskFree} {
		g.Reset()
	}
}
