package anomaly

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/forewarn/forewarn/shared/bustest"
	"github.com/forewarn/forewarn/shared/chunk"
	"github.com/forewarn/forewarn/shared/entity"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/signal"
	"github.com/forewarn/forewarn/shared/telemetry"
)

// habits is a catalogue with two rules of one sender and one of a ratio of two series.
const habits = `rules:
  - id: busy-threads
    kind: behaviour
    title: {en: Threads are unusually busy, zh: 忙碌线程数异常}
    advice: {en: Take a thread dump., zh: 导出线程转储。}
    inputs: [{name: busy, metric: test_threads_busy}]
    use: busy
    entity: {type: pool, root: host, labels: [pool]}
    unit: threads
    impact: 3
    time_to_fix: 1h
  - id: latency
    kind: behaviour
    title: {en: Answers are unusually slow, zh: 响应时间异常}
    advice: {en: See what it waits for., zh: 查明其等待的资源。}
    inputs: [{name: latency, metric: test_latency_seconds}]
    use: latency
    entity: {type: pool, root: host, labels: [pool]}
    unit: seconds
    impact: 3
    time_to_fix: 1h
  - id: hit-ratio
    kind: behaviour
    title: {en: The cache is unusually cold, zh: 缓存命中率异常}
    advice: {en: See what was flushed., zh: 查明被清除的内容。}
    inputs: [{name: hits, metric: test_hits}, {name: asked, metric: test_asked}]
    use: hits / asked
    direction: down
    entity: {type: pool, root: host, labels: [pool]}
    unit: ratio
    impact: 2
    time_to_fix: 1h
`

func habitual(t testing.TB) *signal.Catalogue {
	t.Helper()
	cat, err := signal.Load(signal.File{Name: "habits.yaml", Data: []byte(habits)})
	if err != nil {
		t.Fatal(err)
	}
	return cat
}

const fiveMinutes = 5 * time.Minute

var newYear = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// player gives a watcher samples five minutes apart.
type player struct {
	t testing.TB
	w *Watcher
	n int
}

func (p *player) now() time.Time { return newYear.Add(time.Duration(p.n) * fiveMinutes) }

// point is a series and its value.
type point struct {
	series string
	value  float64
}

func batch(t testing.TB, at time.Time, points ...point) *telemetry.Batch {
	t.Helper()
	b := &telemetry.Batch{}
	for _, p := range points {
		labels, err := telemetry.ParseSeries(p.series)
		if err != nil {
			t.Fatal(err)
		}
		b.Series = append(b.Series, telemetry.TimeSeries{
			Series: telemetry.NewSeries(labels), Samples: []telemetry.Sample{{TimeMillis: at.UnixMilli(), Value: p.value}},
		})
	}
	return b
}

// play goes on for so many samples, with a tick after each.
func (p *player) play(n int, points func(i int) []point) (said []finding.Finding) {
	p.t.Helper()
	for range n {
		said = append(said, p.w.Observe(p.now(), batch(p.t, p.now(), points(p.n)...))...)
		said = append(said, p.w.Tick(p.now())...)
		p.n++
	}
	return said
}

// noise is the same at the same moment, whoever asks.
func noise(series uint64, i int) float64 {
	return rand.New(rand.NewPCG(series, uint64(i))).NormFloat64()
}

const (
	threads = `test_threads_busy{instance="erp-01:8080",pool="http"}`
	latency = `test_latency_seconds{instance="erp-01:8080",pool="http"}`
	hits    = `test_hits{instance="erp-01:8080",pool="http"}`
	asked   = `test_asked{instance="erp-01:8080",pool="http"}`
)

// usual is what a healthy host sends.
func usual(i int) []point {
	return []point{
		{threads, 20 + 2*noise(1, i)},
		{latency, 0.2 * math.Exp(0.1*noise(2, i))},
		{hits, 900 + 5*noise(3, i)},
		{asked, 1000},
	}
}

const weeks4 = 28 * 288

