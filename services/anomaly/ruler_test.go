package anomaly

import (
	"encoding/json"
	"flag"
	"fmt"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/forewarn/forewarn/services/anomaly/internal/rule"
	"github.com/forewarn/forewarn/shared/bustest"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/signal"
	"github.com/forewarn/forewarn/shared/telemetry"
)

var rewrite = flag.Bool("update", false, "write the golden files anew")

var july = time.Date(2026, 7, 1, 8, 0, 0, 0, time.UTC)

// openRules returns the built-in rules and those of a file with such a text.
func openRules(t testing.TB, text string) (*Rules, *signal.Catalogue, Config) {
	t.Helper()
	cat, err := signal.Load()
	if err != nil {
		t.Fatal(err)
	}
	cfg := DefaultConfig()
	if text != "" {
		file := filepath.Join(t.TempDir(), "rules.yml")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		cfg.Rules = []string{file}
	}
	rules, err := cfg.OpenRules(cat)
	if err != nil {
		t.Fatal(err)
	}
	return rules, cat, cfg
}

// at returns a batch of samples of one time.
func at(t testing.TB, when time.Time, values map[string]float64) *telemetry.Batch {
	t.Helper()
	b := &telemetry.Batch{}
	names := make([]string, 0, len(values))
	for name := range values {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		ls, err := telemetry.ParseSeries(name)
		if err != nil {
			t.Fatal(err)
		}
		b.Series = append(b.Series, telemetry.TimeSeries{
			Series: telemetry.NewSeries(ls), Samples: []telemetry.Sample{{TimeMillis: when.UnixMilli(), Value: values[name]}},
		})
	}
	return b
}

const (
	database = `mysql_up{instance="erp-db:9104",job="mysql"}`
	node     = `up{instance="erp-01:9100",job="node"}`
	volume   = `node_filesystem_avail_bytes{device="/dev/sdb1",fstype="xfs",instance="erp-01:9100",job="node",mountpoint="/u01"}`
	cpu      = `app_cpu_percent{instance="erp-01:9100",job="<b>&\"\n` + "\x1b" + `[31m"}`
	orders   = `shop_orders_total{job="shop"}`
)

const ownRules = `
groups:
- name: own
  interval: 30s
  labels: {team: finance}
  rules:
  - alert: VolumeShort
    expr: node_filesystem_avail_bytes < 1e9
    for: 1m
    labels: {severity: critical}
    annotations:
      summary: "{{ $labels.mountpoint }} has {{ $value | humanize1024 }}B left"
      summary_zh: "{{ $labels.mountpoint }} 剩余 {{ $value | humanize1024 }}B"
      runbook_url: "https://wiki.example.com/{{ $labels.mountpoint }}"
      advice: Delete old archives.
      advice_zh: 清理旧归档。
  - alert: CPU 过高
    expr: app_cpu_percent > 80
    for: 1m
    keep_firing_for: 1m
    labels: {severity: '{{ if gt $value 95.0 }}critical{{ else }}warning{{ end }}'}
    annotations: {description: '{{ template "nothing" }}'}
  - record: shop:orders:rate5m
    expr: sum(rate(shop_orders_total[5m]))
  - alert: NoOrders
    expr: shop:orders:rate5m < 0.01 or absent(shop_orders_total)
    for: 2m
`

// quarter plays 14 minutes, a batch every 15 seconds, and a tick.
func quarter(t testing.TB, r *Ruler, each func(r *Ruler) *Ruler) (out []finding.Finding) {
	t.Helper()
	total := 0.0
	for step := range 56 {
		now, minute := july.Add(time.Duration(step)*15*time.Second), step/4
		values := map[string]float64{node: 1, database: 1, volume: 5e9, cpu: 40 + float64(minute), orders: total}
		if minute >= 2 && minute < 5 {
			values[database], values[volume] = 0, 5e8
		}
		switch {
		case minute == 4 || minute == 5:
			values[cpu] = 91.5
		case minute == 6:
			values[cpu] = 97
		case minute == 7:
			values[cpu] = math.NaN()
		case minute >= 9:
			delete(values, node) // it is silent, which is not down
		}
		if minute < 6 {
			total += 10
		}
		out = append(out, r.Observe(now, at(t, now, values))...)
		out = append(out, r.Tick(now.Add(5*time.Second))...)
		if each != nil {
			r = each(r)
		}
	}
	return out
}

