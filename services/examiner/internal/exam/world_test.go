package exam

import (
	"context"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"go.uber.org/zap"

	"github.com/forewarn/forewarn/models/signature"
	"github.com/forewarn/forewarn/services/examiner/internal/evidence"
	"github.com/forewarn/forewarn/services/examiner/internal/heard"
	"github.com/forewarn/forewarn/services/examiner/internal/past"
	"github.com/forewarn/forewarn/shared/entity"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/history"
	"github.com/forewarn/forewarn/shared/history/embedded"
	"github.com/forewarn/forewarn/shared/history/historytest"
	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/logs"
	"github.com/forewarn/forewarn/shared/signal"
	"github.com/forewarn/forewarn/shared/telemetry"
	"github.com/forewarn/forewarn/shared/transaction"
)

// night is when the voucher cannot be saved.
var night = time.Date(2026, 3, 12, 3, 0, 0, 0, time.UTC)

const app, db, target = "host:erp-app-01", "host:erp-db-01", `instance="https://erp/login"`

func voucher(t testing.TB) *transaction.Transaction {
	t.Helper()
	b, err := transaction.Load(transaction.File{Name: "t.yaml", Data: []byte(`
transactions:
  - name: voucher-entry
    title: {en: Saving a voucher, zh: 凭证保存}
    impact: 5
    through: {applications: ['host:erp-app-01'], databases: ['host:erp-db-01'], targets: ['instance="https://erp/login"']}
`)})
	if err != nil {
		t.Fatal(err)
	}
	return b.All()[0]
}

// line is a series of the world, and what it does in a minute: a counter grows by that, a gauge is it.
type line struct {
	series  *telemetry.Series
	counter bool
	minute  func(r *rand.Rand, at time.Time) float64
	value   float64
}

// busy is how much there is to do at a time: least at night, most in the afternoon.
func busy(at time.Time) float64 {
	return 1 - 0.8*math.Cos(2*math.Pi*float64(at.Hour()*60+at.Minute()-180)/1440)
}

func poisson(r *rand.Rand, mean float64) float64 {
	if mean > 50 {
		return math.Max(0, math.Round(mean+math.Sqrt(mean)*r.NormFloat64()))
	}
	n, p := 0, math.Exp(-mean)
	for u, sum := r.Float64(), p; u > sum && n < 200; sum += p {
		n++
		p *= mean / float64(n)
	}
	return float64(n)
}

// events is a counter of that many events a minute, when there is as much to do as on average.
func events(mean float64, metric string, labels ...string) *line {
	return &line{series: historytest.Series(metric, labels...), counter: true, minute: func(r *rand.Rand, at time.Time) float64 {
		return poisson(r, mean*busy(at))
	}}
}

func gauge(metric string, minute func(r *rand.Rand, at time.Time) float64, labels ...string) *line {
	return &line{series: historytest.Series(metric, labels...), minute: minute}
}

func constant(v float64) func(*rand.Rand, time.Time) float64 {
	return func(*rand.Rand, time.Time) float64 { return v }
}

// healthy is what an application host, a MySQL database and a probe send while all is well, under the names of their exporters.
func healthy() map[string]*line {
	out := map[string]*line{
		"requests":  events(600, "http_server_requests_seconds_count", "host", "erp-app-01", "uri", "/voucher", "status", "200"),
		"errors":    events(1, "http_server_requests_seconds_count", "host", "erp-app-01", "uri", "/voucher", "status", "500"),
		"refusals":  events(4, "http_server_requests_seconds_count", "host", "erp-app-01", "uri", "/voucher", "status", "401"),
		"logged":    events(0.5, "logback_events_total", "host", "erp-app-01", "level", "error"),
		"jvm":       gauge("jvm_info", constant(1), "host", "erp-app-01"),
		"started":   gauge("process_start_time_seconds", constant(float64(night.AddDate(0, -2, 0).Unix())), "host", "erp-app-01"),
		"mysql":     gauge("mysql_up", constant(1), "host", "erp-db-01"),
		"lock-time": events(500, "mysql_global_status_innodb_row_lock_time", "host", "erp-db-01"),
		"deadlocks": events(0.005, "mysql_info_schema_innodb_metrics_lock_lock_deadlocks_total", "host", "erp-db-01"),
		"aborted":   events(0.1, "mysql_global_status_aborted_connects", "host", "erp-db-01"),
		"waiters": gauge("mysql_global_status_innodb_row_lock_current_waits", func(r *rand.Rand, at time.Time) float64 {
			return poisson(r, 0.2*busy(at))
		}, "host", "erp-db-01"),
		"probe": gauge("probe_success", constant(1), "instance", "https://erp/login"),
		"connect": gauge("probe_http_duration_seconds", func(r *rand.Rand, _ time.Time) float64 {
			return 0.01 * math.Exp(0.3*r.NormFloat64())
		}, "instance", "https://erp/login", "phase", "connect"),
		"name": gauge("probe_dns_lookup_time_seconds", func(r *rand.Rand, _ time.Time) float64 {
			return 0.002 * math.Exp(r.NormFloat64())
		}, "instance", "https://erp/login"),
	}
	for _, host := range []string{"erp-app-01", "erp-db-01"} {
		out["load "+host] = gauge("node_load1", constant(1), "host", host)
		out["sent "+host] = events(30_000, "node_netstat_Tcp_OutSegs", "host", host)
		out["again "+host] = events(20, "node_netstat_Tcp_RetransSegs", "host", host)
		out["connect "+host] = events(0.3, "node_netstat_TcpExt_TCPSynRetrans", "host", host)
		out["errs "+host] = events(0.001, "node_network_receive_errs_total", "host", host, "device", "eth0")
		out["drops "+host] = events(0.2, "node_network_receive_drop_total", "host", host, "device", "eth0")
	}
	return out
}

