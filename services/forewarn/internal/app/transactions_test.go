package app

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"github.com/forewarn/forewarn/services/anomaly"
	"github.com/forewarn/forewarn/services/examiner"
	"github.com/forewarn/forewarn/services/notifier"
	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/bustest"
	"github.com/forewarn/forewarn/shared/checks"
	"github.com/forewarn/forewarn/shared/config"
	"github.com/forewarn/forewarn/shared/history"
	"github.com/forewarn/forewarn/shared/history/embedded"
	"github.com/forewarn/forewarn/shared/history/historytest"
	"github.com/forewarn/forewarn/shared/incident"
	"github.com/forewarn/forewarn/shared/obs"
	"github.com/forewarn/forewarn/shared/signal"
	"github.com/forewarn/forewarn/shared/telemetry"
	"github.com/forewarn/forewarn/shared/transaction"
)

// night is an hour at which vouchers cannot be saved: what its series do for the last minutes, and what its logs say.
type night struct {
	name string
	// metrics are the series that are sent, and their value (of a counter: growth) in a minute: while all is well, and in the trouble.
	metrics map[string][2]float64
	// app is what the application's log says then; without any, no logs are read at all.
	app []string
	// want are the verdicts of the four checks; says is in the line of the one that is found, lacks in what is missing.
	want, says, lacks string
	// own says that the transaction's own query tells of it, rather than a message of a log.
	own bool
}

const slow = `probe_duration_seconds{instance="https://erp.example/login"}`

// well is what an application host and a MySQL database send, under the names of node_exporter, mysqld_exporter, Micrometer and
// blackbox_exporter, while all is well and in the trouble of which they tell nothing.
func well(trouble map[string]float64) map[string][2]float64 {
	all := map[string][2]float64{
		slow: {0.2, 9},
		`probe_success{instance="https://erp.example/login"}`:                               {1, 1},
		`probe_http_duration_seconds{instance="https://erp.example/login",phase="connect"}`: {0.01, 0.01},
		`node_load1{host="erp-app-01"}`:                                                     {1, 1},
		`node_netstat_Tcp_OutSegs{host="erp-app-01"}`:                                       {30000, 30000},
		`node_netstat_Tcp_RetransSegs{host="erp-app-01"}`:                                   {20, 20},
		`node_netstat_Tcp_OutSegs{host="erp-db-01"}`:                                        {40000, 40000},
		`node_netstat_Tcp_RetransSegs{host="erp-db-01"}`:                                    {20, 20},
		`mysql_up{host="erp-db-01"}`:                                                        {1, 1},
		`mysql_global_status_innodb_row_lock_current_waits{host="erp-db-01"}`:               {0, 0},
		`mysql_global_status_innodb_row_lock_time{host="erp-db-01"}`:                        {100, 100},
		`http_server_requests_seconds_count{host="erp-app-01",status="200"}`:                {600, 600},
		`http_server_requests_seconds_count{host="erp-app-01",status="500"}`:                {1, 1},
		`http_server_requests_seconds_count{host="erp-app-01",status="401"}`:                {3, 3},
	}
	for name, v := range trouble {
		all[name] = [2]float64{all[name][0], v}
	}
	return all
}

