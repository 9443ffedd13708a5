package historian_test

import (
	"errors"
	"net/http/httptest"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/prometheus/storage"
	"go.uber.org/zap"

	"github.com/forewarn/forewarn/services/historian"
	"github.com/forewarn/forewarn/shared/bustest"
	"github.com/forewarn/forewarn/shared/history"
	"github.com/forewarn/forewarn/shared/history/embedded"
	"github.com/forewarn/forewarn/shared/history/historytest"
	"github.com/forewarn/forewarn/shared/history/promremote"
	"github.com/forewarn/forewarn/shared/obs"
)

// distant is a store that is read from another process, by the historian's query API.
type distant struct {
	history.Store
	reader *promremote.Store
}

func (d distant) Querier(mint, maxt int64) (storage.Querier, error) {
	return d.reader.Querier(mint, maxt)
}

func (d distant) Close() error { return errors.Join(d.Store.Close(), d.reader.Close()) }

// TestReadFromAnotherProcess: what reads a historian's query API as its history sees what is there, but for stale markers.
func TestReadFromAnotherProcess(t *testing.T) {
	b := bustest.New(t) // on which nothing comes
	historytest.Contract(t, func(tb testing.TB) func() history.Store {
		dir := tb.TempDir()
		return func() history.Store {
			cfg := history.DefaultConfig()
			cfg.OutOfOrderWindow, cfg.Reserve = historytest.Window, 64<<20
			store, err := embedded.Open(cfg, embedded.Settings{Logger: zap.NewNop(), Dir: dir})
			if err != nil {
				tb.Fatal(err)
			}
			h, err := historian.New(historian.DefaultConfig(), historian.Settings{
				Logger: zap.NewNop(), Registry: prometheus.NewRegistry(), Health: &obs.Health{}, Bus: b, Store: store,
			})
			if err != nil {
				tb.Fatal(err)
			}
			server := httptest.NewServer(h.Handler())
			tb.Cleanup(server.Close)
			cfg.Kind, cfg.Prometheus.URL, cfg.Prometheus.ReadOnly = history.PrometheusKind, server.URL+"/prometheus", true
			if err := cfg.Validate(); err != nil {
				tb.Fatal(err)
			}
			reader, err := promremote.Open(cfg, promremote.Settings{})
			if err != nil {
				tb.Fatal(err)
			}
			return distant{store, reader}
		}
	}, history.Traits{NoStale: true})
}
