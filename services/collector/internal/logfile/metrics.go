package logfile

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// Metrics are those of all log files together.
type Metrics struct {
	files                          prometheus.Gauge
	bytes, lines, cut, invalid     prometheus.Counter
	binary, truncations, rotations prometheus.Counter
}

// NewMetrics registers the metrics with reg.
func NewMetrics(reg prometheus.Registerer) *Metrics {
	f := promauto.With(reg)
	counter := func(name, help string) prometheus.Counter {
		return f.NewCounter(prometheus.CounterOpts{Name: "forewarn_collector_" + name, Help: help})
	}
	return &Metrics{
		files: f.NewGauge(prometheus.GaugeOpts{
			Name: "forewarn_collector_log_files", Help: "Log files that are open.",
		}),
		bytes:       counter("log_bytes_total", "Bytes of log files read."),
		lines:       counter("log_lines_total", "Lines of log files read."),
		cut:         counter("log_entries_cut_total", "Log entries that were too long and have been cut."),
		invalid:     counter("log_invalid_lines_total", "Lines of log files that are not UTF-8, and not said to be of another encoding."),
		binary:      counter("log_binary_files_total", "Files left out since they are binary."),
		truncations: counter("log_truncations_total", "Truncations of log files noticed."),
		rotations:   counter("log_rotations_total", "Log files that were renamed or removed."),
	}
}
