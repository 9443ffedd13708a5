package anomaly

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/signal"
	"github.com/forewarn/forewarn/shared/telemetry"
)

// application is a Spring application with counters of requests, of which some take long and some fail, and a database
// with seldom deadlocks.
type application struct {
	pod                    string
	ok, failed, seconds    float64
	deadlocks              float64
	failing, slow, locking float64 // what is wrong now
}

// next lets five minutes pass.
func (a *application) next(i int) []point {
	n := 3000 * (1 + 0.05*noise(11, i))
	bad := n * min(1, a.failing)
	a.ok, a.failed = a.ok+n-bad, a.failed+bad
	a.seconds += n * 0.2 * (1 + 0.05*noise(12, i)) * (1 + a.slow)
	if i%700 == 0 {
		a.deadlocks++
	}
	a.deadlocks += a.locking
	labels := `instance="` + a.pod + `:8080",job="erp",namespace="prod",pod="` + a.pod + `"`
	request := func(metric, status string) string {
		return metric + `{` + labels + `,method="GET",status="` + status + `",uri="/vouchers"}`
	}
	out := []point{
		{request("http_server_requests_seconds_count", "200"), a.ok},
		{request("http_server_requests_seconds_sum", "200"), a.seconds},
		{`mssql_deadlocks_total{instance="db-03:9399",job="mssql"}`, a.deadlocks},
	}
	if a.failed > 0 { // the client makes the series when it is needed
		out = append(out, point{request("http_server_requests_seconds_count", "500"), a.failed}, point{request("http_server_requests_seconds_sum", "500"), 0})
	}
	return out
}

func builtin(t testing.TB) *signal.Catalogue {
	t.Helper()
	cat, err := signal.Load()
	if err != nil {
		t.Fatal(err)
	}
	return cat
}

// TestWatcherReadsRates: latency, errors and deadlocks are read of counters, and found.
func TestWatcherReadsRates(t *testing.T) {
	a := &application{pod: "erp-0"}
	p := &player{t: t, w: NewWatcher(DefaultConfig(), builtin(t), nil)}
	if said := p.play(weeks4, a.next); len(said) != 0 {
		t.Fatalf("%d findings on what is usual, the first %+v", len(said), said[0])
	}
	f := func(rule, want string, change func(on float64)) {
		t.Helper()
		change(1)
		said := opened(p.play(12, a.next))
		change(0)
		p.play(48*12, a.next)
		if f, ok := said[rule]; !ok || !strings.Contains(f.Message.En, want) || f.Message.Zh == "" {
			t.Errorf("%s: %q is said, want %q", rule, f.Message.En, want)
		}
	}
	f("http-latency", "mean time of a request of 8080 on prod/erp-0 is 0.", func(on float64) { a.slow = 3 * on })
	f("http-errors", "requests that fail of 8080 on prod/erp-0 is ", func(on float64) { a.failing = 0.3 * on })
	f("sqlserver-deadlocks", "deadlocks within 5 min where 0 to ", func(on float64) { a.locking = 5 * on })
}

// TestWatcherTellsWhatChanges: an episode that has become much worse is told again, once, and one that people were warned of
// tells what has joined it.
func TestWatcherTellsWhatChanges(t *testing.T) {
	p := learned(t)
	said := p.play(30, func(i int) []point {
		points := usual(i)
		points[0].value = 60
		if i-weeks4 >= 12 {
			points[0].value = 300
		}
		return points
	})
	if len(said) != 2 || said[1].Action != finding.Updated || said[1].Used != 300 || said[1].Episode != said[0].Episode || len(said[1].Evidence) != 5 {
		t.Errorf("%d findings on what becomes worse: %+v", len(said), said)
	}
	q := learned(t)
	said = q.play(40, func(i int) []point {
		points := usual(i)
		points[0].value = 90
		if i-weeks4 >= 3 {
			points[1].value = 3
		}
		if i-weeks4 >= 12 {
			points[2].value = 200
		}
		return points
	})
	raised, joined := 0, 0
	for _, f := range said {
		switch {
		case f.Action != finding.Updated:
		case f.Severity != finding.Warning || f.Evidence[len(f.Evidence)-1].Name != "company":
			t.Errorf("it is said: %+v", f)
		case strings.Contains(f.Message.En, "is unusual, too, beside"):
			joined++
		default:
			raised++
		}
	}
	if raised != 1 || joined != 1 {
		t.Errorf("%d times it becomes a warning, %d times something joins: %+v", raised, joined, said)
	}
}

