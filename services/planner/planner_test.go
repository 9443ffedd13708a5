package planner

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"
	"go.uber.org/zap"

	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/bustest"
	"github.com/forewarn/forewarn/shared/history"
	"github.com/forewarn/forewarn/shared/history/embedded"
	"github.com/forewarn/forewarn/shared/history/historytest"
	"github.com/forewarn/forewarn/shared/obs"
	"github.com/forewarn/forewarn/shared/plan"
	"github.com/forewarn/forewarn/shared/signal"
	"github.com/forewarn/forewarn/shared/telemetry"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	gib  = float64(1 << 30)
	size = 1000 * gib
	// weeks of history; the newest day of it is the present.
	weeks = 40
)

// monday is the present of the tests; their history ends there.
var monday = time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC) //nolint:gochecknoglobals // a constant that Go cannot express

// ledger writes 40 weeks of a disk that grows by 2 GiB a week and 0.01 GiB for each user, of which there are 50 more or
// fewer by turns of three weeks.
func ledger(t *testing.T, store history.Store) {
	t.Helper()
	used, fleet := 200*gib, []*telemetry.Series{
		volume("node_filesystem_avail_bytes", "/u01"), volume("node_filesystem_size_bytes", "/u01"), historytest.Series("erp_users"),
	}
	for d := range weeks * 7 { // in the order of time, as history wants it
		at := monday.AddDate(0, 0, d-weeks*7).Add(12 * time.Hour)
		used += (2 + 0.01*usersOn(d)) * gib / 7
		var b telemetry.Batch
		for i, v := range []float64{size - used, size, usersOn(d)} {
			b.Series = append(b.Series, telemetry.TimeSeries{Series: fleet[i], Samples: []telemetry.Sample{{TimeMillis: at.UnixMilli(), Value: v}}})
		}
		if n, err := store.Append(t.Context(), &b); err != nil || n.Refused() > 0 {
			t.Fatalf("append: %+v, %v", n, err)
		}
	}
}

func usersOn(day int) float64 { return 100 + 50*float64(day/21%2) }

func volume(metric, mount string) *telemetry.Series {
	return historytest.Series(metric, "host", "erp-01", "mountpoint", mount, "fstype", "xfs")
}

// fixture is a running planner on a real bus and a real history.
type fixture struct {
	t      *testing.T
	bus    *bus.Bus
	store  history.Store
	health *obs.Health
}

// start runs a planner whose trend workers watch /u01, and /new, of which there is no history.
func start(t *testing.T, cfg Config, change func(*Settings)) *fixture {
	t.Helper()
	cat, err := signal.Open(signal.Config{})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	store, err := embedded.Open(history.DefaultConfig(), embedded.Settings{Logger: zap.NewNop(), Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() }) //nolint:errcheck // some tests have closed it
	f := &fixture{t: t, bus: bustest.New(t), store: store, health: &obs.Health{}}
	ledger(t, store)
	var states []signal.State
	for _, mount := range []string{"/new", "/u01"} {
		b := cat.Bind(volume("node_filesystem_avail_bytes", mount).Labels)[0]
		states = append(states, signal.State{
			Key: b.Key, Rule: b.Rule.ID, Kind: b.Rule.Kind, Entity: b.Entity, Unit: b.Rule.Unit, Limit: size, Used: 1,
			Series: volume("node_filesystem_avail_bytes", mount).Labels.String(),
		})
	}
	for p := range f.bus.Partitions() {
		f.run(func(ctx context.Context) error {
			return f.bus.Work(ctx, bus.WorkSettings{
				Service: trendService, Input: bus.Metrics, Partition: p,
				Processor: &watcher{slices.DeleteFunc(slices.Clone(states), func(s signal.State) bool { return f.bus.PartitionOf(s.Entity.Root) != p })},
			})
		})
	}
	s := Settings{
		Logger: zap.NewNop(), Registry: prometheus.NewRegistry(), Health: f.health, Bus: f.bus, History: store, Catalogue: cat,
		Now: func() time.Time { return monday.Add(time.Hour) },
	}
	if change != nil {
		change(&s)
	}
	f.run(func(ctx context.Context) error { return Run(ctx, cfg, s) })
	return f
}

// run runs a loop until the test ends.
func (f *fixture) run(loop func(context.Context) error) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- loop(ctx) }()
	f.t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			f.t.Errorf("loop ended: %v", err)
		}
	})
}

// watcher answers queries as the trend worker does.
type watcher struct{ signals []signal.State }

func (*watcher) Process(bus.Message) ([]bus.Output, error) { return nil, nil }
func (*watcher) Snapshot(io.Writer) error                  { return nil }
func (*watcher) Restore([]byte) error                      { return nil }

