package anomaly

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/forewarn/forewarn/models/signature"
	"github.com/forewarn/forewarn/shared/bustest"
	"github.com/forewarn/forewarn/shared/chunk"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/signal"
	"github.com/forewarn/forewarn/shared/telemetry"
)

var (
	start  = time.Date(2026, 3, 2, 2, 0, 0, 0, time.UTC)
	ledger = telemetry.NewLabels(
		telemetry.Label{Name: "host", Value: "erp-01"}, telemetry.Label{Name: "file", Value: "/u01/alert.log"}, telemetry.Label{Name: "service", Value: "oracle"})
)

const tablespace = "ORA-01653: unable to extend table NC.GL_DETAIL by 8192 in tablespace NNC_DATA01, password=Zx9secret"

func listener(t testing.TB, change ...func(*Config)) *Listener {
	t.Helper()
	cat, err := signal.Load()
	if err != nil {
		t.Fatal(err)
	}
	cfg := DefaultConfig()
	for _, c := range change {
		c(&cfg)
	}
	d, err := cfg.Open()
	if err != nil {
		t.Fatal(err)
	}
	return NewListener(cfg, cat, d)
}

// entries are texts that were written at one time.
func entries(origin telemetry.Labels, at time.Time, texts ...string) *telemetry.LogBatch {
	b := &telemetry.LogBatch{Origin: origin}
	for _, s := range texts {
		b.Records = append(b.Records, telemetry.LogRecord{TimeMillis: at.UnixMilli(), Body: s})
	}
	return b
}

// TestEpisode: a known message opens an episode with its first line, tells again when there are ten times as many, and ends
// when it has stopped; it is the same episode throughout, and what people see of it holds no secret.
func TestEpisode(t *testing.T) {
	l := listener(t)
	out := l.Observe(start, entries(ledger, start, "Thread 1 advanced to log sequence 4711", tablespace))
	if len(out) != 1 {
		t.Fatalf("%d findings, want the one that opens: %+v", len(out), out)
	}
	f := out[0]
	f.ID = "x"
	if _, err := finding.Encode(&f); err != nil {
		t.Error(err)
	}
	if f.Action != finding.Opened || f.Kind != finding.Log || f.Severity != finding.Critical || !f.Time.Equal(start) ||
		f.Signal != "log-oracle.ora-01653/host:erp-01" || f.Resource != finding.Tablespace || f.Entity.Root != "host:erp-01" ||
		f.Series != `log_entries{file="/u01/alert.log",host="erp-01",service="oracle",signature="oracle.ora-01653"}` {
		t.Errorf("%+v", f)
	}
	for _, text := range []string{f.Title.En, f.Title.Zh, f.Advice.En, f.Advice.Zh, f.Message.En, f.Message.Zh} {
		if text == "" || strings.Contains(text, "Zx9secret") {
			t.Errorf("said: %q", text)
		}
	}
	if !strings.Contains(f.Message.Zh, "NC.GL_DETAIL") || !strings.Contains(f.Message.En, "password=[secret]") {
		t.Errorf("said: %q and %q", f.Message.En, f.Message.Zh)
	}

	var later []finding.Finding
	for i := range 20 {
		at := start.Add(time.Duration(i+1) * time.Minute)
		later = append(later, l.Observe(at, entries(ledger, at, tablespace))...)
		later = append(later, l.Tick(at)...)
	}
	if len(later) != 1 || later[0].Action != finding.Updated || later[0].Used != 10 || later[0].Episode != f.Episode {
		t.Fatalf("while it goes on: %+v", later)
	}
	if out := l.Tick(start.Add(49 * time.Minute)); len(out) != 0 {
		t.Errorf("it ends too soon: %+v", out)
	}
	out = l.Tick(start.Add(50 * time.Minute))
	if len(out) != 1 || out[0].Action != finding.Resolved || out[0].Episode != f.Episode || l.Len() != 0 {
		t.Fatalf("at the end: %+v", out)
	}
	if !strings.Contains(out[0].Message.En, "21 times") {
		t.Errorf("at the end: %q", out[0].Message.En)
	}
	again := start.Add(2 * time.Hour)
	if out := l.Observe(again, entries(ledger, again, tablespace)); len(out) != 1 || out[0].Action != finding.Opened || out[0].Episode == f.Episode {
		t.Errorf("another time it is another episode: %+v", out)
	}
}

// TestOften: what single requests run into is a note until there are as many as the dictionary says, and is told then, once.
func TestOften(t *testing.T) {
	const deadlock = "ORA-00060: Deadlock detected. More info in file /u01/erp1_ora_20369.trc."
	l := listener(t)
	var out []finding.Finding
	for i := range 5 {
		at := start.Add(time.Duration(i) * 10 * time.Minute)
		out = append(out, l.Observe(at, entries(ledger, at, deadlock))...)
	}
	if len(out) != 2 || out[0].Severity != finding.Info || out[1].Severity != finding.Warning || out[1].Used != 3 || out[1].Action != finding.Updated {
		t.Errorf("five deadlocks within an hour came to %+v, want a note with the first and a warning with the third", out)
	}
	if out := l.Tick(start.Add(2 * time.Hour)); len(out) != 1 || out[0].Severity != finding.Warning {
		t.Errorf("the end: %+v, want it as severe as it was", out)
	}
}

