package console

import (
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/forewarn/forewarn/services/console/internal/guard"
	"github.com/forewarn/forewarn/services/console/internal/pipeline"
)

// metrics are the console's own.
type metrics struct {
	requests *prometheus.HistogramVec
	refused  *prometheus.CounterVec
	gather   prometheus.Histogram
	signals  prometheus.Gauge
	missing  prometheus.Gauge
}

func newMetrics(reg prometheus.Registerer) (*metrics, error) {
	m := &metrics{
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "forewarn_console_request_duration_seconds", Help: "Time to answer a request, by part and status class.",
			Buckets: []float64{.001, .005, .02, .05, .1, .25, 1, 5},
		}, []string{"part", "status"}),
		refused: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "forewarn_console_refused_total", Help: "Requests that were refused, by reason.",
		}, []string{"reason"}),
		gather: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "forewarn_console_gather_duration_seconds", Help: "Time to gather the signals of all partitions.",
			Buckets: []float64{.002, .01, .05, .1, .25, 1, 2.5},
		}),
		signals: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "forewarn_console_signals", Help: "Signals in the last gathering.",
		}),
		missing: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "forewarn_console_missing_partitions", Help: "Partitions that did not answer the last gathering.",
		}),
	}
	for _, c := range []prometheus.Collector{m.requests, m.refused, m.gather, m.signals, m.missing} {
		if err := reg.Register(c); err != nil {
			return nil, fmt.Errorf("console: register metrics: %w", err)
		}
	}
	for _, why := range guard.Reasons() {
		m.refused.WithLabelValues(string(why))
	}
	return m, nil
}

// gathered notes one gathering.
func (m *metrics) gathered(s *pipeline.Snapshot, took time.Duration) {
	m.gather.Observe(took.Seconds())
	m.signals.Set(float64(len(s.Signals)))
	m.missing.Set(float64(len(s.Missing)))
}

// measure times the requests of a part, which is from a closed set.
func (m *metrics) measure(part string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		sw := &statusWriter{ResponseWriter: w}
		defer func() {
			m.requests.WithLabelValues(part, sw.class()).Observe(time.Since(start).Seconds())
		}()
		next.ServeHTTP(sw, r)
	})
}

// statusWriter remembers the status.
type statusWriter struct {
	http.ResponseWriter
	status int
}

// WriteHeader notes the status and passes it on.
func (w *statusWriter) WriteHeader(status int) {
	if w.status == 0 || w.status < 200 { // informational ones come before the real one
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// class returns "2xx" to "5xx".
func (w *statusWriter) class() string {
	status := w.status
	if status == 0 {
		status = http.StatusOK
	}
	return strconv.Itoa(min(max(status/100, 1), 5)) + "xx"
}