// TestGolden: what is told of a quarter of an hour in which rules of all kinds hold and cease, in words, numbers and severity.
func TestGolden(t *testing.T) {
	rules, cat, cfg := openRules(t, ownRules)
	r := NewRuler(cfg, rules, cat)
	found := quarter(t, r, nil)
	for i := range found {
		found[i].ID = fmt.Sprint(i)
		if err := found[i].Validate(); err != nil {
			t.Error(err)
		}
	}
	got, err := json.MarshalIndent(found, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	const golden = "testdata/rules.golden.json"
	if *rewrite {
		if err := os.WriteFile(golden, append(got, '\n'), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)+"\n"); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
	if s := r.Stats(); s.Failures != 0 || s.Templates == 0 {
		t.Errorf("counted %+v; want no failures but the template that calls nothing", s)
	}
}

// TestRulerRestored: a ruler that is saved and restored at each step tells what an undisturbed one does, and has the same state.
func TestRulerRestored(t *testing.T) {
	rules, cat, cfg := openRules(t, ownRules)
	whole := newRuler(cfg, rules.at(rule.Stream), cat)
	want := quarter(t, whole, nil)
	var last *Ruler
	got := quarter(t, newRuler(cfg, rules.at(rule.Stream), cat), func(r *Ruler) *Ruler {
		state, err := bustest.State(r)
		if err != nil {
			t.Fatal(err)
		}
		fresh := newRuler(cfg, rules.at(rule.Stream), cat)
		if err := fresh.Restore(state); err != nil {
			t.Fatal(err)
		}
		last = fresh
		return fresh
	})
	if diff := cmp.Diff(want, got); diff != "" || len(want) < 6 {
		t.Errorf("of %d findings (-undisturbed +restored):\n%s", len(want), diff)
	}
	one, err1 := bustest.State(whole)
	two, err2 := bustest.State(last)
	if err1 != nil || err2 != nil || string(one) != string(two) {
		t.Errorf("the states differ: %d and %d bytes, %v, %v", len(one), len(two), err1, err2)
	}
}

// TestShippedRules: the built-in rules and the example are what Prometheus takes, too, have words in both languages where they have
// any, and are as quiet as they are meant to be.
func TestShippedRules(t *testing.T) {
	for name, streamed := range map[string]int{"handbook.yaml": 4, "../../deploy/rules/handbook.yml": 8, "../../deploy/rules/forewarn.yml": 13} {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		groups, errs := rulefmt.Parse(data, false, model.UTF8Validation, parser.NewParser(parser.Options{}), slog.New(slog.DiscardHandler))
		if len(errs) > 0 {
			t.Fatalf("Prometheus refuses %s: %v", name, errs)
		}
		for _, g := range groups.Groups {
			for _, r := range g.Rules {
				for _, word := range []string{"summary", "description", "advice"} {
					if (r.Annotations[word] == "") != (r.Annotations[word+"_zh"] == "") {
						t.Errorf("%s: %s has %s in one language only", name, r.Alert, word)
					}
				}
			}
		}
		cfg := DefaultConfig()
		cfg.Handbook, cfg.Rules = false, []string{name}
		cat, err := signal.Load()
		if err != nil {
			t.Fatal(err)
		}
		rules, err := cfg.OpenRules(cat)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, r := range rules.List() {
			if r.Streamed {
				n++
			}
		}
		if n != streamed {
			t.Errorf("%s: %d rules are evaluated from the stream, want %d: %+v", name, n, streamed, rules.List())
		}
	}
}

// TestPause: while nobody is there nothing ends and nothing begins; what was pending counts on when samples come again, and what has
// ended meanwhile ends.
func TestPause(t *testing.T) {
	rules, cat, cfg := openRules(t, "groups: [{name: g, interval: 15s, rules: [{alert: Down, expr: app_up == 0, for: 1m}]}]")
	const one, two = `app_up{instance="a:1"}`, `app_up{instance="b:1"}`
	told := func(after time.Duration) (out []string) {
		r := newRuler(cfg, rules.at(rule.Stream), cat)
		r.after = after
		now := july
		step := func(a, b float64) {
			now = now.Add(15 * time.Second)
			for _, f := range append(r.Observe(now, at(t, now, map[string]float64{one: a, two: b})), r.Tick(now)...) {
				out = append(out, fmt.Sprintf("%s %s %s", f.Time.Format(time.TimeOnly), f.Action, f.Entity.Name))
			}
		}
		for i := range 10 {
			step(0, float64(min(1, 8/(i+1)))) // b from the ninth on
		}
		now = now.Add(20 * time.Minute)
		for i := range 20 {
			step(float64(i/10), 0)
		}
		return out
	}
	want := []string{"08:01:30 opened a", "08:24:15 opened b", "08:25:15 resolved a"}
	if diff := cmp.Diff(want, told(deafAfter)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := told(0); len(got) <= len(want) {
		t.Errorf("without an eye for pauses: %q; want a end in the pause and a beginning after it", got)
	}
}