func learned(t testing.TB) *player {
	t.Helper()
	p := &player{t: t, w: NewWatcher(DefaultConfig(), habitual(t), nil)}
	if said := p.play(weeks4, usual); len(said) != 0 {
		t.Fatalf("%d findings on what is usual, the first %+v", len(said), said[0])
	}
	return p
}

// opened returns the findings that open an episode, by rule.
func opened(said []finding.Finding) map[string]finding.Finding {
	out := map[string]finding.Finding{}
	for _, f := range said {
		if rule, _, _ := strings.Cut(f.Signal, "/"); f.Action == finding.Opened {
			out[rule] = f
		}
	}
	return out
}

// TestWatcherTellsOfWhatIsUnusual: one signal alone is evidence with its reasons, and ends.
func TestWatcherTellsOfWhatIsUnusual(t *testing.T) {
	p := learned(t)
	said := p.play(12, func(i int) []point {
		points := usual(i)
		points[0].value = 90
		return points
	})
	f := opened(said)["busy-threads"]
	if len(said) != 1 || f.Severity != finding.Info || f.Kind != finding.Anomaly || f.Unit != "threads" || f.Used != 90 {
		t.Fatalf("%d findings, %+v; want one note about the threads", len(said), f)
	}
	if f.Signal != "busy-threads/pool:erp-01:http" || f.Entity.Root != "host:erp-01" || f.Series != threads {
		t.Errorf("it is about %s of %+v, read of %s", f.Signal, f.Entity, f.Series)
	}
	if !strings.Contains(f.Message.En, "test_threads_busy of ") || !strings.Contains(f.Message.En, " is 90 threads where ") ||
		!strings.Contains(f.Message.En, "Nothing like it is remembered.") || !strings.Contains(f.Message.Zh, "预期为") {
		t.Errorf("it says %q, %q", f.Message.En, f.Message.Zh)
	}
	names := ""
	for _, e := range f.Evidence {
		names += e.Name + " "
	}
	if want := "value expected_low expected_high rarity last_event "; names != want {
		t.Errorf("evidence %s, want %s", names, want)
	}
	end := p.play(24*12, usual)
	if len(end) != 1 || end[0].Action != finding.Resolved || end[0].Episode != f.Episode {
		t.Errorf("%+v is said when it is as usual again", end)
	}
}

// TestWatcherTellsOfRecords: threads that are few and come in clusters are noted when they stay several times as many as ever,
// and the note says how many that was.
func TestWatcherTellsOfRecords(t *testing.T) {
	p, most := &player{t: t, w: NewWatcher(DefaultConfig(), habitual(t), nil)}, 0.0
	busy := func(i int) float64 { return math.Round(math.Exp(1 + noise(9, i)/2 + noise(8, i/24)/2)) }
	p.play(weeks4, func(i int) []point {
		most = max(most, busy(i))
		return []point{{threads, busy(i)}}
	})
	said := p.play(9, func(i int) []point { return []point{{threads, 4*most + busy(i)}} })
	f := opened(said)["busy-threads"]
	if !strings.Contains(f.Message.En, " It never stayed above ") || !strings.Contains(f.Message.Zh, "此前从未持续高于") {
		t.Errorf("of %v threads where there were %v at the most it says %q, %q", f.Used, most, f.Message.En, f.Message.Zh)
	}
}

