package trend

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/signal"
	"github.com/forewarn/forewarn/shared/telemetry"
)

const mib = 1 << 20

// gauge is a series and what it says at an age.
type gauge struct {
	series *telemetry.Series
	value  func(age time.Duration) float64
}

func newGauge(value func(time.Duration) float64, name string, labels ...string) gauge {
	all := []telemetry.Label{{Name: telemetry.MetricName, Value: name}, {Name: "instance", Value: "erp-01:9404"}, {Name: "job", Value: "tomcat"}}
	for i := 0; i < len(labels); i += 2 {
		all = append(all, telemetry.Label{Name: labels[i], Value: labels[i+1]})
	}
	return gauge{telemetry.NewSeries(telemetry.NewLabels(all...)), value}
}

func always(v float64) func(time.Duration) float64 { return func(time.Duration) float64 { return v } }

// gauges are series that are sent together.
type gauges []gauge

// between returns one batch of all moments from one age to before another.
func (g gauges) between(from, to, step time.Duration) *telemetry.Batch {
	b := &telemetry.Batch{}
	for _, s := range g {
		ts := telemetry.TimeSeries{Series: s.series}
		for age := from; age < to; age += step {
			ts.Samples = append(ts.Samples, telemetry.Sample{TimeMillis: start.Add(age).UnixMilli(), Value: s.value(age)})
		}
		b.Series = append(b.Series, ts)
	}
	return b
}

// play feeds all gauges, a moment at a time, and checks that whatever is said can be written down.
func (g gauges) play(t testing.TB, w *Worker, from, to, step time.Duration) (out []finding.Finding) {
	t.Helper()
	for age := from; age < to; age += step {
		out = append(out, w.Observe(start.Add(age), g.between(age, age+step, step))...)
	}
	for _, f := range out {
		f.ID = "trend:00:1:0"
		if _, err := finding.Encode(&f); err != nil {
			t.Errorf("%s at %v: %v", f.Action, f.Time, err)
		}
	}
	for st := range w.Forecasts() {
		if _, err := json.Marshal(st); err != nil {
			t.Errorf("state of %s: %v", st.Key, err)
		}
	}
	return out
}

// heap is a JVM's: every half hour a collection brings it down to a floor.
func heap(floor func(time.Duration) float64) gauges {
	return gauges{
		newGauge(func(age time.Duration) float64 {
			return floor(age) + 900*mib*float64(age%(30*time.Minute))/float64(30*time.Minute)
		}, "jvm_memory_used_bytes", "area", "heap"),
		newGauge(always(4096*mib), "jvm_memory_max_bytes", "area", "heap"),
	}
}

// growth rises from a start by an amount a day, until it stops.
func growth(from, perDay float64, until time.Duration) func(time.Duration) float64 {
	return func(age time.Duration) float64 { return from + perDay*min(age, until).Hours()/24 }
}

func actions(found []finding.Finding) (opened, resolved []finding.Finding) {
	for _, f := range found {
		switch f.Action {
		case finding.Opened:
			opened = append(opened, f)
		case finding.Resolved:
			resolved = append(resolved, f)
		}
	}
	return opened, resolved
}

// leaks are a heap and a process that leak, the latter restarted on the fourth day.
func leaks() gauges {
	resident := growth(500*mib, 60*mib, math.MaxInt64)
	again := 3*24*time.Hour + 5*time.Hour
	return append(heap(growth(400*mib, 150*mib, math.MaxInt64)),
		newGauge(func(age time.Duration) float64 { return resident(age % again) }, "process_resident_memory_bytes"),
		newGauge(func(age time.Duration) float64 { return float64(start.Add(age.Truncate(again)).Unix()) }, "process_start_time_seconds"))
}

// only returns the worker's one signal of a rule.
func only(t testing.TB, w *Worker, rule string) *tracked {
	t.Helper()
	for _, s := range w.sorted() {
		if s.Rule == rule {
			return s
		}
	}
	t.Fatalf("no signal of rule %s", rule)
	return nil
}

// TestLeakingHeap: a saw-tooth whose floor rises opens one episode, is heard of once a day whatever the collector does, and
// ends a day after the leak does not hold any more.
func TestLeakingHeap(t *testing.T) {
	w := NewWorker(DefaultConfig(), catalogue(t), nil)
	const grown = 10 * day
	g := heap(growth(400*mib, 150*mib, grown))
	found := g.play(t, w, 0, grown, time.Minute)
	opened, resolved := actions(found)
	if len(opened) != 1 || len(resolved) != 0 || len(found) > 10 {
		t.Fatalf("%d opened and %d resolved of %d, want one opened and an update a day", len(opened), len(resolved), len(found))
	}
	o := opened[0]
	if o.Kind != finding.Leak || o.Time.Sub(start) > 4*day || o.ETA.P50 == nil ||
		!strings.Contains(o.Message.En, "by 150 MiB a day") || !strings.Contains(o.Message.Zh, "每天 150 MiB") {
		t.Errorf("opened: %+v", o)
	}
	s := only(t, w, "jvm-heap")
	held := time.Duration(0)
	for age := grown; age < 60*day; age += time.Hour {
		found = g.play(t, w, age, age+time.Hour, time.Minute)
		for _, f := range found {
			if f.Action == finding.Updated && !s.leak.Leaking && strings.Contains(f.Message.En, "keeps growing") {
				t.Errorf("after %v: %s", age, f.Message.En)
			}
		}
		if _, resolved := actions(found); len(resolved) > 0 {
			if since := age - held; since < day || since > day+2*time.Hour || !strings.Contains(resolved[0].Message.Zh, "不再持续增长") {
				t.Errorf("resolved %v after it held: %+v", since, resolved[0].Message)
			}
			return
		}
		if s.leak.Holds {
			held = age
		}
	}
	t.Error("the episode never ended")
}