func nights() []night {
	saved := "2026-03-12 03:00:01,118 INFO [http-nio-8080-exec-4] nc.bs.gl.voucher - voucher saved"
	locked := "2026-03-12 03:00:01,118 ERROR [http-nio-8080-exec-9] nc.bs.gl.voucher - save failed, password=Tr0ub4dor\n" +
		"com.mysql.cj.jdbc.exceptions.MySQLTransactionRollbackException: Lock wait timeout exceeded; try restarting transaction\n" +
		"\tat com.mysql.cj.jdbc.Driver.x(Driver.java:1)"
	return []night{
		{
			name: "network", own: true, want: "found clear clear clear", says: "TCP segments sent again",
			metrics: well(map[string]float64{`node_netstat_Tcp_RetransSegs{host="erp-app-01"}`: 2500, `probe_http_duration_seconds{instance="https://erp.example/login",phase="connect"}`: 3}),
			app:     []string{saved},
		},
		{
			name: "lock", want: "clear found clear clear", says: "A transaction waited too long for a lock",
			metrics: well(map[string]float64{`mysql_global_status_innodb_row_lock_current_waits{host="erp-db-01"}`: 12, `mysql_global_status_innodb_row_lock_time{host="erp-db-01"}`: 720_000}),
			app:     []string{saved, locked, locked, locked}, // fewer are no incident
		},
		{
			name: "program error", own: true, want: "clear clear found clear", says: "requests that end in an error",
			metrics: well(map[string]float64{`http_server_requests_seconds_count{host="erp-app-01",status="500"}`: 300}),
			app:     []string{saved, "2026-03-12 03:00:01,118 ERROR [exec-9] nc.bs.gl.voucher - java.lang.NullPointerException\n\tat nc.bs.gl.Voucher.save(Voucher.java:112)"},
		},
		{
			name: "permission", own: true, want: "clear clear clear found", says: "Oracle refused a statement",
			metrics: well(map[string]float64{`http_server_requests_seconds_count{host="erp-app-01",status="401"}`: 200}),
			app: []string{
				saved, "2026-03-12 03:00:01,118 WARN nc.bs.gl.voucher - java.sql.SQLException: ORA-01031: insufficient privileges",
				"2026-03-12 03:00:02,118 WARN nc.bs.gl.voucher - java.sql.SQLException: ORA-01031: insufficient privileges",
				"2026-03-12 03:00:03,118 WARN nc.bs.gl.voucher - java.sql.SQLException: ORA-01031: insufficient privileges",
			},
		},
		{
			name: "none of them, data missing", own: true, want: "unknown unknown unknown unknown", lacks: "no lock metrics of erp-db-01: mysqld_exporter runs there",
			metrics: map[string][2]float64{slow: {0.2, 9}, `mysql_up{host="erp-db-01"}`: {1, 1}},
		},
	}
}

const vouchers = `
transactions:
  - name: voucher-entry
    title: {en: Saving a voucher, zh: 凭证保存}
    impact: 5
    signals:
      - {rule: probe-duration, match: ['instance="https://erp.example/login"']}
      - {message: mysql.lock-wait}
      - {query: 'max(probe_duration_seconds{instance="https://erp.example/login"}) > 3', for: 1m}
    through:
      applications: ['host:erp-app-01']
      databases: ['host:erp-db-01']
      targets: ['instance="https://erp.example/login"']
`

// TestNobodyCanSaveAVoucher goes from samples and lines of logs to what people are told, on a real bus and a real history, through the
// services that read logs, examine and notify: each of the four causes is told from the others, and what cannot be seen is named. People get
// one message where the transaction itself is in trouble, and a second one with the checks where a message of a log told of it first.
func TestNobodyCanSaveAVoucher(t *testing.T) {
	for _, n := range nights() {
		t.Run(n.name, func(t *testing.T) {
			h := &house{t: t, health: &obs.Health{}}
			h.bus = bustest.Open(t, t.TempDir(), bus.Settings{Clock: h.now})
			h.remember(n)
			h.listen()
			if n.app != nil {
				h.ago.Store(int64(3 * time.Hour)) // the logs are read since then
				h.write("erp-app-01", "2026-03-12 00:00:01,118 INFO [http-nio-8080-exec-4] nc.bs.gl.voucher - voucher saved")
				h.write("erp-db-01", "2026-03-12T00:00:01.118Z 8 [Note] Aborted connection 8 to db: 'nc' user: 'nc' host: '10.1.1.7'")
				h.ago.Store(0)
				h.write("erp-app-01", n.app...)
			}
			h.examine(n)
			h.notify()
			in := h.examined()
			if got := verdicts(in.Checks); got != n.want {
				t.Errorf("verdicts %s, want %s:\n%s", got, n.want, lines(in.Checks))
			}
			if text := lines(in.Checks); !strings.Contains(text, n.says) || !strings.Contains(text, n.lacks) || strings.Contains(text, "Tr0ub4dor") {
				t.Errorf("the checks lack %q or %q, or tell a secret:\n%s", n.says, n.lacks, text)
			}
			h.told(in, n)
		})
	}
}

