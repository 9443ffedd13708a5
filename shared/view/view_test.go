package view

import (
	"math"
	"testing"
	"time"

	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/incident"
	"github.com/forewarn/forewarn/shared/signal"
	"github.com/forewarn/forewarn/shared/telemetry"
)

func now() time.Time { return time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC) }

// TestLimitAt: a forecast leads to the limit that held when it was made.
func TestLimitAt(t *testing.T) {
	course := []telemetry.Sample{{TimeMillis: 10, Value: 400}, {TimeMillis: 20, Value: math.NaN()}, {TimeMillis: 30, Value: 600}}
	f := func(at int64, want float64) {
		t.Helper()
		if got := limitAt(course, at, 7); got != want {
			t.Errorf("at %d: %v, want %v", at, got, want)
		}
	}
	f(5, 7)
	f(10, 400)
	f(25, 400)
	f(31, 600)
}

// TestDividedLinesMeet: what was known and what came true have the moment between them in common, but not across a gap.
func TestDividedLinesMeet(t *testing.T) {
	f := func(values []float64, at int64, before, since int, there float64) {
		t.Helper()
		var all []telemetry.Sample
		for i, v := range values {
			all = append(all, telemetry.Sample{TimeMillis: int64(i) * 10, Value: v})
		}
		a, b := divided(all, at)
		if len(a) != before || len(b) != since {
			t.Fatalf("%d before and %d since, want %d and %d", len(a), len(b), before, since)
		}
		if !math.IsNaN(there) && (a[before-1] != b[0] || b[0].Value != there) {
			t.Errorf("they meet at %v and %v, want %v", a[before-1], b[0], there)
		}
	}
	none := math.NaN()
	f([]float64{1, 2, 3, 4}, 15, 3, 3, 2.5)
	f([]float64{1, 2, 3, 4}, 20, 3, 3, 3)
	f([]float64{1, 2, 3, 4}, -5, 0, 4, none)
	f([]float64{1, 2, 3, 4}, 99, 4, 0, none)
	f([]float64{1, none, 3, 4}, 15, 2, 2, none)
	f(nil, 15, 0, 0, none)
}

// TestViewsShowWhatLedToIt: three times as much past as lies ahead, within bounds, and no present of what is over.
func TestViewsShowWhatLedToIt(t *testing.T) {
	en := Reader{Language: i18n.English, Zone: time.UTC, Now: now()}
	at := func(d time.Duration) *time.Time { v := now().Add(d); return &v }
	sig := &signal.State{Limit: 100, Used: 50, UpdatedAt: now(), Stage: signal.Ready}
	for _, c := range []struct{ ahead, past time.Duration }{
		{time.Minute, 15 * time.Minute}, {11 * time.Hour, 33 * time.Hour}, {30 * 24 * time.Hour, 28 * 24 * time.Hour}, {0, 24 * time.Hour},
	} {
		if sig.ETA = (finding.ETA{}); c.ahead > 0 {
			sig.ETA = finding.ETA{P10: at(c.ahead), P50: at(c.ahead), P90: at(c.ahead)}
		}
		if v := en.OfSignal(sig); v.Until.Sub(v.From) != c.past {
			t.Errorf("%v ahead: %v of the past, want %v", c.ahead, v.Until.Sub(v.From), c.past)
		}
	}
	in := &incident.Incident{State: incident.Resolved, OpenedAt: now().Add(-50 * time.Hour), ResolvedAt: at(-40 * time.Hour), UpdatedAt: now()}
	v := en.OfIncident(in)
	if !v.Present.IsZero() || !v.Until.Equal(now().Add(-35*time.Hour)) || !v.From.Equal(now().Add(-80*time.Hour)) {
		t.Errorf("from %v until %v, now %v", v.From, v.Until, v.Present)
	}
	if n := len(v.shades()); n != 3 {
		t.Errorf("%d nights", n)
	}
}
