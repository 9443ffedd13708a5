package queryapi_test

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	promapi "github.com/prometheus/client_golang/api"
	promv1 "github.com/prometheus/client_golang/api/prometheus/v1"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/storage"
	"go.uber.org/zap"

	"github.com/forewarn/forewarn/shared/history"
	"github.com/forewarn/forewarn/shared/history/embedded"
	"github.com/forewarn/forewarn/shared/history/historytest"
	"github.com/forewarn/forewarn/shared/history/queryapi"
	"github.com/forewarn/forewarn/shared/telemetry"
)

// start is the time of the first sample; there is one every 15 seconds for ten minutes.
var start = time.Date(2026, 3, 31, 20, 0, 0, 0, time.UTC)

const step = 15 * time.Second

// fixture returns a store with used bytes of three volumes, which grow by 1 a sample, and odd values.
func fixture(tb testing.TB) history.Store {
	tb.Helper()
	s, err := embedded.Open(history.DefaultConfig(), embedded.Settings{
		Logger: zap.NewNop(), Dir: tb.TempDir(), Now: func() time.Time { return start.Add(time.Hour) },
	})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { s.Close() })
	var b telemetry.Batch
	historytest.Fill(&b, []*telemetry.Series{
		historytest.Series("used_bytes", "host", "erp-01", "mountpoint", "/"),
		historytest.Series("used_bytes", "host", "erp-01", "mountpoint", `/a "quoted" \path`),
		historytest.Series("used_bytes", "host", "财务-02", "mountpoint", "/"),
	}, start, step, 0, 41)
	at := func(i int, v float64) telemetry.Sample {
		return telemetry.Sample{TimeMillis: start.Add(time.Duration(i) * step).UnixMilli(), Value: v}
	}
	b.Series = append(b.Series, telemetry.TimeSeries{
		Series:  historytest.Series("odd", "dotted.name", "x"),
		Samples: []telemetry.Sample{at(0, math.NaN()), at(1, math.Inf(1)), at(2, math.Inf(-1)), at(3, 1e-9), at(4, 1e300), at(5, 0.1)},
	})
	if n, err := s.Append(tb.Context(), &b); err != nil || n.Refused() > 0 {
		tb.Fatalf("append: %+v, %v", n, err)
	}
	return s
}

func settings(q storage.Queryable) queryapi.Settings {
	return queryapi.Settings{
		Logger: zap.NewNop(), Store: q, Config: queryapi.Config{QueryTimeout: 10 * time.Second, QueryMaxSamples: 100_000, QueryConcurrency: 2}, Version: "test",
		Now: func() time.Time { return start.Add(10 * time.Minute) },
	}
}

func serve(tb testing.TB, s queryapi.Settings) (url string) {
	tb.Helper()
	srv := httptest.NewServer(queryapi.Handler(s))
	tb.Cleanup(srv.Close)
	return srv.URL + "/prometheus"
}

// client returns the official client, pointed where a user points Grafana.
func client(tb testing.TB, url string) promv1.API {
	tb.Helper()
	c, err := promapi.NewClient(promapi.Config{Address: url})
	if err != nil {
		tb.Fatal(err)
	}
	return promv1.NewAPI(c)
}

