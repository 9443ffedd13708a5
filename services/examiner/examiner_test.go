package examiner

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"
	"go.uber.org/zap"

	"github.com/forewarn/forewarn/models/signature"
	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/bustest"
	"github.com/forewarn/forewarn/shared/checks"
	"github.com/forewarn/forewarn/shared/entity"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/history"
	"github.com/forewarn/forewarn/shared/history/embedded"
	"github.com/forewarn/forewarn/shared/history/historytest"
	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/incident"
	"github.com/forewarn/forewarn/shared/obs"
	"github.com/forewarn/forewarn/shared/signal"
	"github.com/forewarn/forewarn/shared/telemetry"
	"github.com/forewarn/forewarn/shared/transaction"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// night is the present of the tests.
var night = time.Date(2026, 3, 12, 3, 0, 0, 0, time.UTC)

const vouchers = `
transactions:
  - name: voucher-entry
    title: {en: Saving a voucher, zh: 凭证保存}
    impact: 5
    signals:
      - {rule: hikaricp-connections}
      - {query: 'max(probe_duration_seconds) > 3', for: 2m}
    through: {applications: ['host:erp-app-01'], databases: ['host:erp-db-01']}
`

// fixture is what an examiner works with.
type fixture struct {
	t     *testing.T
	bus   *bus.Bus
	kept  *incident.Store
	store history.Store
	set   Settings
	cfg   Config
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	store, err := embedded.Open(history.DefaultConfig(), embedded.Settings{Logger: zap.NewNop(), Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() }) //nolint:errcheck // the test is over
	f := &fixture{t: t, bus: bustest.New(t), store: store, cfg: DefaultConfig()}
	f.cfg.Delay = 0
	kv, err := f.bus.KeyValue(t.Context(), bus.BucketIncident)
	if err != nil {
		t.Fatal(err)
	}
	f.kept = incident.NewStore(kv)
	cat, err := signal.Load()
	if err != nil {
		t.Fatal(err)
	}
	d, err := signature.New()
	if err != nil {
		t.Fatal(err)
	}
	book, err := transaction.Load(transaction.File{Name: "t.yaml", Data: []byte(vouchers)})
	if err != nil {
		t.Fatal(err)
	}
	f.set = Settings{
		Logger: zap.NewNop(), Health: &obs.Health{}, Bus: f.bus, Incidents: f.kept, History: store, Catalogue: cat, Signatures: d,
		Transactions: book, Now: func() time.Time { return night },
	}
	return f
}

// run runs an examiner until the returned function is called.
func (f *fixture) run() (stop func()) {
	f.set.Registry = prometheus.NewRegistry()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- Run(ctx, f.cfg, f.set) }()
	return func() {
		f.t.Helper()
		cancel()
		if err := <-done; err != nil {
			f.t.Errorf("the examiner ended: %v", err)
		}
	}
}

// service is an examiner that does nothing by itself.
func (f *fixture) service() *service {
	f.t.Helper()
	f.set.Registry = prometheus.NewRegistry()
	x, err := open(f.cfg, f.set)
	if err != nil {
		f.t.Fatal(err)
	}
	close(x.caughtUp)
	return x
}

// published returns what the examiner has published.
func (f *fixture) published() (reports []*checks.Report, findings []*finding.Finding) {
	f.t.Helper()
	stream, err := f.bus.JetStream().Stream(f.t.Context(), bus.StreamFindings)
	if err != nil {
		f.t.Fatal(err)
	}
	state := stream.CachedInfo().State
	for seq := state.FirstSeq; seq <= state.LastSeq && state.Msgs > 0; seq++ {
		m, err := stream.GetMsg(f.t.Context(), seq)
		if err != nil || m.Subject != "find.examiner.00" {
			continue
		}
		if checks.IsReport(m.Data) {
			r, err := checks.Decode(m.Data)
			if err != nil {
				f.t.Fatal(err)
			}
			reports = append(reports, r)
			continue
		}
		g, err := finding.Decode(m.Data)
		if err != nil {
			f.t.Fatal(err)
		}
		findings = append(findings, g)
	}
	return reports, findings
}

