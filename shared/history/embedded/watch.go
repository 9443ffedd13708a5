package embedded

import (
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
)

// The counters of the TSDB that say what its methods do not return.
const (
	corruptions        = "prometheus_tsdb_wal_corruptions_total"
	compactionFailures = "prometheus_tsdb_compactions_failed_total"
	walFailures        = "prometheus_tsdb_wal_writes_failed_total"
	wblFailures        = "prometheus_tsdb_out_of_order_wbl_writes_failed_total"
)

// watch is the registry given to a TSDB: it keeps the few counters above and drops the other hundred.
type watch struct {
	counters map[string]prometheus.Collector
}

var _ prometheus.Registerer = (*watch)(nil)

func newWatch() *watch { return &watch{counters: map[string]prometheus.Collector{}} }

// value returns what the counter has counted since the TSDB was opened.
func (w *watch) value(name string) float64 {
	c, ok := w.counters[name]
	if !ok {
		return 0
	}
	ch := make(chan prometheus.Metric, 1)
	c.Collect(ch)
	var m dto.Metric
	if err := (<-ch).Write(&m); err != nil {
		return 0
	}
	return m.GetCounter().GetValue()
}

// Register keeps c if it is one of ours.
func (w *watch) Register(c prometheus.Collector) error {
	descs := make(chan *prometheus.Desc)
	go func() {
		c.Describe(descs)
		close(descs)
	}()
	for d := range descs {
		for _, name := range []string{corruptions, compactionFailures, walFailures, wblFailures} {
			if strings.Contains(d.String(), `"`+name+`"`) {
				w.counters[name] = c
			}
		}
	}
	return nil
}

// MustRegister keeps those of cs that are ours.
func (w *watch) MustRegister(cs ...prometheus.Collector) {
	for _, c := range cs {
		_ = w.Register(c) // never fails
	}
}

// Unregister does nothing: a watch lives as long as its TSDB.
func (w *watch) Unregister(prometheus.Collector) bool { return true }