func TestOfficialClientQueries(t *testing.T) {
	c := client(t, serve(t, settings(fixture(t))))
	f := func(query string, want model.Value) {
		t.Helper()
		got, warnings, err := c.Query(t.Context(), query, start.Add(10*time.Minute))
		if err != nil || len(warnings) > 0 {
			t.Fatalf("%s: %v, %v", query, warnings, err)
		}
		if diff := cmp.Diff(want.String(), got.String()); diff != "" || want.Type() != got.Type() {
			t.Errorf("%s: %v (-want +got):\n%s", query, got.Type(), diff)
		}
	}
	now := model.TimeFromUnixNano(start.Add(10 * time.Minute).UnixNano())
	f(`1 + 1`, &model.Scalar{Value: 2, Timestamp: now})
	f(`sum(used_bytes)`, model.Vector{{Metric: model.Metric{}, Value: 120, Timestamp: now}})
	f(`used_bytes{host="财务-02"}`, model.Vector{{
		Metric: model.Metric{"__name__": "used_bytes", "host": "财务-02", "mountpoint": "/"}, Value: 40, Timestamp: now,
	}})
	f(`deriv(used_bytes{mountpoint=~".*quoted.*"}[5m]) * 15`, model.Vector{{
		Metric: model.Metric{"host": "erp-01", "mountpoint": `/a "quoted" \path`}, Value: 1, Timestamp: now,
	}})
	f(`absent(nothing)`, model.Vector{{Metric: model.Metric{}, Value: 1, Timestamp: now}})
	f(`nothing`, model.Vector{})
	odd := &model.SampleStream{Metric: model.Metric{"__name__": "odd", "dotted.name": "x"}}
	for i, v := range []float64{math.NaN(), math.Inf(1), math.Inf(-1), 1e-9, 1e300, 0.1} {
		odd.Values = append(odd.Values, model.SamplePair{
			Timestamp: model.TimeFromUnixNano(start.Add(time.Duration(i) * step).UnixNano()), Value: model.SampleValue(v),
		})
	}
	f(`odd[15m]`, model.Matrix{odd})
}