// world is a history of some days until night, in which some lines do otherwise for the last minutes.
func world(t testing.TB, days int, lines map[string]*line, trouble map[string]float64, minutes int) history.Store {
	t.Helper()
	store, err := embedded.Open(history.DefaultConfig(), embedded.Settings{Logger: zap.NewNop(), Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() }) //nolint:errcheck // the test is over
	r := rand.New(rand.NewPCG(3, 12))
	const hour = 60
	for at := night.AddDate(0, 0, -days); !at.After(night); at = at.Add(hour * time.Minute) {
		var b telemetry.Batch
		for _, name := range slices.Sorted(maps.Keys(lines)) { // chance must be the same each time
			l := lines[name]
			ts := telemetry.TimeSeries{Series: l.series}
			for m := range hour {
				when := at.Add(time.Duration(m) * time.Minute)
				if when.After(night) {
					break
				}
				v := l.minute(r, when)
				if bad, ok := trouble[name]; ok && when.After(night.Add(-time.Duration(minutes)*time.Minute)) {
					v = bad
				}
				if l.counter {
					l.value += v
					v = l.value
				}
				ts.Samples = append(ts.Samples, telemetry.Sample{TimeMillis: when.UnixMilli(), Value: v})
			}
			b.Series = append(b.Series, ts)
		}
		if n, err := store.Append(t.Context(), &b); err != nil || n.Refused() > 0 {
			t.Fatalf("append: %+v, %v", n, err)
		}
	}
	return store
}

// paper is a journal that is written down.
type paper struct{ all Journal }

func (p paper) Journal(_ context.Context, in func(string) bool) (out Journal) {
	j := &p.all
	out.Silent = j.Silent
	for _, l := range j.Logs {
		if in(l.Source.Entity.Root) {
			out.Logs = append(out.Logs, l)
		}
	}
	for _, m := range j.Messages {
		if in(m.Entity.Root) {
			out.Messages = append(out.Messages, m)
		}
	}
	return out
}

func place(root string) entity.Entity { return entity.Entity{ID: root, Type: entity.Host, Root: root} }

// read is a log of an entity that was read to the end, with patterns.
func read(root string, patterns ...logs.Pattern) Log {
	return Log{Source: logs.Source{ID: root, Entity: place(root), Since: night.AddDate(0, -1, 0), Heard: night}, Patterns: patterns}
}

// pattern is written so often in the hour of night and the one before, and usually in any other.
func pattern(sample string, level logs.Level, now, usual uint64) logs.Pattern {
	p := logs.Pattern{Text: sample, Sample: sample, Hours: logs.Buckets{Start: night.Add(-47 * time.Hour), Length: 3600, Counts: make([]uint64, 48)}}
	for i := range p.Hours.Counts {
		p.Hours.Counts[i] = usual
	}
	p.Hours.Counts[46], p.Hours.Counts[47] = now, now/10
	p.Levels[level] = 1
	return p
}

// written is a known message of an entity.
func written(root, signature, sample string, count uint64, ago time.Duration) logs.Message {
	return logs.Message{
		Signal: "log-" + signature + "/" + root, Signature: signature, Entity: place(root), Count: count, First: night.Add(-ago), Last: night, Sample: sample,
	}
}

// told is what findings said of such a message in the past.
func told(root, signature string, ago, lasted time.Duration, count float64) []*finding.Finding {
	f := finding.Finding{
		Episode: signature + ago.String(), Action: finding.Opened, Time: night.Add(-ago), Kind: finding.Log, Signal: "log-" + signature + "/" + root,
		Entity: place(root), Severity: finding.Warning, Used: count, Resource: "lock", Message: i18n.Text{En: "db has written: x"},
	}
	end := f
	end.Action, end.Time = finding.Resolved, f.Time.Add(lasted)
	return []*finding.Finding{&f, &end}
}

func examiner(t testing.TB, store history.Store, j Journal, said ...*finding.Finding) *Examiner {
	t.Helper()
	list, err := evidence.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	cat, err := signal.Load()
	if err != nil {
		t.Fatal(err)
	}
	d, err := signature.New()
	if err != nil {
		t.Fatal(err)
	}
	e := &Examiner{Evidence: list, Catalogue: cat, Signatures: d, Journals: paper{j}, Heard: heard.NewBook()}
	if store != nil {
		e.History = &past.Reader{Store: store, Days: 7}
	}
	for _, f := range said {
		e.Heard.Take(f)
	}
	return e
}
