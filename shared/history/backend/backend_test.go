package backend_test

import (
	"fmt"
	"testing"

	"go.uber.org/zap"

	"github.com/forewarn/forewarn/shared/history"
	"github.com/forewarn/forewarn/shared/history/backend"
)

// TestOpen: each kind is opened, whether its server is there or not; what the configuration has wrong is an error.
func TestOpen(t *testing.T) {
	f := func(want string, change func(*history.Config)) {
		t.Helper()
		c := history.DefaultConfig()
		change(&c)
		s, err := backend.Open(t.Context(), c, backend.Settings{Logger: zap.NewNop(), DataDir: t.TempDir()})
		if got := fmt.Sprintf("%T", s); got != want || (err != nil) != (want == "<nil>") {
			t.Fatalf("%s, %v; want %s", got, err, want)
		}
		if err == nil && s.Close() != nil {
			t.Errorf("close %s", want)
		}
	}
	f("*embedded.Store", func(*history.Config) {})
	f("*influx.Store", func(c *history.Config) { c.Kind, c.InfluxDB.URL = history.InfluxDBKind, "http://127.0.0.1:1" })
	f("*promremote.Store", func(c *history.Config) { c.Kind, c.Prometheus.URL = history.PrometheusKind, "http://127.0.0.1:1" })
	f("<nil>", func(c *history.Config) { c.Kind = "oracle" })
	f("<nil>", func(c *history.Config) {
		c.Kind, c.InfluxDB.URL, c.InfluxDB.TLS.CAFile = history.InfluxDBKind, "https://127.0.0.1:1", "/none"
	})
	f("<nil>", func(c *history.Config) {
		c.Kind, c.Prometheus.URL, c.Prometheus.TLS.CAFile = history.PrometheusKind, "https://127.0.0.1:1", "/none"
	})
}