// TestNewPodInherits: the signals of a new pod begin with what was learned of another pod of its component, and of no other
// component.
func TestNewPodInherits(t *testing.T) {
	a := &application{pod: "erp-0"}
	p := &player{t: t, w: NewWatcher(DefaultConfig(), builtin(t), nil)}
	p.play(weeks4, a.next)
	b := &application{pod: "erp-1"}
	said := p.play(30, func(i int) []point {
		if i-weeks4 >= 18 {
			b.slow = 4
		}
		return b.next(i)
	})
	if _, ok := opened(said)["http-latency"]; !ok || p.w.Stats().Inherited == 0 {
		t.Errorf("a pod an hour and a half old that is slow is not told: %+v, %+v", said, p.w.Stats())
	}
	before := p.w.Stats().Inherited
	p.play(1, func(int) []point {
		return []point{{`hikaricp_connections_active{instance="crm-0:8080",job="crm",namespace="prod",pod="crm-0",pool="p"}`, 3}}
	})
	if p.w.Stats().Inherited != before {
		t.Error("a pod of another component inherits")
	}
}

// TestWatcherAnswersQueries: pages of signals, and one with its band.
func TestWatcherAnswersQueries(t *testing.T) {
	p := learned(t)
	part := &watcherPartition{Watcher: p.w}
	ask := func(q signal.PageRequest) (page signal.Page) {
		t.Helper()
		request, err := json.Marshal(q)
		if err == nil {
			err = json.Unmarshal(part.Query(request), &page)
		}
		if err != nil || page.Error != "" {
			t.Fatalf("%v, %s", err, page.Error)
		}
		return page
	}
	first := ask(signal.PageRequest{Limit: 2})
	rest := ask(signal.PageRequest{Limit: 2, After: first.Signals[len(first.Signals)-1].Key})
	if len(first.Signals) != 2 || !first.More || len(rest.Signals) != 1 || rest.More {
		t.Errorf("%d and %d signals, %v, %v", len(first.Signals), len(rest.Signals), first.More, rest.More)
	}
	const key = "busy-threads/pool:erp-01:http"
	page := ask(signal.PageRequest{Key: key, From: p.now().Add(-24 * time.Hour), To: p.now().Add(24 * time.Hour)})
	if len(page.Signals) != 1 || page.Band == nil || len(page.Band.Times) < 100 || len(page.Band.Times) > bandPoints+1 {
		t.Fatalf("%+v", page)
	}
	s := page.Signals[0]
	if s.Key != key || s.Stage != signal.Ready || s.Expected == nil || s.Expected.Low < 12 || s.Expected.High > 28 || s.Kind != signal.Behaviour {
		t.Errorf("the state is %+v", s)
	}
	for i := range page.Band.Times {
		if b := page.Band; !(b.Low[i] <= b.Usual[i] && b.Usual[i] <= b.High[i]) || b.Low[i] < 10 || b.High[i] > 30 {
			t.Fatalf("at %s %v, %v, %v is expected", b.Times[i], b.Low[i], b.Usual[i], b.High[i])
		}
	}
	if none := ask(signal.PageRequest{Key: "x"}); len(none.Signals) != 0 || none.Band != nil {
		t.Errorf("of an unknown signal: %+v", none)
	}
	if far := ask(signal.PageRequest{Key: key, From: p.now().AddDate(-9, 0, 0), To: p.now()}); far.Band != nil {
		t.Error("a band of nine years is reckoned")
	}
	var bad signal.Page
	if err := json.Unmarshal(part.Query([]byte("{")), &bad); err != nil || bad.Error == "" {
		t.Errorf("of what cannot be read: %+v, %v", bad, err)
	}
}

// TestRatesAcrossSnapshots: a watcher of counters that is restored at any moment comes to the same state.
func TestRatesAcrossSnapshots(t *testing.T) {
	cat := builtin(t)
	run := func(restart bool) []byte {
		a, w := &application{pod: "erp-0"}, NewWatcher(DefaultConfig(), cat, nil)
		p := &player{t: t, w: w}
		for i := range 30 {
			a.failing = float64(i%3) / 100
			p.play(7, a.next)
			if restart {
				state := snapshotOf(t, p.w)
				p.w = NewWatcher(DefaultConfig(), cat, nil)
				if err := p.w.Restore(state); err != nil {
					t.Fatal(err)
				}
			}
		}
		return snapshotOf(t, p.w)
	}
	if string(run(false)) != string(run(true)) {
		t.Error("after restarts the state is another one")
	}
}

// BenchmarkWatcherSums brings the counters of 16 cores, as a sender has them, to the two rules that read them.
func BenchmarkWatcherSums(b *testing.B) {
	w, at := NewWatcher(DefaultConfig(), builtin(b), nil), newYear
	var points []point
	for cpu := range 16 {
		for _, mode := range []string{"idle", "iowait", "irq", "nice", "softirq", "steal", "system", "user"} {
			points = append(points, point{fmt.Sprintf(`node_cpu_seconds_total{cpu="%d",instance="a:9100",job="node",mode="%s"}`, cpu, mode), 1})
		}
	}
	one := batch(b, at, points...)
	b.ReportAllocs()
	for b.Loop() {
		at = at.Add(15 * time.Second)
		for i := range one.Series {
			one.Series[i].Samples[0] = telemetry.Sample{TimeMillis: at.UnixMilli(), Value: float64(at.Unix())}
		}
		w.Observe(at, one)
	}
}