// TestNoNews: what was written long ago opens nothing, a clock that is ahead keeps nothing open, and episodes are bounded.
func TestNoNews(t *testing.T) {
	l := listener(t, func(c *Config) { c.MaxMessages = 1 })
	if out := l.Observe(start, entries(ledger, start.Add(-2*time.Hour), tablespace)); len(out) != 0 {
		t.Errorf("of two hours ago: %+v", out)
	}
	out := l.Observe(start, entries(ledger, start.Add(48*time.Hour), tablespace))
	if len(out) != 1 || !out[0].Time.Equal(start) {
		t.Errorf("of a clock that is ahead: %+v", out)
	}
	other := telemetry.NewLabels(telemetry.Label{Name: "service", Value: "nc"})
	if out := l.Observe(start, entries(other, start, "java.lang.OutOfMemoryError: Java heap space")); len(out) != 0 {
		t.Errorf("beyond the bound: %+v", out)
	}
	if out := l.Tick(start.Add(30 * time.Minute)); len(out) != 1 {
		t.Errorf("after half an hour: %+v", out)
	}
	out = l.Observe(start, entries(other, start, "java.lang.OutOfMemoryError: Java heap space"))
	if len(out) != 1 || out[0].Entity.ID != "application:nc" {
		t.Errorf("when there is room again: %+v", out)
	}
	want := Stats{Entries: 4, Known: 4, Old: 1, Refused: 1}
	if diff := cmp.Diff(want, l.Stats()); diff != "" {
		t.Errorf("counted (-want +got):\n%s", diff)
	}
}

// TestReplay: after a crash the same entries give the same findings, whenever the snapshot was taken.
func TestReplay(t *testing.T) {
	if testing.Short() {
		t.Skip("it is arithmetic in one goroutine, which takes minutes under the race detector")
	}
	play := func(restart int) (said []string) {
		l := listener(t)
		for i := range 60 {
			if i == restart {
				state, err := bustest.State(l)
				if err != nil {
					t.Fatal(err)
				}
				l = listener(t)
				if err := l.Restore(state); err != nil {
					t.Fatal(err)
				}
			}
			at := start.Add(time.Duration(i) * time.Minute)
			var out []finding.Finding
			if i < 20 && i%2 == 0 {
				out = l.Observe(at, entries(ledger, at, tablespace, "ERROR 1040 (HY000): Too many connections"))
			}
			for _, f := range append(out, l.Tick(at)...) {
				said = append(said, fmt.Sprint(f.Time, f.Action, f.Episode, f.Message))
			}
		}
		return said
	}
	want := play(-1)
	if len(want) < 5 {
		t.Fatalf("said: %q", want)
	}
	for restart := 1; restart < 60; restart += 7 {
		if diff := cmp.Diff(want, play(restart)); diff != "" {
			t.Errorf("restarted at %d (-want +got):\n%s", restart, diff)
		}
	}
}

// TestWithdrawn: an episode whose signature is gone ends, saying so.
func TestWithdrawn(t *testing.T) {
	l := listener(t)
	l.Observe(start, entries(ledger, start, tablespace))
	state, err := bustest.State(l)
	if err != nil {
		t.Fatal(err)
	}
	off, err := signature.ParseYAML([]byte("disable: [oracle.ora-01653]\n"))
	if err != nil {
		t.Fatal(err)
	}
	d, err := signature.New(off)
	if err != nil {
		t.Fatal(err)
	}
	next := NewListener(l.cfg, l.cat, d)
	if err := next.Restore(state); err != nil {
		t.Fatal(err)
	}
	out := next.Tick(start.Add(time.Second))
	if len(out) != 1 || out[0].Action != finding.Resolved || !strings.Contains(out[0].Message.En, "no longer in the dictionary") {
		t.Errorf("%+v", out)
	}
}

// FuzzRestore: no bytes make a listener that cannot go on.
func FuzzRestore(f *testing.F) {
	l := listener(f)
	l.Observe(start, entries(ledger, start, tablespace))
	state, err := bustest.State(l)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(state)
	f.Add([]byte(`{"version":1,"messages":[null]}`))
	f.Add(chunk.Append([]byte{snapshotVersion}, []byte(`{"messages":[null]}`)))
	f.Fuzz(func(t *testing.T, state []byte) {
		l.Restore(state) //nolint:errcheck // either way it must go on
		l.Observe(start, entries(ledger, start, tablespace))
		for _, f := range l.Tick(start.Add(1000 * time.Hour)) {
			f.ID = "x"
			if _, err := finding.Encode(&f); err != nil && f.Time.Year() > 1 && f.Severity.Rank() > 0 && f.Episode != "" {
				t.Error(err)
			}
		}
	})
}

func BenchmarkObserve(b *testing.B) {
	l := listener(b)
	texts := make([]string, 100)
	for i := range texts {
		texts[i] = "2026-03-02 10:00:00,123 INFO [http-8080-exec-17] nc.bs.gl.VoucherService voucher 20260302-00017 saved in 132 ms"
	}
	texts[50] = tablespace
	batch := entries(ledger, start, texts...)
	b.ReportAllocs()
	for b.Loop() {
		l.Observe(start, batch)
	}
	b.ReportMetric(float64(b.N)*float64(len(texts))/b.Elapsed().Seconds(), "entries/s")
}
