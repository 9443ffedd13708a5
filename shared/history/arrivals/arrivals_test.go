package arrivals_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"

	"github.com/forewarn/forewarn/shared/history"
	"github.com/forewarn/forewarn/shared/history/arrivals"
	"github.com/forewarn/forewarn/shared/history/embedded"
	"github.com/forewarn/forewarn/shared/history/historytest"
	"github.com/forewarn/forewarn/shared/inventory"
	"github.com/forewarn/forewarn/shared/signal"
	"github.com/forewarn/forewarn/shared/telemetry"
)

// open returns a reader of a store in which each series has one sample of that value.
func open(t *testing.T, at time.Time, series map[float64][]telemetry.TimeSeries) *arrivals.Reader {
	t.Helper()
	store, err := embedded.Open(history.DefaultConfig(), embedded.Settings{Logger: zap.NewNop(), Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	for v, list := range series {
		for _, s := range list {
			b := historytest.One(s.Series, telemetry.Sample{TimeMillis: at.UnixMilli(), Value: v})
			if got, err := store.Append(t.Context(), b); err != nil || got.Refused() > 0 {
				t.Fatalf("append: %+v, %v", got, err)
			}
		}
	}
	catalogue, err := signal.Load()
	if err != nil {
		t.Fatal(err)
	}
	return arrivals.New(store, catalogue)
}

func of(metric string, pairs ...string) telemetry.TimeSeries {
	return telemetry.TimeSeries{Series: historytest.Series(metric, pairs...)}
}

func TestTargets(t *testing.T) {
	at := time.Now().Add(-time.Minute).Truncate(time.Second)
	r := open(t, at, map[float64][]telemetry.TimeSeries{
		1: {of("up", "job", "node", "instance", "b:9100", "host", "b"), of("up", "job", "mysql", "instance", "a:9104")},
		0: {of("up", "job", "node", "instance", "a:9100"), of("down", "job", "x")},
	})
	got, err := r.Targets(t.Context(), at.Add(-time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	none := map[string]string{}
	want := []inventory.Target{
		{Job: "mysql", Instance: "a:9104", Labels: none, SeenAt: at, Up: true},
		{Job: "node", Instance: "a:9100", Labels: none, SeenAt: at},
		{Job: "node", Instance: "b:9100", Labels: map[string]string{"host": "b"}, SeenAt: at, Up: true},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("targets (-want +got):\n%s", diff)
	}
	if got, err := r.Targets(t.Context(), time.Now().Add(time.Minute)); err != nil || len(got) != 0 {
		t.Errorf("of the future: %+v, %v", got, err)
	}
}

// TestUnread: what rules name is left out, and so is what says how a collection or the pipeline is; the rest is told with an example.
func TestUnread(t *testing.T) {
	at := time.Now().Add(-time.Minute)
	r := open(t, at, map[float64][]telemetry.TimeSeries{1: {
		of("up", "job", "node"), of("forewarn_bus_canary_ok"), of("scrape_duration_seconds", "job", "node"), of("node_filesystem_avail_bytes", "host", "erp-01", "mountpoint", "/"),
		of("erp_queue_length", "host", "erp-01", "queue", "in"), of("erp_queue_length", "host", "erp-02", "queue", "in"),
		of("erp_queue_limit", "host", "erp-01", "queue", "in"), of("alone"),
	}})
	names, err := r.Unread(t.Context(), at.Add(-time.Hour))
	if diff := cmp.Diff([]string{"alone", "erp_queue_length", "erp_queue_limit"}, names); diff != "" || err != nil {
		t.Fatalf("names, %v (-want +got):\n%s", err, diff)
	}
	got, err := r.Describe(t.Context(), at.Add(-time.Hour), names, names[:2])
	want := []inventory.Metric{
		{Name: "alone", Series: 1, Example: map[string]string{}},
		{Name: "erp_queue_length", Series: 2, Example: map[string]string{"host": "erp-01", "queue": "in"}, Beside: []string{"erp_queue_limit"}},
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("described, %v (-want +got):\n%s", err, diff)
	}
}