// lockWait is an incident about a message of the database.
func lockWait(at time.Time) *incident.Incident {
	return &incident.Incident{
		Schema: 1, ID: incident.NewID(at, "anomaly:00:1:0"), State: incident.Open, Version: 1, Kind: finding.Log, Severity: finding.Warning, Worst: finding.Warning,
		Entity: entity.Entity{ID: "host:erp-db-01", Root: "host:erp-db-01"}, Signal: "log-mysql.lock-wait/host:erp-db-01", OpenedAt: at, UpdatedAt: at,
		Episodes: []string{"e"}, Marks: []incident.Mark{{Finding: "anomaly:00:1:0", Time: at}},
	}
}

func (f *fixture) keep(i *incident.Incident) {
	f.t.Helper()
	if err := f.kept.Create(f.t.Context(), i); err != nil {
		f.t.Fatal(err)
	}
	if err := f.kept.Index(f.t.Context(), i); err != nil {
		f.t.Fatal(err)
	}
}

// TestExaminedOnce: an incident about a transaction is examined, one that is about none, over or long ago is not; once, also after a restart,
// until it opens again.
func TestExaminedOnce(t *testing.T) {
	f := newFixture(t)
	before := lockWait(night.Add(-time.Minute))
	f.keep(before) // it opened while no examiner was there
	other := lockWait(night)
	other.ID, other.Entity.Root = incident.NewID(night, "other"), "host:crm"
	f.keep(other)
	old := lockWait(night.Add(-72 * time.Hour))
	f.keep(old)
	stop := f.run()
	later := lockWait(night)
	later.ID = incident.NewID(night, "later")
	bustest.Until(t, 20*time.Second, "the first is examined", func() bool { r, _ := f.published(); return len(r) == 1 })
	f.keep(later)
	bustest.Until(t, 20*time.Second, "the second is examined", func() bool { r, _ := f.published(); return len(r) == 2 })
	stop()
	reports, findings := f.published()
	if reports[0].ID != "examiner:"+before.ID+":0" || reports[0].Incident != before.ID || reports[0].Own || !reports[0].At.Equal(before.OpenedAt) ||
		reports[1].Incident != later.ID || len(findings) != 0 {
		t.Errorf("published %+v, %+v", reports, findings)
	}

	before.Checks = reports[0] // as the notifier keeps it
	before.Version, before.Reopened = 2, 1
	again := night
	before.ReopenedAt = &again
	if err := f.kept.Update(t.Context(), before); err != nil {
		t.Fatal(err)
	}
	stop = f.run()
	bustest.Until(t, 20*time.Second, "what opened again is examined", func() bool { r, _ := f.published(); return len(r) == 3 })
	stop()
	if reports, _ := f.published(); reports[2].ID != "examiner:"+before.ID+":1" || !reports[2].At.Equal(night) {
		t.Errorf("published %+v", reports)
	}
}

// slight is a finding that opens no incident by itself, about a signal of the transaction.
func slight(a finding.Action, at time.Time, s finding.Severity) *finding.Finding {
	return &finding.Finding{
		Schema: 1, ID: fmt.Sprintf("anomaly-metrics:00:%d:0", at.Unix()), Episode: "e", Action: a, Time: at, Kind: finding.Anomaly, Severity: s,
		Signal: "hikaricp-connections/pool:erp-app-01:x", Entity: entity.Entity{Root: "host:erp-app-01"}, Series: "hikaricp_connections_active",
		Message: i18n.Text{En: "20 connections are in use, 5 are usual", Zh: "使用中 20 个连接，平时 5 个"},
	}
}

func (f *fixture) hear(x *service, g *finding.Finding) {
	f.t.Helper()
	data, err := finding.Encode(g)
	if err != nil {
		f.t.Fatal(err)
	}
	x.hear(data)
}

