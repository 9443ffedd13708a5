package console

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/bustest"
	"github.com/forewarn/forewarn/shared/entity"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/incident"
	"github.com/forewarn/forewarn/shared/obs"
	"github.com/forewarn/forewarn/shared/signal"
)

// watcher answers queries as the trend worker does.
type watcher struct{ signals []signal.State }

func (*watcher) Process(bus.Message) ([]bus.Output, error) { return nil, nil }
func (*watcher) Snapshot(io.Writer) error                  { return nil }
func (*watcher) Restore([]byte) error                      { return nil }

func (w *watcher) Query(request []byte) []byte {
	var q struct {
		After string `json:"after"`
		Limit int    `json:"limit"`
	}
	if err := json.Unmarshal(request, &q); err != nil {
		return []byte(`{"error":"cannot read the request"}`)
	}
	from, _ := slices.BinarySearchFunc(w.signals, q.After, func(s signal.State, key string) int {
		return cmp.Or(cmp.Compare(s.Key, key), -1) // just behind the key
	})
	to := min(from+q.Limit, len(w.signals))
	data, err := json.Marshal(map[string]any{"signals": w.signals[from:to], "more": to < len(w.signals)})
	if err != nil {
		return []byte(`{"error":"cannot encode"}`)
	}
	return data
}

var _ bus.Querier = (*watcher)(nil)

// fixture is a running console on a real bus.
type fixture struct {
	t      testing.TB
	URL    string
	Bus    *bus.Bus
	Store  *incident.Store
	Health *obs.Health
	Token  string
}

type fixtureOption func(*Config, *Settings)

// start runs a console whose trend workers watch the given signals; partitions in silent have no worker.
func start(t testing.TB, signals []signal.State, silent []int, options ...fixtureOption) *fixture {
	t.Helper()
	b := bustest.New(t)
	kv, err := b.KeyValue(t.Context(), bus.BucketIncident)
	if err != nil {
		t.Fatal(err)
	}
	cfg := freePort()
	f := &fixture{t: t, Bus: b, Store: incident.NewStore(kv), Health: &obs.Health{}}
	f.Health.Set("test", obs.OK, "")
	registry := prometheus.NewRegistry()
	health := obs.Handler(f.Health, registry)
	s := Settings{
		Logger: zap.NewNop(), Registry: registry, Health: f.Health, Bus: b, Incidents: f.Store,
		Mounts: map[string]http.Handler{"/healthz": health, "/readyz": health, "/metrics": health}, Version: "v0.0.0-test",
	}
	for _, o := range options {
		o(&cfg, &s)
	}
	if s.Listener, err = Listen(cfg); err != nil {
		t.Fatal(err)
	}
	f.URL, f.Token = strings.TrimSuffix(URL(cfg, s.Listener), "/"), cfg.Token.Reveal()
	f.work(signals, silent)
	f.run(func(ctx context.Context) error { return Run(ctx, cfg, s) })
	bustest.Until(f.t, 20*time.Second, "the console answers", func() bool { return f.answering(silent) })
	return f
}

// work starts one watcher per partition, except the silent ones.
func (f *fixture) work(signals []signal.State, silent []int) {
	parts := make([][]signal.State, f.Bus.Partitions())
	for _, s := range signals {
		p := f.Bus.PartitionOf(s.Entity.Root)
		parts[p] = append(parts[p], s)
	}
	for p, part := range parts {
		slices.SortFunc(part, func(a, b signal.State) int { return cmp.Compare(a.Key, b.Key) })
		if slices.Contains(silent, p) {
			continue
		}
		f.run(func(ctx context.Context) error {
			return f.Bus.Work(ctx, bus.WorkSettings{Service: "trend", Input: bus.Metrics, Partition: p, Processor: &watcher{part}})
		})
	}
}

// run runs a loop until the test ends, and waits for it.
func (f *fixture) run(loop func(context.Context) error) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- loop(ctx) }()
	f.t.Cleanup(func() {
		cancel()
		select {
		case err := <-done:
			if err != nil {
				f.t.Errorf("loop ended: %v", err)
			}
		case <-time.After(15 * time.Second):
			f.t.Error("a loop did not end")
		}
	})
}

// keep answers a service's queries, and waits until it does.
func (f *fixture) keep(service string, answer func(request []byte) any) {
	f.t.Helper()
	f.run(func(ctx context.Context) error {
		return f.Bus.Answer(ctx, service, 0, func(request []byte) ([]byte, error) { return json.Marshal(answer(request)) })
	})
	bustest.Until(f.t, 10*time.Second, service+" answers", func() bool {
		_, err := f.Bus.Query(f.t.Context(), service, 0, []byte("{}"))
		return err == nil
	})
}

// answering reports whether all partitions but the silent ones answer queries, and the console too.
func (f *fixture) answering(silent []int) bool {
	for p := range f.Bus.Partitions() {
		ctx, cancel := context.WithTimeout(f.t.Context(), time.Second)
		_, err := f.Bus.Query(ctx, "trend", p, []byte(`{"limit":1}`))
		cancel()
		if err != nil && !slices.Contains(silent, p) {
			return false
		}
	}
	resp, err := http.Get(f.URL + "/healthz")
	if err != nil {
		return strings.HasPrefix(f.URL, "https") // whose certificate this client does not know
	}
	resp.Body.Close()
	return true
}