// TestWatcherWarnsOfCompany: two signals of one host that are unusual at the same time, where trouble lies, and stay so, are a
// warning.
func TestWatcherWarnsOfCompany(t *testing.T) {
	f := func(name string, want finding.Severity, change func(points []point, i int)) {
		t.Helper()
		p := learned(t)
		said := p.play(24, func(i int) []point {
			points := usual(i)
			change(points, i-weeks4)
			return points
		})
		worst, warned := finding.Info, map[string]bool{}
		for _, f := range said {
			if f.Severity != finding.Warning {
				continue
			}
			if worst = f.Severity; !warned[f.Episode] && (!strings.Contains(f.Message.En, " So is ") || f.Evidence[len(f.Evidence)-1].Name != "company") {
				t.Errorf("%s: it says %q", name, f.Message.En)
			}
			warned[f.Episode] = true
		}
		if n := len(opened(said)); n < 2 || worst != want || len(warned) > 1 {
			t.Errorf("%s: %d signals are unusual, at worst %s, %d warnings; want 2 or more, %s, at most 1", name, n, worst, len(warned), want)
		}
	}
	f("both up", finding.Warning, func(p []point, i int) { p[0].value, p[1].value = 90, 2 })
	f("half an hour later", finding.Warning, func(p []point, i int) {
		if p[0].value = 90; i >= 6 {
			p[1].value = 2
		}
	})
	f("an hour and a half later", finding.Info, func(p []point, i int) {
		if p[0].value = 90; i >= 18 {
			p[1].value = 2
		}
	})
	f("faster than usual", finding.Info, func(p []point, _ int) { p[0].value, p[1].value = 90, 0.02 })
	f("a cold cache", finding.Warning, func(p []point, _ int) { p[0].value, p[2].value = 90, 300 })
	f("for ten minutes", finding.Info, func(p []point, i int) {
		if i < 3 {
			p[0].value, p[1].value = 90, 2
		}
	})
	f("all three", finding.Warning, func(p []point, _ int) { p[0].value, p[1].value, p[2].value = 90, 2, 300 })
	f("a warm cache", finding.Info, func(p []point, _ int) { p[0].value, p[2].value = 90, 999 })
}

// TestWatcherAcrossSnapshots: a watcher that is restored at any moment says the same as one that was not, and comes to the
// same state.
func TestWatcherAcrossSnapshots(t *testing.T) {
	trouble := func(i int) []point {
		points := usual(i)
		if i%400 < 20 {
			points[0].value, points[1].value = 90, 3
		}
		return points
	}
	run := func(restart int) ([]finding.Finding, []byte) {
		p := &player{t: t, w: NewWatcher(DefaultConfig(), habitual(t), nil)}
		p.play(weeks4, usual)
		var said []finding.Finding
		for i := range 10 {
			said = append(said, p.play(97, trouble)...)
			if restart > 0 && i%restart == 0 {
				state := snapshotOf(t, p.w)
				p.w = NewWatcher(DefaultConfig(), habitual(t), nil)
				if err := p.w.Restore(state); err != nil {
					t.Fatal(err)
				}
			}
		}
		return said, snapshotOf(t, p.w)
	}
	want, state := run(0)
	if len(want) < 4 {
		t.Fatalf("only %d findings", len(want))
	}
	got, again := run(1)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("after restarts it says something else (-want +got):\n%s", diff)
	}
	if !bytes.Equal(state, again) {
		t.Error("after restarts the state is another one")
	}
}

func snapshotOf(t testing.TB, w *Watcher) []byte {
	t.Helper()
	state, err := bustest.State(w)
	if err != nil {
		t.Fatal(err)
	}
	return state
}

// TestWatcherEndsWhatNobodyReads: an episode ends when its series stops, and when a release takes out its rule.
func TestWatcherEndsWhatNobodyReads(t *testing.T) {
	p := learned(t)
	p.play(6, func(i int) []point {
		points := usual(i)
		points[0].value = 90
		return points
	})
	state := snapshotOf(t, p.w)
	lost := p.play(12, func(int) []point { return nil })
	if len(lost) != 1 || lost[0].Action != finding.Resolved || !strings.Contains(lost[0].Message.En, "has sent nothing for 60 min") {
		t.Errorf("%+v is said of a series that has stopped", lost)
	}
	cat, err := signal.Load()
	if err != nil {
		t.Fatal(err)
	}
	w := NewWatcher(DefaultConfig(), cat, nil)
	if err := w.Restore(state); err != nil {
		t.Fatal(err)
	}
	said := w.Tick(p.now())
	if len(said) != 1 || said[0].Action != finding.Resolved || !strings.Contains(said[0].Message.En, "rule") || w.Stats().Forgotten != 3 {
		t.Errorf("%+v is said, %+v, of what no rule reads", said, w.Stats())
	}
}