// TestTransactionInTrouble: a slight finding about one of its signals opens an episode of the transaction, with the checks; it is said once,
// goes on while the finding does, also after a restart, and ends with it. What has an incident of its own opens none.
func TestTransactionInTrouble(t *testing.T) {
	f := newFixture(t)
	x, tx, said := f.service(), f.set.Transactions.All()[0], map[string]string{}
	look := func(want bool) {
		t.Helper()
		if in, err := x.look(t.Context(), tx, said); in != want || err != nil {
			t.Fatalf("in trouble: %t, %v; want %t", in, err, want)
		}
	}
	f.hear(x, slight(finding.Opened, night, finding.Warning))
	look(false)
	f.hear(x, slight(finding.Resolved, night, finding.Warning))
	f.hear(x, slight(finding.Opened, night, finding.Info))
	look(true)
	look(true)
	_, findings := f.published()
	if len(findings) != 1 {
		t.Fatalf("published %+v", findings)
	}
	g := findings[0]
	if g.Action != finding.Opened || g.Severity != finding.Warning || g.Signal != tx.Signal() || !g.Time.Equal(night) || len(g.Evidence) != 4 ||
		!strings.HasPrefix(g.Evidence[1].Text.En, "? Lock, unknown") || !strings.Contains(g.Message.Zh, "使用中 20 个连接") {
		t.Errorf("opened %+v", g)
	}
	in := lockWait(night) // as the notifier makes it
	in.ID, in.Kind, in.Signal, in.Episodes = incident.NewID(g.Time, g.ID), g.Kind, g.Signal, []string{g.Episode}
	f.keep(in)

	x, said = f.service(), map[string]string{}
	f.hear(x, slight(finding.Opened, night, finding.Info))
	look(true)
	f.hear(x, slight(finding.Updated, night.Add(time.Minute), finding.Warning))
	look(true)
	f.hear(x, slight(finding.Resolved, night.Add(time.Hour), finding.Warning))
	look(false)
	_, findings = f.published()
	if len(findings) != 2 || findings[1].Action != finding.Resolved || findings[1].Episode != g.Episode || findings[1].ID == g.ID {
		t.Errorf("in the end: %+v", findings)
	}
}

// TestQueryInTrouble: a query opens an episode once it has held for its time, and an error of it ends none.
func TestQueryInTrouble(t *testing.T) {
	f := newFixture(t)
	s := historytest.Series("probe_duration_seconds", "instance", "https://erp/")
	for k := range 20 {
		v := 1.0
		if k >= 15 {
			v = 9
		}
		if _, err := f.store.Append(t.Context(), historytest.One(s, telemetry.Sample{TimeMillis: night.Add(time.Duration(k-20) * time.Minute).UnixMilli(), Value: v})); err != nil {
			t.Fatal(err)
		}
	}
	tx := f.set.Transactions.All()[0]
	holds := func(at time.Time, open, want bool) {
		t.Helper()
		list, err := newConditions(f.store).signs(t.Context(), tx, at, open)
		if err != nil || (len(list) > 0) != want {
			t.Errorf("%v before: %+v, %v; want %t", night.Sub(at), list, err, want)
		}
	}
	holds(night.Add(-10*time.Minute), false, false)
	holds(night.Add(-4*time.Minute), false, false) // not for two minutes yet
	holds(night.Add(-time.Minute), false, true)
	holds(night.Add(-4*time.Minute), true, true)
	holds(night.Add(-10*time.Minute), true, false)
	if _, err := newConditions(nil).signs(t.Context(), tx, night, false); err == nil || !strings.Contains(err.Error(), "transaction voucher-entry: signals[1].query: there is no history") {
		t.Errorf("without a history: %v", err)
	}
	f.set.History = nil
	x := f.service()
	in := lockWait(night)
	in.Kind, in.Signal = finding.Anomaly, tx.Signal()
	f.keep(in)
	if _, err := x.look(t.Context(), tx, map[string]string{}); err == nil {
		t.Error("a query that fails is not said")
	}
	if _, findings := f.published(); len(findings) != 0 {
		t.Errorf("said: %+v", findings)
	}
}

