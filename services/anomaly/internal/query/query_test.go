package query

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/prometheus/prometheus/model/value"
	"go.uber.org/zap"

	"github.com/forewarn/forewarn/services/anomaly/internal/rule"
	"github.com/forewarn/forewarn/services/anomaly/internal/window"
	"github.com/forewarn/forewarn/shared/history"
	"github.com/forewarn/forewarn/shared/history/embedded"
	"github.com/forewarn/forewarn/shared/telemetry"
)

func read(t testing.TB, exprs ...string) (out []*rule.Rule) {
	t.Helper()
	var b strings.Builder
	b.WriteString("groups:\n- name: g\n  interval: 15s\n  rules:\n")
	for i, e := range exprs {
		fmt.Fprintf(&b, "  - {alert: A%d, expr: %q}\n", i, e)
	}
	groups, err := rule.NewReader(time.Minute, func(string, string) bool { return true }).Read("test.yml", []byte(b.String()))
	if err != nil {
		t.Fatal(err)
	}
	return groups[0].Rules
}

func newWindow(rules []*rule.Rule) *window.Window {
	var interests []window.Interest
	for _, r := range rules {
		for _, s := range r.Selectors {
			interests = append(interests, window.Interest{Metric: s.Metric, Matchers: s.Matchers, Reach: s.Reach})
		}
	}
	return window.New(1000, interests)
}

// simple are expressions of the kinds that are evaluated from the stream.
var simple = []string{
	`gauge > 50`,
	`gauge{host="a"} != 50`,
	`gauge{host=~"a|b"} * 2 + 1 >= 80`,
	`-gauge < -70`,
	`100 - gauge < 20`,
	`gauge / other > 0.8`,
	`gauge > 50 and other < 60`,
	`gauge > 90 or other > 90`,
	`gauge unless other > 30`,
	`rate(total[5m]) > 0.5`,
	`irate(total[2m]) > 1`,
	`increase(total[10m]) > 100`,
	`delta(gauge[5m]) < 0`,
	`deriv(gauge[10m]) > 0`,
	`avg_over_time(gauge[5m]) > 40`,
	`max_over_time(gauge[90s]) > 70`,
	`min_over_time(gauge[5m] offset 3m) < 30`,
	`count_over_time(gauge[5m]) < 15`,
	`sum_over_time(gauge[1m]) > 100`,
	`changes(gauge[5m]) > 3`,
	`resets(total[30m]) > 0`,
	`predict_linear(gauge[15m], 600) > 90`,
	`quantile_over_time(0.9, gauge[10m]) > 60`,
	`stddev_over_time(gauge[10m]) > 20`,
	`present_over_time(gauge[1m]) == 1`,
	`clamp_max(gauge, 60) == 60`,
	`abs(delta(gauge[3m])) > 10`,
	`time() - timestamp(gauge) > 60`,
	`total offset 10m > 5`,
}

// moment is a batch with what comes at a time: gauges and a counter of three hosts, with gaps, resets, ends and odd values.
type story struct {
	*rand.Rand
	total map[string]float64
}

func (s *story) moment(at int64) *telemetry.Batch {
	b := &telemetry.Batch{}
	for _, host := range []string{"a", "b", "c"} {
		if s.IntN(10) == 0 {
			continue // a scrape that failed
		}
		add := func(metric string, v float64) {
			ls := telemetry.NewLabels(telemetry.Label{Name: telemetry.MetricName, Value: metric}, telemetry.Label{Name: "host", Value: host})
			b.Series = append(b.Series, telemetry.TimeSeries{
				Series: telemetry.NewSeries(ls), Samples: []telemetry.Sample{{TimeMillis: at + int64(s.IntN(900)), Value: v}},
			})
		}
		add("gauge", s.odd(100*s.Float64()))
		add("other", s.odd(100*s.Float64()))
		if s.total[host] += float64(s.IntN(30)); s.IntN(40) == 0 {
			s.total[host] = float64(s.IntN(3))
		}
		add("total", s.total[host])
		add("unread", 1)
	}
	return b
}

func (s *story) odd(v float64) float64 {
	switch s.IntN(60) {
	case 0:
		return math.NaN()
	case 1:
		return math.Inf(1)
	case 2:
		return math.Float64frombits(value.StaleNaN)
	}
	return v
}