func (w *watcher) Query(request []byte) []byte {
	var q signal.PageRequest
	if err := json.Unmarshal(request, &q); err != nil {
		return []byte(`{"error":"cannot read the request"}`)
	}
	from, _ := slices.BinarySearchFunc(w.signals, q.After, func(s signal.State, key string) int { return cmp.Or(cmp.Compare(s.Key, key), -1) })
	data, err := json.Marshal(signal.Page{Signals: w.signals[from:]})
	if err != nil {
		return []byte(`{"error":"cannot encode"}`)
	}
	return data
}

var _ bus.Querier = (*watcher)(nil)

func (f *fixture) ask(q plan.Request) (reply plan.Reply, err error) {
	request, err := json.Marshal(q)
	if err != nil {
		return reply, err
	}
	data, err := f.bus.Query(f.t.Context(), plan.Keeper, 0, request)
	if err != nil {
		return reply, err
	}
	return reply, json.Unmarshal(data, &reply)
}

// eventually asks until done accepts the reply.
func (f *fixture) eventually(q plan.Request, done func(plan.Reply) error) (reply plan.Reply) {
	f.t.Helper()
	bustest.Eventually(f.t, 20*time.Second, func() (err error) {
		if reply, err = f.ask(q); err == nil {
			err = done(reply)
		}
		return err
	})
	return reply
}

// listed waits until both signals were looked at.
func (f *fixture) listed() plan.Reply {
	f.t.Helper()
	return f.eventually(plan.Request{}, func(r plan.Reply) error {
		if len(r.Plans) != 2 || r.Pending != 0 {
			return fmt.Errorf("plans: %+v", r)
		}
		return nil
	})
}

func withUsers() Config {
	cfg := DefaultConfig()
	cfg.ReserveMonths = 24
	cfg.Drivers = []Driver{{Name: "users", Query: "last_over_time(erp_users[1d])", Rules: []string{"filesystem-space"}, Entities: "volume:.*"}}
	return cfg
}

const u01 = "filesystem-space/volume:erp-01:/u01"

// TestPlan: a disk that grows by 3 GiB a week with 100 users, and 3.5 with 150, is planned by them: its formula, its
// dates and what to buy are those of the arithmetic.
func TestPlan(t *testing.T) {
	f := start(t, withUsers(), nil)
	list := f.listed()
	if got := list.Plans[0]; got.Signal != u01 || got.Missing != nil || list.Plans[1].Missing == nil {
		t.Fatalf("the one to be bought comes first, the one without history last: %+v", list.Plans)
	}
	one := f.eventually(plan.Request{Signal: u01, Drivers: map[string]string{"users": "900"}}, func(r plan.Reply) error {
		if r.Refusal != nil {
			return fmt.Errorf("refused: %+v", r.Refusal)
		}
		return nil
	}).Plans[0]
	near := func(what string, got, want, by float64) {
		t.Helper()
		if math.Abs(got-want) > by {
			t.Errorf("%s: %v, want %v", what, got, want)
		}
	}
	coefficient := map[string]float64{}
	for _, term := range one.Basis.Terms {
		coefficient[term.Name] = term.Coefficient / gib
	}
	near("constant", coefficient["constant"], 2, 0.1)
	near("a user", coefficient["users"], 0.01, 0.001)
	if one.Basis.R2 < 0.95 || one.Basis.Points < 36 || one.Step != "week" {
		t.Errorf("R2 %v of %d points by %s", one.Basis.R2, one.Basis.Points, one.Step)
	}
	weekly := 2 + 0.01*900 // 11 GiB
	near("growth a month", one.GrowthPerMonth/gib, weekly*365.2425/12/7, 1)
	near("in six months", one.Forecast[5].P50, one.Used+27*weekly*gib, 8*gib)
	full := monday.AddDate(0, 0, int(7*(size-one.Used)/gib/weekly))
	if one.Full.P50 == nil || one.Full.P50.Sub(full).Abs() > 14*24*time.Hour {
		t.Fatalf("full on %v, want about %v", one.Full.P50, full)
	}
	near("to buy for two years", one.Purchase.Amount/gib, one.Used/gib+106*weekly-1000, 40)
	if by := one.Purchase.By; by == nil || by.After(*one.Full.P50) || by.Before(full.AddDate(0, 0, -28)) {
		t.Errorf("buy by %v, want shortly before %v", by, full)
	}
	for _, want := range []string{"/u01 on erp-01: grows by", "GiB a month; full in the week of 2028-01", "add ", "by 2028-01"} {
		if !strings.Contains(one.Words.En, want) {
			t.Errorf("words lack %q: %s", want, one.Words.En)
		}
	}
	if !strings.Contains(one.Words.Zh, "每月增长") || !strings.Contains(one.Words.Zh, "前增加") {
		t.Errorf("words in Chinese: %s", one.Words.Zh)
	}
	carried := list.Plans[0]
	near("growth a month, users carried on", carried.GrowthPerMonth/gib, 3.25*365.2425/12/7, 4)
}