// house is an installation.
type house struct {
	t      *testing.T
	bus    *bus.Bus
	store  history.Store
	health *obs.Health
	kept   *incident.Store

	ago      atomic.Int64 // by how much the bus is behind the clock
	mu       sync.Mutex
	messages []string
}

// now is what time it is on the bus.
func (h *house) now() time.Time { return time.Now().Add(-time.Duration(h.ago.Load())) }

// remember fills the history with two days, the last 20 minutes of which are the trouble.
func (h *house) remember(n night) {
	h.t.Helper()
	var err error
	if h.store, err = embedded.Open(history.DefaultConfig(), embedded.Settings{Logger: zap.NewNop(), Dir: h.t.TempDir()}); err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { h.store.Close() }) //nolint:errcheck // the test is over
	now, total := time.Now(), map[string]float64{}
	for ago := 2 * 24 * 60; ago >= 0; ago-- {
		at := now.Add(-time.Duration(ago) * time.Minute)
		var b telemetry.Batch
		for text, values := range n.metrics {
			v := values[0]
			if ago < 20 {
				v = values[1]
			}
			if strings.HasPrefix(text, "node_netstat") || strings.Contains(text, "_count{") || strings.Contains(text, "_time{") {
				total[text] += v
				v = total[text]
			}
			ls, err := telemetry.ParseSeries(text)
			if err != nil {
				h.t.Fatal(err)
			}
			b.Series = append(b.Series, historytest.One(telemetry.NewSeries(ls), telemetry.Sample{TimeMillis: at.UnixMilli(), Value: v}).Series...)
		}
		if got, err := h.store.Append(h.t.Context(), &b); err != nil || got.Refused() > 0 {
			h.t.Fatalf("append: %+v, %v", got, err)
		}
	}
}

// run runs a service until the test ends, and waits for it.
func (h *house) run(serve func(context.Context) error) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- serve(ctx) }()
	h.t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			h.t.Errorf("a service ended: %v", err)
		}
	})
}

func (h *house) catalogue() *signal.Catalogue {
	h.t.Helper()
	cat, err := signal.Load()
	if err != nil {
		h.t.Fatal(err)
	}
	return cat
}

// listen starts the service that reads logs.
func (h *house) listen() {
	cfg := anomaly.DefaultConfig()
	d, err := cfg.Open()
	if err != nil {
		h.t.Fatal(err)
	}
	h.run(func(ctx context.Context) error {
		return anomaly.Run(ctx, cfg, anomaly.Settings{
			Logger: zap.NewNop(), Registry: prometheus.NewRegistry(), Health: h.health, Bus: h.bus, Catalogue: h.catalogue(), Dictionary: d,
		})
	})
}

// write writes lines of a host's log, and waits until they have been read.
func (h *house) write(host string, texts ...string) {
	h.t.Helper()
	p, err := h.bus.NewPublisher(fmt.Sprintf("test-%s-%d", host, h.ago.Load()))
	if err != nil {
		h.t.Fatal(err)
	}
	defer p.Close() //nolint:errcheck // all is published
	ls := telemetry.NewLabels(telemetry.Label{Name: "host", Value: host}, telemetry.Label{Name: "file", Value: "/var/log/erp.log"})
	batch := &telemetry.LogBatch{Origin: ls}
	for _, text := range texts {
		batch.Records = append(batch.Records, telemetry.LogRecord{TimeMillis: h.now().UnixMilli(), Body: text})
	}
	partition := h.bus.PartitionOf("host:" + host)
	if err := p.Publish(h.t.Context(), bus.Logs, partition, "logs/"+host, telemetry.AppendLogs(nil, batch)); err != nil {
		h.t.Fatal(err)
	}
	bustest.Eventually(h.t, 20*time.Second, func() error {
		lag, err := h.bus.Lag(h.t.Context(), anomaly.Service, partition)
		if err == nil && lag > 0 {
			err = fmt.Errorf("%d messages to go", lag)
		}
		return err
	})
}