// TestWatcherReadsItsFirstVersion: what a release wrote whose snapshots held JSON is what this one comes to.
func TestWatcherReadsItsFirstVersion(t *testing.T) {
	before, err := os.ReadFile("testdata/watcher-1.snapshot")
	if err != nil {
		t.Fatal(err)
	}
	old := NewWatcher(DefaultConfig(), habitual(t), nil)
	if err := old.Restore(before); err != nil {
		t.Fatal(err)
	}
	p := &player{t: t, w: NewWatcher(DefaultConfig(), habitual(t), nil)}
	p.play(300, usual)
	p.play(6, func(i int) []point {
		points := usual(i)
		points[0].value = 90
		return points
	})
	if _, open := old.Len(); open == 0 {
		t.Error("the old snapshot holds nothing unusual, and tests too little")
	}
	type known struct {
		Kept   kept
		Key    string
		Entity entity.Entity
	}
	kept := func(w *Watcher) (out []known) {
		for _, s := range w.sorted() {
			k := known{s.kept, s.key(), s.entity()}
			k.Kept.Reading = signal.Reading{Newest: s.Newest}
			out = append(out, k)
			if s.habit.Age() == 0 {
				t.Errorf("nothing is known of what is usual for %s", s.key())
			}
		}
		return out
	}
	roughly := cmpopts.EquateApprox(0.01, 0) // how far from usual a value is, baselines tell a little otherwise by now
	if diff := cmp.Diff(kept(p.w), kept(old), roughly); diff != "" {
		t.Error("an earlier release left another state (+) than this one comes to (-):", diff)
	}
}

// TestWatcherForgets: what has been silent for six weeks is forgotten.
func TestWatcherForgets(t *testing.T) {
	p := &player{t: t, w: NewWatcher(DefaultConfig(), habitual(t), nil)}
	p.play(3, usual)
	p.w.Tick(p.now().Add(forgetAfter - time.Hour))
	if n, _ := p.w.Len(); n != 3 {
		t.Errorf("%d signals are known, want 3", n)
	}
	p.w.Tick(p.now().Add(forgetAfter))
	if n, _ := p.w.Len(); n != 0 || len(p.w.roots) != 0 {
		t.Errorf("%d signals are known after six weeks of silence", n)
	}
	p.n += 100 * 288
	p.play(1, usual)
	if n, _ := p.w.Len(); n != 3 {
		t.Errorf("%d signals are known when they send again, want 3", n)
	}
}

// TestWatcherIsBounded: what there is no room for is refused and counted, and let in when others have stopped.
func TestWatcherIsBounded(t *testing.T) {
	cfg := DefaultConfig()
	cfg.MaxSeries = 10
	p := &player{t: t, w: NewWatcher(cfg, habitual(t), nil)}
	named := func(from, to int) func(int) []point {
		return func(int) (out []point) {
			for n := from; n < to; n++ {
				out = append(out, point{fmt.Sprintf(`test_threads_busy{instance="erp-%02d:8080",pool="http"}`, n), 1})
			}
			return out
		}
	}
	p.play(1, named(0, 12))
	if n, _ := p.w.Len(); n != 10 || p.w.Stats().Refused != 2 {
		t.Errorf("%d signals are known, %+v; want 10 and 2 refused", n, p.w.Stats())
	}
	p.play(14, named(5, 12))
	if p.w.byKey("busy-threads/pool:erp-11:http") == nil {
		t.Error("there is no room for what is sent, though others have stopped")
	}
}

