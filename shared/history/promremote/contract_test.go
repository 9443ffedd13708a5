package promremote_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/forewarn/forewarn/shared/history"
	"github.com/forewarn/forewarn/shared/history/historytest"
	"github.com/forewarn/forewarn/shared/history/promremote"
	"github.com/forewarn/forewarn/shared/history/servertest"
	"github.com/forewarn/forewarn/shared/telemetry"
)

func settings(url string) history.Config {
	c := history.DefaultConfig()
	c.Kind, c.Prometheus.URL = history.PrometheusKind, url
	return c
}

func open(tb testing.TB, c history.Config) *promremote.Store {
	tb.Helper()
	if err := c.Validate(); err != nil {
		tb.Fatal(err)
	}
	s, err := promremote.Open(c, promremote.Settings{})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { s.Close() }) //nolint:errcheck // it never fails
	return s
}

// TestPrometheus: remote write 1.0 and remote read of a real Prometheus.
func TestPrometheus(t *testing.T) {
	historytest.Contract(t, func(tb testing.TB) func() history.Store {
		server := servertest.Prometheus(tb, historytest.Window)
		return func() history.Store { return open(tb, settings(server.URL)) }
	}, promremote.PrometheusTraits())
}

// flushed makes a VictoriaMetrics show what it was sent, which it does by itself seconds later, and later still where
// somebody has asked before.
type flushed struct {
	history.Store
	url string
}

func (f flushed) Append(ctx context.Context, b *telemetry.Batch) (history.Appended, error) {
	n, err := f.Store.Append(ctx, b)
	if err != nil {
		return n, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, f.url+"/internal/force_flush", http.NoBody)
	if err != nil {
		return n, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return n, err
	}
	return n, resp.Body.Close()
}

// TestVictoriaMetrics: remote write 1.0 and the query API of a real VictoriaMetrics.
func TestVictoriaMetrics(t *testing.T) {
	historytest.Contract(t, func(tb testing.TB) func() history.Store {
		server := servertest.VictoriaMetrics(tb)
		return func() history.Store { return flushed{open(tb, settings(server.URL)), server.URL} }
	}, promremote.VictoriaMetricsTraits())
}