// examine starts the examiner, of a transaction without its query where a message of a log is to tell of the trouble.
func (h *house) examine(n night) {
	h.t.Helper()
	text := vouchers
	if !n.own {
		text = strings.ReplaceAll(text, "> 3", "> 3000")
	}
	book, err := transaction.Load(transaction.File{Name: "t.yaml", Data: []byte(text)})
	if err != nil {
		h.t.Fatal(err)
	}
	kv, err := h.bus.KeyValue(h.t.Context(), bus.BucketIncident)
	if err != nil {
		h.t.Fatal(err)
	}
	h.kept = incident.NewStore(kv)
	cfg, acfg := examiner.DefaultConfig(), anomaly.DefaultConfig()
	cfg.Delay = 0
	d, err := acfg.Open()
	if err != nil {
		h.t.Fatal(err)
	}
	h.run(func(ctx context.Context) error {
		return examiner.Run(ctx, cfg, examiner.Settings{
			Logger: zap.NewNop(), Registry: prometheus.NewRegistry(), Health: h.health, Bus: h.bus, Incidents: h.kept, History: h.store,
			Catalogue: h.catalogue(), Signatures: d, Transactions: book,
		})
	})
}

// notify starts the notifier with a channel to this test.
func (h *house) notify() {
	hook := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var m struct{ Event, Text string }
		if data, err := io.ReadAll(r.Body); err == nil && json.Unmarshal(data, &m) == nil {
			h.mu.Lock()
			defer h.mu.Unlock()
			h.messages = append(h.messages, m.Event+": "+m.Text)
		}
	}))
	h.t.Cleanup(hook.Close)
	cfg := notifier.DefaultConfig()
	cfg.Channels = []notifier.ChannelConfig{{Name: "hook", Type: "webhook", URL: config.Secret(hook.URL)}}
	h.run(func(ctx context.Context) error {
		return notifier.Run(ctx, cfg, notifier.Settings{Logger: zap.NewNop(), Registry: prometheus.NewRegistry(), Health: h.health, Bus: h.bus})
	})
}

// examined waits for the incident that has checks.
func (h *house) examined() (found *incident.Incident) {
	h.t.Helper()
	bustest.Until(h.t, 30*time.Second, "an incident has checks", func() bool {
		page, err := h.kept.List(h.t.Context(), incident.Query{})
		if err != nil {
			return false
		}
		for _, i := range page.Incidents {
			if i.Checks != nil {
				found = i
				return true
			}
		}
		return false
	})
	return found
}

// told waits for what people are told.
func (h *house) told(in *incident.Incident, n night) {
	h.t.Helper()
	want := "opened: [Critical] Saving a voucher is slow or fails"
	if in.Checks.Any() {
		want += "; found: " + n.name + " (voucher-entry)\n"
	}
	if !n.own {
		want = "examined: "
	}
	bustest.Eventually(h.t, 20*time.Second, func() error {
		h.mu.Lock()
		defer h.mu.Unlock()
		for _, m := range h.messages {
			if strings.HasPrefix(m, want) && strings.Contains(m, in.Checks.Checks[0].Line().En) && strings.Contains(m, in.Checks.Checks[3].Line().En) {
				return nil
			}
		}
		return fmt.Errorf("no message %q holds the checks: %q", want, h.messages)
	})
}

func verdicts(r *checks.Report) string {
	var out []string
	for _, c := range r.Checks {
		out = append(out, string(c.Verdict))
	}
	return strings.Join(out, " ")
}

// lines is all that a report says in English.
func lines(r *checks.Report) string {
	var out []string
	for i := range r.Checks {
		c := &r.Checks[i]
		out = append(out, c.Line().En)
		for _, l := range c.Looked {
			out = append(out, "  "+string(l.Verdict)+" "+l.Text.En+" | "+l.Line)
		}
		for _, m := range c.Missing {
			out = append(out, "  - "+m.En)
		}
	}
	return strings.Join(out, "\n")
}