// TestList: filters and pages.
func TestList(t *testing.T) {
	f := start(t, DefaultConfig(), nil)
	all := f.listed().Plans
	first, err := f.ask(plan.Request{Limit: 1})
	if err != nil || len(first.Plans) != 1 || first.Next == "" || first.Plans[0].Signal != all[0].Signal {
		t.Fatalf("first page: %+v, %v", first, err)
	}
	second, err := f.ask(plan.Request{Limit: 1, After: first.Next})
	if err != nil || len(second.Plans) != 1 || second.Next != "" || second.Plans[0].Signal != all[1].Signal {
		t.Fatalf("second page: %+v, %v", second, err)
	}
	found := func(want int, q plan.Request) {
		t.Helper()
		if got, err := f.ask(q); err != nil || len(got.Plans) != want {
			t.Errorf("%+v: %d plans, %v; want %d", q, len(got.Plans), err, want)
		}
	}
	found(2, plan.Request{Rule: "filesystem-space"})
	found(0, plan.Request{Rule: "host-memory"})
	found(1, plan.Request{Text: "U01 ON"})
	found(0, plan.Request{Text: "nothing"})
}

// TestRefusals: what cannot be answered is said, with what to do.
func TestRefusals(t *testing.T) {
	cfg := withUsers()
	cfg.Drivers = append(cfg.Drivers, Driver{Name: "broken", Query: `last_over_time({__name__=~"node_filesystem_.+"}[1d]) * 1`}, Driver{Name: "silent", Query: "no_such_series"})
	f := start(t, cfg, nil)
	broken := f.listed().Plans[0]
	said := map[string]string{}
	for _, l := range broken.Basis.LeftOut {
		said[l.Name] = l.Why.En
	}
	if !strings.Contains(said["broken"], "its query fails") || !strings.Contains(said["silent"], "unknown in a quarter") {
		t.Errorf("left out: %v", said)
	}
	if got := f.health.Worst(); got != obs.Degraded {
		t.Errorf("health is %v with a driver that fails", got)
	}
	refused := func(q plan.Request, code plan.Code, want string) {
		t.Helper()
		r, err := f.ask(q)
		if err != nil || r.Refusal == nil || r.Refusal.Code != code || !strings.Contains(r.Refusal.Message, want) {
			t.Errorf("%+v: %+v, %v; want %s with %q", q, r.Refusal, err, code, want)
		}
	}
	what := func(name, value string) plan.Request {
		return plan.Request{Signal: u01, Drivers: map[string]string{name: value}}
	}
	refused(what("companies", "12"), plan.BadValue, `driver.companies: is no driver of this signal; it has ["users" "broken" "silent"]`)
	refused(what("users", "NaN"), plan.BadValue, "driver.users")
	refused(what("broken", "12"), plan.BadValue, "its query fails")
	refused(what("silent", "12"), plan.BadValue, "silent")
	refused(plan.Request{Signal: "filesystem-space/volume:erp-01:/gone"}, plan.NotFound, "no signal")
	if _, err := f.bus.Query(t.Context(), plan.Keeper, 0, []byte("no json")); err == nil {
		t.Error("a request that is no JSON: no error")
	}
	young := f.eventually(plan.Request{Text: "/new"}, func(plan.Reply) error { return nil }).Plans[0]
	if young.Missing == nil || young.Missing.En != "it needs 7 full weeks of history and has 0" || !strings.Contains(young.Missing.Zh, "7 个完整周") {
		t.Errorf("without history: %+v", young.Missing)
	}
}

// TestWithoutHistory: there is none, none is wanted, or it does not answer.
func TestWithoutHistory(t *testing.T) {
	f := start(t, DefaultConfig(), func(s *Settings) { s.History = nil })
	f.eventually(plan.Request{}, func(r plan.Reply) error {
		if r.Refusal == nil || !strings.Contains(r.Refusal.Message, "keeps no history") {
			return fmt.Errorf("reply %+v", r)
		}
		return nil
	})
	cfg := DefaultConfig()
	cfg.Enabled = false
	f = start(t, cfg, nil)
	f.eventually(plan.Request{Signal: u01}, func(r plan.Reply) error {
		if r.Refusal == nil || r.Refusal.Message != "no plans are made; set capacity.enabled" {
			return fmt.Errorf("reply %+v", r)
		}
		return nil
	})
	f = start(t, DefaultConfig(), func(s *Settings) {
		if err := s.History.(history.Store).Close(); err != nil { //nolint:forcetypeassert // start made it
			t.Error(err)
		}
	})
	f.eventually(plan.Request{Signal: u01}, func(r plan.Reply) error {
		if len(r.Plans) != 1 || r.Plans[0].Missing == nil || !strings.Contains(r.Plans[0].Missing.En, "history is closed") {
			return fmt.Errorf("reply %+v", r)
		}
		return nil
	})
}
