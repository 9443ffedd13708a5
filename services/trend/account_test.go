package trend

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/telemetry"
)

// account returns what is said of the only signal.
func account(t *testing.T, w *Worker) Account {
	t.Helper()
	keys := slices.Collect(w.Signals())
	if len(keys) != 1 {
		t.Fatalf("signals %v", keys)
	}
	a, ok := w.Explain(keys[0])
	if !ok {
		t.Fatal("the signal is not known")
	}
	for _, r := range a.Reasons {
		if r.En == "" || r.Zh == "" {
			t.Errorf("reason %+v", r)
		}
	}
	return a
}

func reasons(a Account) string {
	var out []string
	for _, r := range a.Reasons {
		out = append(out, r.En)
	}
	return strings.Join(out, "; ")
}

func TestExplainWhatOpens(t *testing.T) {
	w := NewWorker(DefaultConfig(), catalogue(t), nil)
	play(w, ledger, 0, 9*time.Minute, 5*time.Second, func(age time.Duration) float64 { return age.Minutes() / 10 })
	a := account(t, w)
	if a.Cause != finding.Critical || !strings.Contains(reasons(a), "of reaching the limit within 4 h") || a.State.Episode == "" || a.Judged.IsZero() || len(a.Evidence) < 3 {
		t.Errorf("cause %q, %s; judged %s, evidence %v", a.Cause, reasons(a), a.Judged, a.Evidence)
	}
}

func TestExplainSilence(t *testing.T) {
	f := func(share func(time.Duration) float64, length, then time.Duration, want ...string) {
		t.Helper()
		w := NewWorker(DefaultConfig(), catalogue(t), nil)
		play(w, ledger, 0, length, time.Minute, share)
		for age := time.Duration(0); age <= then; age += time.Minute { // it is awake all the time
			w.Tick(start.Add(length + age))
		}
		a := account(t, w)
		for _, part := range want {
			if !strings.Contains(reasons(a), part) {
				t.Errorf("reasons %q; want %q", reasons(a), part)
			}
		}
	}
	level := func(share float64) func(time.Duration) float64 { return func(time.Duration) float64 { return share } }
	f(level(0.5), 48*time.Hour, time.Minute, "nothing opens a warning", "within 24 h (60 % needed)", "50 % used (95 % needed)")
	f(level(0.5), 2*time.Minute, time.Minute, "still being learned")
	f(level(0.5), 48*time.Hour, 3*time.Hour, "sent nothing for 3 h")
	f(level(0.97), time.Minute, time.Minute, "the share in use alone: 97 %", "before it is told it must hold in 3 forecasts in a row")
}

// TestExplainWithoutLimit names the series that is missing.
func TestExplainWithoutLimit(t *testing.T) {
	w := NewWorker(DefaultConfig(), catalogue(t), nil)
	b := &telemetry.Batch{Series: ledger.at(start, 0.5).Series[:1]}
	w.Observe(start, b)
	if got := reasons(account(t, w)); !strings.Contains(got, "node_filesystem_size_bytes") || !strings.Contains(got, "was never seen") {
		t.Errorf("reasons %q", got)
	}
	w = NewWorker(DefaultConfig(), catalogue(t), nil)
	b = ledger.at(start, 0.5)
	b.Series[1].Samples[0].Value = 0
	w.Observe(start, b)
	if got := reasons(account(t, w)); !strings.Contains(got, "give no use and limit") {
		t.Errorf("reasons %q", got)
	}
	if _, ok := w.Explain("disk-space/nowhere"); ok {
		t.Error("account is given of what nobody sends")
	}
}