// TestWatcherHearsOneSender: of two senders of one signal the first is listened to, until it stops.
func TestWatcherHearsOneSender(t *testing.T) {
	p := &player{t: t, w: NewWatcher(DefaultConfig(), habitual(t), nil)}
	other := `test_threads_busy{instance="erp-01:9999",pool="http"}`
	p.play(20, func(int) []point { return []point{{threads, 5}, {other, 50}} })
	s := p.w.byKey("busy-threads/pool:erp-01:http")
	if s.Newest[0].Value != 5 {
		t.Errorf("%v is heard, want what the first sender says", s.Newest[0].Value)
	}
	p.play(6, func(int) []point { return []point{{other, 50}} })
	if s.Newest[0].Value != 50 {
		t.Errorf("%v is heard, want what the second sender says when the first has stopped", s.Newest[0].Value)
	}
}

// TestWatcherCountsWhatItCannotUse holds the counters.
func TestWatcherCountsWhatItCannotUse(t *testing.T) {
	w := NewWatcher(DefaultConfig(), habitual(t), nil)
	at := newYear
	w.Observe(at, batch(t, at, point{threads, 5}, point{latency, math.NaN()}, point{hits, 3}, point{"up{instance=\"a\"}", 1}))
	w.Observe(at, batch(t, at.Add(time.Hour), point{threads, 5}))
	w.Observe(at, batch(t, at.Add(-time.Minute), point{threads, 5}))
	want := WatcherStats{Samples: 5, NotFinite: 1, Ahead: 1, NoUse: 1, Late: 1}
	if diff := cmp.Diff(want, w.Stats()); diff != "" {
		t.Error(diff)
	}
}

func FuzzWatcherRestore(f *testing.F) {
	p := &player{t: f, w: NewWatcher(DefaultConfig(), habitual(f), nil)}
	p.play(300, usual)
	cat := p.w.cat
	f.Add(snapshotOf(f, p.w))
	f.Add([]byte{watcherVersionJSON, 2, 2, '{', '}', 0})
	f.Fuzz(func(t *testing.T, state []byte) {
		w := NewWatcher(DefaultConfig(), cat, nil)
		if w.Restore(state) != nil && len(w.places)+len(w.roots)+len(w.orphans)+w.count != 0 {
			t.Fatal("a refused snapshot left something behind")
		}
		q := &player{t: t, w: w, n: 301}
		q.play(2, usual)
		again := NewWatcher(DefaultConfig(), cat, nil)
		if err := again.Restore(snapshotOf(t, w)); err != nil {
			t.Fatalf("what it writes itself cannot be read: %v", err)
		}
	})
}

// TestWatcherRefusesDamage: whatever is cut off or of another layout is an error.
func TestWatcherRefusesDamage(t *testing.T) {
	p := &player{t: t, w: NewWatcher(DefaultConfig(), habitual(t), nil)}
	p.play(3, usual)
	state := snapshotOf(t, p.w)
	f := func(damaged []byte, want string) {
		t.Helper()
		err := p.w.Restore(damaged)
		if n, _ := p.w.Len(); err == nil || !strings.Contains(err.Error(), want) || n != 0 {
			t.Errorf("error %v and %d signals, want %q and none", err, n, want)
		}
	}
	f(nil, "is not of version 2")
	f(append([]byte{9}, state[1:]...), "is of version 9, this release reads up to 2")
	f(append([]byte{0}, state[1:]...), "is not of version 2")
	f(state[:len(state)-1], "cut short")
	f(chunk.Append([]byte{watcherVersion, 0}, []byte("{")), "decode what was watched")
	f(chunk.Append([]byte{watcherVersion, 0}, nil), "lacks its key")
	f(chunk.Append(chunk.Append([]byte{watcherVersionJSON, 0}, []byte("{")), nil), "decode what was watched")
	f(chunk.Append(chunk.Append([]byte{watcherVersionJSON, 0}, []byte("{}")), nil), "lacks its key")
}

func BenchmarkWatcherObserve(b *testing.B) {
	w := NewWatcher(DefaultConfig(), habitual(b), nil)
	at := newYear
	one := batch(b, at, usual(0)...)
	b.ReportAllocs()
	for b.Loop() {
		at = at.Add(15 * time.Second)
		for i := range one.Series {
			one.Series[i].Samples[0].TimeMillis = at.UnixMilli()
		}
		w.Observe(at, one)
	}
}
