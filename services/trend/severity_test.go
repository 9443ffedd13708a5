package trend

import (
	"strings"
	"testing"
	"time"

	"github.com/forewarn/forewarn/models/exhaustion"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/signal"
)

// TestSeverity: what fails before it can be repaired is critical, and what hardly hurts wakes nobody.
func TestSeverity(t *testing.T) {
	c := DefaultConfig()
	never := exhaustion.Forecast{P10: exhaustion.Never, P50: exhaustion.Never, P90: exhaustion.Never}
	f := func(fix time.Duration, impact int, change func(*exhaustion.Forecast), want finding.Severity, horizon int) {
		t.Helper()
		s := &tracked{rule: &signal.Rule{Kind: signal.Saturation, TimeToFix: fix, Impact: impact}, last: never}
		change(&s.last)
		if v := s.cause(&c); v.severity != want || v.horizon != horizon {
			t.Errorf("got %q by horizon %d, want %q by %d", v.severity, v.horizon, want, horizon)
		}
	}
	within := func(p ...float64) func(*exhaustion.Forecast) {
		return func(f *exhaustion.Forecast) { copy(f.Within[:], p) }
	}
	f(4*time.Hour, 4, within(0.7, 0.9, 0.9, 0.9), finding.Critical, 0)
	f(4*time.Hour, 4, within(0, 0.7, 0.9, 0.9), finding.Critical, 1)
	f(4*time.Hour, 4, within(0, 0.5, 0.9, 0.9), finding.Warning, 2)
	f(4*time.Hour, 4, within(0, 0, 0.7, 0.9), finding.Info, 3)
	f(4*time.Hour, 4, within(0, 0, 0.1, 0.7), "", 0)
	f(4*time.Hour, 5, within(0, 0.57, 0.9, 0.9), finding.Critical, 1) // the business stops
	f(4*time.Hour, 3, within(0, 0.63, 0.9, 0.9), finding.Warning, 2)
	f(4*time.Hour, 2, within(0.99, 0.99, 0.99, 0.99), finding.Warning, 0) // a nuisance
	f(72*time.Hour, 4, within(0, 0, 0.99, 0.99), finding.Critical, 1)     // a disk must be bought first
	f(4*time.Hour, 4, func(f *exhaustion.Forecast) { f.Used = 0.985 }, finding.Critical, 1)
	f(4*time.Hour, 2, func(f *exhaustion.Forecast) { f.Used = 0.985 }, finding.Warning, 1)
	f(4*time.Hour, 4, func(f *exhaustion.Forecast) { f.Used, f.Usual = 0.985, 0.98 }, "", 0)
	f(4*time.Hour, 4, func(f *exhaustion.Forecast) {
		f.Within, f.Learning, f.Used = [4]float64{0.9, 0.9, 0.9, 0.9}, true, 0.96
	}, finding.Warning, 1) // the static rule is the floor while it learns
}

// TestNearlyFullWithADate: what is critical by its share alone, and has a date, tells the date and when that is likely.
func TestNearlyFullWithADate(t *testing.T) {
	w := NewWorker(DefaultConfig(), catalogue(t), nil)
	said := play(w, ledger, 0, 50*day, 10*time.Minute, func(age time.Duration) float64 { return 0.5 + 0.485*age.Hours()/(50*24) })
	last := said[len(said)-1]
	s := w.sorted()[0]
	v := s.cause(&w.cfg)
	if !v.static || v.severity != finding.Critical || s.last.P50 == exhaustion.Never {
		t.Fatalf("%+v of %+v; last said %+v", v, s.last, last)
	}
	text := s.explain(finding.Updated, v)
	if s.last.Within[v.horizon] < 0.5 || !strings.Contains(text.En, "is nearly full") || !strings.Contains(text.En, "it will be full in about") {
		t.Errorf("horizon %d, %q", v.horizon, text.En)
	}
}