// TestLeakIsNoSawTooth: what a heap does between collections, judged at whatever moment, is no news.
func TestLeakIsNoSawTooth(t *testing.T) {
	w := NewWorker(DefaultConfig(), catalogue(t), nil)
	floor := growth(400*mib, 150*mib, math.MaxInt64)
	g := heap(floor)
	g[0].value = func(age time.Duration) float64 {
		return floor(age) + 1500*mib*float64(age%(47*time.Minute))/float64(47*time.Minute)
	}
	if found := g.play(t, w, 0, 10*day, time.Minute); len(found) == 0 || len(found) > 10 {
		t.Errorf("%d findings in ten days", len(found))
	}
}

// TestLeakWithoutLimit: growth without a limit is told, without a date.
func TestLeakWithoutLimit(t *testing.T) {
	w := NewWorker(DefaultConfig(), catalogue(t), nil)
	g := gauges{newGauge(growth(500*mib, 60*mib, math.MaxInt64), "process_resident_memory_bytes")}
	found := g.play(t, w, 0, 5*day, time.Minute)
	if len(found) == 0 {
		t.Fatal("the leak was not found")
	}
	for _, f := range found {
		if f.ETA != (finding.ETA{}) || f.Limit != 0 || f.Probability != 0 ||
			!strings.Contains(f.Message.En, "no date can be given") || !strings.Contains(f.Message.Zh, "暂无法给出日期") {
			t.Errorf("%+v", f)
		}
	}
}

// TestRestartIsTold: a process that says when it was started is known for another one by that, and the leak goes on.
func TestRestartIsTold(t *testing.T) {
	w := NewWorker(DefaultConfig(), catalogue(t), nil)
	opened, resolved := actions(leaks().play(t, w, 0, 9*day, time.Minute))
	l := only(t, w, "process-memory").leak
	if l.Processes != 3 || !l.Leaking || math.Abs(l.PerDay/mib-60) > 10 {
		t.Errorf("%+v", l)
	}
	if len(opened) != 2 || len(resolved) != 0 {
		t.Errorf("%d opened, %d resolved", len(opened), len(resolved))
	}
}

// TestHealthyHeap: a heap that touches its limit between collections is in good health.
func TestHealthyHeap(t *testing.T) {
	w := NewWorker(DefaultConfig(), catalogue(t), nil)
	g := heap(always(800 * mib))
	g[0].value = func(age time.Duration) float64 {
		return (800 + 3173*float64(age%(40*time.Minute))/float64(39*time.Minute)) * mib
	}
	if found := g.play(t, w, 0, 10*day, time.Minute); len(found) != 0 {
		t.Errorf("%+v", found)
	}
}

// TestDamagedLeak: a leak's state that is cut, or holds what no sample leads to, is refused.
func TestDamagedLeak(t *testing.T) {
	w := NewWorker(DefaultConfig(), catalogue(t), nil)
	leaks().play(t, w, 0, 4*day, 10*time.Minute)
	s := only(t, w, "jvm-heap")
	good := remembered(t, s)
	f := func(what string, bad []byte) {
		t.Helper()
		if err := newModel(signal.Leak, 0).UnmarshalBinary(bad); err == nil {
			t.Errorf("%s: no error", what)
		}
	}
	for n := range good {
		f(fmt.Sprintf("cut to %d bytes", n), good[:n])
	}
	f("longer", append(slices.Clone(good), 0))
	other := slices.Clone(good)
	other[0] = 0xff
	f("of another release", other)

	state := snapshot(t, w)
	at := bytes.Index(state, good)
	state[at] = 0xff
	if err := w.Restore(state); err != nil || w.Stats().Forgotten != 1 {
		t.Errorf("%v, %+v; want that one signal to be forgotten", err, w.Stats())
	}
}

// TestStateSize: what the README says a signal costs in a snapshot.
func TestStateSize(t *testing.T) {
	f := func(k signal.Kind, most int) {
		t.Helper()
		b, err := newModel(k, 0).AppendBinary(nil)
		if err != nil || len(b) > most {
			t.Errorf("%s: %d bytes, %v", k, len(b), err)
		}
		t.Logf("%s: %d bytes", k, len(b))
	}
	f(signal.Saturation, 2600)
	f(signal.Leak, 300)
}
