package trend

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/signal"
)

// TestYoungLeak: growth of a few days calls nobody and says what else it may be, until the limit is near; then it does not
// fall silent again.
func TestYoungLeak(t *testing.T) {
	w := NewWorker(DefaultConfig(), catalogue(t), nil)
	found := heap(growth(400*mib, 560*mib, math.MaxInt64)).play(t, w, 0, 5*day, time.Minute)
	if len(found) == 0 || found[0].Severity != finding.Info || !strings.Contains(found[0].Message.En, "cache") || !strings.Contains(found[0].Message.Zh, "缓存") {
		t.Fatalf("opened: %+v", found)
	}
	highest := 0
	for _, f := range found {
		if f.Severity.Rank() < min(highest, finding.Warning.Rank()) {
			t.Errorf("%s at %v falls back to %s", f.Action, f.Time, f.Severity)
		}
		if highest = max(highest, f.Severity.Rank()); highest > finding.Info.Rank() && strings.Contains(f.Message.En, "cache") {
			t.Errorf("%s at %v: %s", f.Severity, f.Time, f.Message.En)
		}
	}
	if last := found[len(found)-1]; last.Severity != finding.Critical || last.ETA.P50 == nil || last.ETA.P50.Sub(last.Time) > 24*time.Hour {
		t.Errorf("at the end: %+v", last)
	}
}

// TestFullCache: what fills evenly for days and is full is known for that in time to call nobody, and ends within three days.
func TestFullCache(t *testing.T) {
	w := NewWorker(DefaultConfig(), catalogue(t), nil)
	found := heap(growth(400*mib, 400*mib, 4*day)).play(t, w, 0, 7*day, time.Minute)
	for _, f := range found {
		if f.Severity != finding.Info {
			t.Errorf("%s at %v: %s: %s", f.Action, f.Time, f.Severity, f.Message.En)
		}
	}
	if opened, resolved := actions(found); len(opened) != 1 || len(resolved) != 1 {
		t.Errorf("%d opened, %d resolved; want one of each", len(opened), len(resolved))
	}
}

// container is a pod's memory with a limit of 4 GiB.
func container(use func(time.Duration) float64) gauges {
	labels := []string{"namespace", "erp", "pod", "ledger-0", "container", "app"}
	return gauges{
		newGauge(use, "container_memory_working_set_bytes", labels...),
		newGauge(always(4096*mib), "container_spec_memory_limit_bytes", labels...),
	}
}

// TestNear: a container's growth over days is told once, by the rule for growth; a release's start is told by none, and a
// runaway by the one for what is near.
func TestNear(t *testing.T) {
	f := func(name string, use func(time.Duration) float64, until time.Duration, want finding.Kind) {
		t.Helper()
		w := NewWorker(DefaultConfig(), catalogue(t), nil)
		opened, _ := actions(container(use).play(t, w, 0, until, time.Minute))
		if want == "" && len(opened) > 0 || want != "" && (len(opened) != 1 || opened[0].Kind != want) {
			t.Errorf("%s: %+v; want %q", name, opened, want)
		}
		for st := range w.Forecasts() {
			if want == finding.Leak && st.Kind != signal.Leak {
				t.Errorf("%s: a forecast of %s, too", name, st.Rule)
			}
		}
	}
	f("growth", growth(800*mib, 350*mib, math.MaxInt64), 6*day, finding.Leak)
	f("release", func(age time.Duration) float64 {
		if age < 5*day {
			return 1600 * mib
		}
		return min(1900*mib, 600*mib+100*mib*(age-5*day).Minutes())
	}, 6*day, "")
	f("runaway", func(age time.Duration) float64 {
		return 1600*mib + max(0, (age-5*day).Minutes())*20*mib
	}, 5*day+100*time.Minute, finding.Exhaustion)
}

// TestPerRequest: where a rule reads the rate of requests, or reckons it of counters, growth is told for each.
func TestPerRequest(t *testing.T) {
	f := func(requests string, sent ...gauge) {
		t.Helper()
		cat, err := signal.Load(signal.File{Name: "ours.yaml", Data: []byte(`rules:
- id: worker-memory
  kind: leak
  title: {en: Worker memory keeps growing, zh: 工作进程内存持续增长}
  advice: {en: Restart it., zh: 重启。}
  inputs:
  - {name: resident, metric: worker_memory_bytes}
  - {name: requests, ` + requests + `, optional: true, limit: true}
  use: resident
  join: [job, instance]
  entity: {type: process, root: workload, labels: [job]}
  unit: bytes
  impact: 3
  time_to_fix: 8h
`)})
		if err != nil {
			t.Fatal(err)
		}
		w := NewWorker(DefaultConfig(), cat, nil)
		g := append(gauges{newGauge(growth(500*mib, 60*mib, math.MaxInt64), "worker_memory_bytes")}, sent...)
		found := g.play(t, w, 0, 5*day, time.Minute)
		if len(found) == 0 {
			t.Fatalf("%s: the leak was not found", requests)
		}
		for _, e := range found[0].Evidence {
			if e.Name == "growth_per_request" {
				if want := 60 * mib / 864_000.0; math.Abs(e.Value/want-1) > 0.1 {
					t.Errorf("%s: %v a request, want %v", requests, e.Value, want)
				}
				return
			}
		}
		t.Errorf("%s: no growth per request in %+v", requests, found[0].Evidence)
	}
	counted := func(perSecond float64) func(time.Duration) float64 {
		return func(age time.Duration) float64 { return perSecond * age.Seconds() }
	}
	f("metric: worker_requests_per_second", newGauge(always(10), "worker_requests_per_second"))
	f("metric: worker_requests_total, rate: 5m, sum: true",
		newGauge(counted(7), "worker_requests_total", "status", "200"), newGauge(counted(3), "worker_requests_total", "status", "404"))
}