func TestOfficialClientRange(t *testing.T) {
	c := client(t, serve(t, settings(fixture(t))))
	got, _, err := c.QueryRange(t.Context(), `sum by (host) (used_bytes)`, promv1.Range{Start: start, End: start.Add(10 * time.Minute), Step: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	m, ok := got.(model.Matrix)
	if !ok || len(m) != 2 || len(m[0].Values) != 11 {
		t.Fatalf("got %v", got)
	}
	for i, p := range m[0].Values {
		if want := model.SampleValue(8 * i); p.Value != want || p.Timestamp.Time().Sub(start) != time.Duration(i)*time.Minute {
			t.Errorf("point %d is %v, want %v", i, p, want)
		}
	}
	// Labels are sorted by name and series by labels, so answers can be compared.
	if m[0].Metric["host"] != "erp-01" || m[1].Metric["host"] != "财务-02" {
		t.Errorf("series %v and %v", m[0].Metric, m[1].Metric)
	}
}

func TestOfficialClientFinds(t *testing.T) {
	c := client(t, serve(t, settings(fixture(t))))
	check := func(what string, want, got any, err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", what, diff)
		}
	}
	none := time.Time{}
	names, _, err := c.LabelNames(t.Context(), nil, none, none)
	check("label names", []string{"__name__", "dotted.name", "host", "mountpoint"}, names, err)
	names, _, err = c.LabelNames(t.Context(), []string{"odd", `{host="财务-02"}`}, start, start.Add(time.Hour))
	check("label names of some", []string{"__name__", "dotted.name", "host", "mountpoint"}, names, err)
	values, _, err := c.LabelValues(t.Context(), "host", nil, none, none)
	check("label values", model.LabelValues{"erp-01", "财务-02"}, values, err)
	values, _, err = c.LabelValues(t.Context(), "U__dotted_2e_name", nil, none, none)
	check("values of an escaped label", model.LabelValues{"x"}, values, err)
	values, warnings, err := c.LabelValues(t.Context(), "host", []string{"used_bytes"}, none, none, promv1.WithLimit(1))
	check("limited label values", model.LabelValues{"erp-01"}, values, err)
	check("warning", promv1.Warnings{"results truncated due to limit"}, warnings, nil)
	values, _, err = c.LabelValues(t.Context(), "host", nil, start.Add(-48*time.Hour), start.Add(-47*time.Hour))
	check("label values of another time", model.LabelValues{}, values, err)
	series, _, err := c.Series(t.Context(), []string{`used_bytes{host="财务-02"}`, `{mountpoint="/",host!="erp-01"}`}, none, none)
	check("series", []model.LabelSet{{"__name__": "used_bytes", "host": "财务-02", "mountpoint": "/"}}, series, err)
	series, warnings, err = c.Series(t.Context(), []string{"used_bytes"}, none, none, promv1.WithLimit(2))
	check("limited series", 2, len(series), err)
	check("warning", promv1.Warnings{"results truncated due to limit"}, warnings, nil)
	build, err := c.Buildinfo(t.Context())
	check("revision", "test", build.Revision, err)
	metadata, err := c.Metadata(t.Context(), "", "")
	check("metadata", map[string][]promv1.Metadata{}, metadata, err)
	rules, err := c.Rules(t.Context())
	check("rules", 0, len(rules.Groups), err)
	alerts, err := c.Alerts(t.Context())
	check("alerts", 0, len(alerts.Alerts), err)
	exemplars, err := c.QueryExemplars(t.Context(), "used_bytes", start, start)
	check("exemplars", 0, len(exemplars), err)
}

func TestOfficialClientErrors(t *testing.T) {
	store := fixture(t)
	s := settings(store)
	s.QueryMaxSamples = 50
	c := client(t, serve(t, s))
	f := func(query string, want promv1.ErrorType) {
		t.Helper()
		_, _, err := c.Query(t.Context(), query, start.Add(10*time.Minute))
		var e *promv1.Error
		if !errors.As(err, &e) || e.Type != want {
			t.Errorf("%s: %v, want %s", query, err, want)
		}
	}
	f(`sum(`, promv1.ErrBadData)
	f(`used_bytes[1h]`, promv1.ErrExec)                              // more samples than may be loaded
	f(`used_bytes * on(host) group_left used_bytes`, promv1.ErrExec) // many to many
	if _, _, err := c.Series(t.Context(), nil, start, start); err == nil {
		t.Error("series without a selector: no error")
	}
	store.Close()
	f(`used_bytes`, promv1.ErrExec)
}

// A query that takes too long, or that nobody waits for, is one of Prometheus' own errors.
func TestTimeouts(t *testing.T) {
	url := serve(t, settings(slow{}))
	resp := get(t, url+"/api/v1/query?query=used_bytes&timeout=1ms")
	if resp.status != http.StatusServiceUnavailable || resp.ErrorType != "timeout" {
		t.Errorf("%d %+v", resp.status, resp.body)
	}
	s := settings(slow{})
	s.QueryTimeout = time.Millisecond
	resp = get(t, serve(t, s)+"/api/v1/query_range?query=used_bytes&start=0&end=60&step=15")
	if resp.status != http.StatusServiceUnavailable || resp.ErrorType != "timeout" {
		t.Errorf("%d %+v", resp.status, resp.body)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	rec := httptest.NewRecorder()
	queryapi.Handler(settings(slow{})).ServeHTTP(rec, httptest.NewRequestWithContext(ctx, http.MethodGet, "/prometheus/api/v1/query?query=used_bytes", nil))
	if rec.Code != 499 {
		t.Errorf("status %d of a cancelled query, want 499: %s", rec.Code, rec.Body)
	}
}

// Searches have the turns and the time of queries.
func TestSearchesAreBounded(t *testing.T) {
	s := settings(slow{})
	s.QueryConcurrency, s.QueryTimeout = 1, time.Millisecond
	base := serve(t, s)
	for range 3 { // a turn that is not given back would be missed
		if resp := get(t, base+"/api/v1/series?match[]=up"); resp.status != http.StatusServiceUnavailable || resp.ErrorType != "timeout" {
			t.Errorf("%d %+v", resp.status, resp.body)
		}
	}
	s = settings(slow{})
	s.QueryConcurrency = 1
	base = serve(t, s)
	if resp := get(t, base+"/api/v1/series?match[]=up&timeout=1ms"); resp.status != http.StatusServiceUnavailable {
		t.Errorf("%d %+v", resp.status, resp.body)
	}
	if resp := get(t, base+"/api/v1/labels?timeout=x"); resp.status != http.StatusBadRequest {
		t.Errorf("%d %+v", resp.status, resp.body)
	}
}

// A search without a limit lists much, not all there is, and says so.
func TestSearchesHaveALimit(t *testing.T) {
	base := serve(t, settings(many{}))
	for _, query := range []string{"", "?limit=1000000"} {
		resp := get(t, base+"/api/v1/label/pod/values"+query)
		var values []string
		if err := json.Unmarshal(resp.Data, &values); err != nil || len(values) != 100_000 || len(resp.Warnings) != 1 {
			t.Errorf("%q: %d values, warnings %q, %v", query, len(values), resp.Warnings, err)
		}
	}
}