// TestAnswer: who asks gets the transactions and the checks of one; what cannot be is refused, and what takes too long as well.
func TestAnswer(t *testing.T) {
	f := newFixture(t)
	x := f.service()
	ask := func(q checks.Request) (out checks.Reply) {
		t.Helper()
		request, err := json.Marshal(&q)
		if err != nil {
			t.Fatal(err)
		}
		data, err := x.answer(t.Context(), request)
		if err == nil {
			err = json.Unmarshal(data, &out)
		}
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	if all := ask(checks.Request{}).Transactions; len(all) != 1 || all[0].Databases[0] != "host:erp-db-01" || all[0].Signals[0] != "rule hikaricp-connections" || len(all[0].Targets) != 0 {
		t.Errorf("transactions: %+v", all)
	}
	r := ask(checks.Request{Transaction: "voucher-entry"}).Report
	if r == nil || !r.At.Equal(night) || r.Validate() != nil || r.Any() {
		t.Errorf("report: %+v", r)
	}
	if r := ask(checks.Request{Transaction: "voucher-entry", At: night.Add(-time.Hour)}).Report; r == nil || !r.At.Equal(night.Add(-time.Hour)) {
		t.Errorf("report: %+v", r)
	}
	if no := ask(checks.Request{Transaction: "x"}).Refusal; no == nil || no.Code != checks.NotFound {
		t.Errorf("refusal: %+v", no)
	}
	for range f.cfg.AtOnce {
		x.slots <- struct{}{}
	}
	if no := ask(checks.Request{Transaction: "voucher-entry"}).Refusal; no == nil || no.Code != checks.Busy {
		t.Errorf("refusal: %+v", no)
	}
	if _, err := x.answer(t.Context(), []byte("no request")); err == nil {
		t.Error("what is no request is answered")
	}
}

// TestWithoutTransactions: without any file the service answers that there are none, and nothing else runs.
func TestWithoutTransactions(t *testing.T) {
	f := newFixture(t)
	var err error
	if f.set.Transactions, err = transaction.Load(); err != nil {
		t.Fatal(err)
	}
	f.keep(lockWait(night))
	stop := f.run()
	defer stop()
	bustest.Eventually(t, 10*time.Second, func() error {
		data, err := f.bus.Query(t.Context(), Service, 0, []byte("{}"))
		if err == nil && string(data) != `{}` {
			err = fmt.Errorf("answered %s", data)
		}
		return err
	})
	if reports, findings := f.published(); len(reports)+len(findings) != 0 {
		t.Errorf("published %+v, %+v", reports, findings)
	}
}

// TestConfig: what is wrong is told with key, value, rule and remedy, all at once; files that name what there is not are refused.
func TestConfig(t *testing.T) {
	c := DefaultConfig()
	if err := c.Validate(); err != nil {
		t.Fatalf("the default: %v", err)
	}
	c = Config{Files: []string{""}, Delay: -1, CompareDays: 99, AtOnce: 0}
	err := c.Validate()
	for _, want := range []string{"files[0]", "delay: -1ns is out of range; set 0s to 5m", "timeout: 0s", "compare_days: 99", "at_once: 0"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error lacks %q:\n%v", want, err)
		}
	}
	f := newFixture(t)
	c = Config{Files: []string{"../../deploy/transactions/yonyou.yaml", "../../deploy/transactions/kingdee.yaml", "../../deploy/transactions/sap.yaml"}}
	if b, err := c.Open(f.set.Catalogue, f.set.Signatures); err != nil || len(b.All()) != 9 {
		t.Errorf("the examples: %v", err)
	}
	c.Files = []string{t.TempDir() + "/t.yaml"}
	if err := os.WriteFile(c.Files[0], []byte(strings.ReplaceAll(vouchers, "rule: hikaricp", "rule: ikaricp")+"  - {name: a, title: {en: a, zh: b}, impact: 1, signals: [{message: x.y}], through: {databases: ['host:a']}}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = c.Open(f.set.Catalogue, f.set.Signatures)
	for _, want := range []string{`signals[0].rule: "ikaricp-connections" is no rule of the catalogue`, `transaction a: signals[0].message: "x.y" is no message`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error lacks %q:\n%v", want, err)
		}
	}
}