// get requests a path; header holds names and values in turn.
func (f *fixture) get(path string, header ...string) (*http.Response, string) {
	f.t.Helper()
	return f.do("GET", path, nil, header...)
}

func (f *fixture) do(method, path string, body io.Reader, header ...string) (*http.Response, string) {
	f.t.Helper()
	r, err := http.NewRequestWithContext(f.t.Context(), method, f.URL+path, body)
	if err != nil {
		f.t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		if header[i] == "Host" {
			r.Host = header[i+1]
		}
		r.Header.Set(header[i], header[i+1])
	}
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		f.t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		f.t.Fatal(err)
	}
	return resp, string(data)
}

// getJSON requests a path and decodes what it answers with status 200.
func (f *fixture) getJSON(path string, into any) {
	f.t.Helper()
	resp, body := f.get(path)
	if resp.StatusCode != http.StatusOK {
		f.t.Fatalf("GET %s: status %d: %s", path, resp.StatusCode, body)
	}
	if err := json.Unmarshal([]byte(body), into); err != nil {
		f.t.Fatalf("GET %s: %v in %s", path, err, body)
	}
}

// volume returns the signal of a file system; p is its probability of filling within 24 h.
func volume(host, mount string, share, p float64) signal.State {
	now := time.Now()
	s := signal.State{
		Key: "filesystem-space/volume:" + host + ":" + mount, Rule: "filesystem-space", Kind: signal.Saturation,
		Series: fmt.Sprintf("node_filesystem_avail_bytes{host=%q,mountpoint=%q}", host, mount),
		Entity: entity.Entity{
			ID: "volume:" + host + ":" + mount, Type: entity.Volume, Root: "host:" + host,
			Name: mount + " on " + host, Labels: map[string]string{"host": host, "mountpoint": mount},
		},
		Unit: "bytes", Limit: 40 << 30, Used: math.Round(share * (40 << 30)), UpdatedAt: now, Since: now.Add(-time.Hour),
		Stage: signal.Ready, Warmup: 1, Probability: finding.Horizons{H24: p, D7: max(p, 0.01), D30: max(p, 0.02)},
		Sources: []string{"host"},
	}
	if p > 0.5 {
		s.ETA = etaIn(11 * time.Hour)
	}
	return s
}

// etaIn returns quantiles around a time that far from now.
func etaIn(d time.Duration) finding.ETA {
	at := func(share float64) *time.Time {
		t := time.Now().Add(time.Duration(float64(d) * share)).Truncate(time.Second)
		return &t
	}
	return finding.ETA{P10: at(0.7), P50: at(1), P90: at(1.6)}
}

// fault returns an incident about a signal, opened a time ago.
func fault(s signal.State, severity finding.Severity, ago time.Duration) *incident.Incident {
	opened := time.Now().Add(-ago).Truncate(time.Second)
	id := "trend:00:" + s.Key
	return &incident.Incident{
		ID: incident.NewID(opened, id), State: incident.Open, Version: 1, Kind: finding.Exhaustion,
		Severity: severity, Worst: severity, Entity: s.Entity, Signal: s.Key, Series: s.Series,
		OpenedAt: opened, UpdatedAt: opened,
		Title: i18n.Text{En: s.Entity.Name + " is filling up", Zh: s.Entity.Name + " 即将写满"},
		Message: i18n.Text{
			En: s.Entity.Name + " will be full in about 11 h: it grows 4.8 GiB a day and 1.9 GiB are left.",
			Zh: s.Entity.Name + " 约 11 小时后写满：每天增长 4.8 GiB，仅剩 1.9 GiB。",
		},
		Advice: i18n.Text{En: "Delete what is not needed or extend the volume by 40 GB.", Zh: "清理无用文件，或将该卷扩容 40 GB。"},
		Evidence: []finding.Evidence{
			{Name: "slope_per_day", Value: 5.1e9, Unit: "bytes", Text: i18n.Text{En: "It grew 4.8 GiB a day over the last week.", Zh: "最近一周每天增长 4.8 GiB。"}},
			{Name: "left", Value: 2e9, Unit: "bytes", Text: i18n.Text{En: "1.9 GiB are left.", Zh: "剩余 1.9 GiB。"}},
		},
		Probability: 0.93, Horizons: finding.Horizons{H4: 0.12, H24: 0.93, D7: 0.99, D30: 1}, ETA: etaIn(11 * time.Hour),
		Used: s.Used, Limit: s.Limit, Unit: s.Unit, Episodes: []string{id}, LastFinding: id,
		Marks: []incident.Mark{{Finding: id, Time: opened, Version: 1}},
		Timeline: []incident.Change{
			{Time: opened, Version: 1, Action: finding.Opened, Level: finding.Warning, Actor: "trend", Text: i18n.Text{En: "Predicted: full tomorrow.", Zh: "预测：明天写满。"}},
			{Time: opened.Add(time.Minute), Version: 2, Action: finding.Updated, Level: severity, Actor: "trend", Text: i18n.Text{En: "Sooner than thought: full tonight.", Zh: "比预期更早：今晚写满。"}},
		},
	}
}

// open stores an incident.
func (f *fixture) open(in *incident.Incident) *incident.Incident {
	f.t.Helper()
	if err := f.Store.Create(f.t.Context(), in); err != nil {
		f.t.Fatal(err)
	}
	if err := f.Store.Index(f.t.Context(), in); err != nil {
		f.t.Fatal(err)
	}
	return in
}