// TestAgreement: what is evaluated over a window, which forgets, is restored and goes on, is what the same engine finds in a full
// history, on random series.
func TestAgreement(t *testing.T) {
	rules := read(t, simple...)
	for seed := range uint64(4) {
		store, err := embedded.Open(history.DefaultConfig(), embedded.Settings{Logger: zap.NewNop(), Dir: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		w := newWindow(rules)
		s := &story{rand.New(rand.NewPCG(seed, 1)), map[string]float64{}} //nolint:gosec // a test's
		now := time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC)
		found := 0
		for step := range 240 {
			if now = now.Add(15 * time.Second); step%97 == 90 {
				now = now.Add(time.Duration(s.IntN(12)) * time.Minute) // nobody sends for a while
			}
			b := s.moment(now.UnixMilli() - 1000)
			w.Observe(now, b)
			if _, err := store.Append(t.Context(), b); err != nil {
				t.Fatal(err)
			}
			if step%7 != 0 {
				continue
			}
			w = again(t, w, rules)
			found += agree(t, New(w, time.Minute, 1e6), New(store, time.Minute, 1e6), rules, now)
			w.Forget(now)
		}
		if found < 500 {
			t.Errorf("only %d results were compared", found)
		}
		if w.Len() != 9 {
			t.Errorf("%d series are kept, want 9", w.Len())
		}
		if err := store.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// again returns a window that was saved and restored.
func again(t *testing.T, w *window.Window, rules []*rule.Rule) *window.Window {
	t.Helper()
	state, err := w.AppendBinary(nil)
	if err != nil {
		t.Fatal(err)
	}
	next := newWindow(rules)
	if err := next.UnmarshalBinary(state); err != nil {
		t.Fatal(err)
	}
	if same, err := next.AppendBinary(nil); err != nil || string(same) != string(state) {
		t.Fatalf("a restored window has another state (%v)", err)
	}
	return next
}

func agree(t *testing.T, one, other *Evaluator, rules []*rule.Rule, at time.Time) (results int) {
	t.Helper()
	for _, r := range rules {
		if r.Place != rule.Stream {
			t.Fatalf("%s is not evaluated from the stream: %s", r.Query, r.Why)
		}
		got, err1 := one.Evaluate(t.Context(), r, at)
		want, err2 := other.Evaluate(t.Context(), r, at)
		if err1 != nil || err2 != nil {
			t.Fatalf("%s: %v, %v", r.Query, err1, err2)
		}
		less := func(a, b telemetry.TimeSeries) bool { return a.Fingerprint < b.Fingerprint }
		if diff := cmp.Diff(want, got, cmpopts.EquateNaNs(), cmpopts.SortSlices(less), cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("%s at %v (-history +window):\n%s", r.Query, at, diff)
		}
		results += len(want.Series)
	}
	return results
}

// TestRefusals: what makes a result unusable is said.
func TestRefusals(t *testing.T) {
	rules := read(t, `{__name__=~"gauge|other"} > 0`, `gauge`, `count(gauge) > 0`)
	w := newWindow(rules)
	at := time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC)
	s := &story{rand.New(rand.NewPCG(7, 1)), map[string]float64{}} //nolint:gosec // a test's
	w.Observe(at, s.moment(at.UnixMilli()-1000))
	e := New(w, time.Minute, 1e6)
	fails := func(e *Evaluator, r *rule.Rule, want string) {
		t.Helper()
		if got, err := e.Evaluate(t.Context(), r, at); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s gave %+v, %v; want an error with %q", r.Query, got, err, want)
		}
	}
	fails(e, rules[0], "the same labels")
	limited := *rules[1]
	limited.Limit = 1
	fails(e, &limited, "more than the group's limit of 1")
	fails(New(w, time.Minute, 1), rules[2], "too many samples")
	fails(New(w, time.Nanosecond, 1e6), rules[2], "timed out")
}

// TestRecords: a recorded series has the rule's name and labels.
func TestRecords(t *testing.T) {
	const file = `groups: [{name: g, labels: {from: rule}, rules: [{record: "host:gauge", expr: gauge, labels: {host: x}}]}]`
	groups, err := rule.NewReader(time.Minute, nil).Read("test.yml", []byte(file))
	if err != nil {
		t.Fatal(err)
	}
	w := newWindow(groups[0].Rules)
	at := time.UnixMilli(1_780_000_000_000)
	ls, _ := telemetry.ParseSeries(`gauge{host="a",job="j"}`)
	w.Observe(at, &telemetry.Batch{Series: []telemetry.TimeSeries{{Series: telemetry.NewSeries(ls), Samples: []telemetry.Sample{{TimeMillis: at.UnixMilli(), Value: 3}}}}})
	got, err := New(w, time.Minute, 1e6).Evaluate(t.Context(), groups[0].Rules[0], at)
	if err != nil || len(got.Series) != 1 || got.Series[0].Labels.String() != `host:gauge{from="rule",host="x",job="j"}` || got.Series[0].Samples[0].Value != 3 {
		t.Errorf("recorded %+v, %v", got, err)
	}
}
