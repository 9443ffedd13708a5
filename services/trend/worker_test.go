package trend

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/forewarn/forewarn/models/calendar"
	"github.com/forewarn/forewarn/shared/bustest"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/signal"
	"github.com/forewarn/forewarn/shared/telemetry"
)

var start = time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC)

func catalogue(t testing.TB) *signal.Catalogue {
	t.Helper()
	c, err := signal.Load()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// volume is a sender of one file system's series.
type volume struct{ size, avail *telemetry.Series }

func newVolume(labels ...telemetry.Label) volume {
	with := func(name string) *telemetry.Series {
		return telemetry.NewSeries(telemetry.NewLabels(append(labels, telemetry.Label{Name: telemetry.MetricName, Value: name})...))
	}
	return volume{with("node_filesystem_size_bytes"), with("node_filesystem_avail_bytes")}
}

var ledger = newVolume(
	telemetry.Label{Name: "instance", Value: "erp-01:9100"}, telemetry.Label{Name: "device", Value: "/dev/sdb1"},
	telemetry.Label{Name: "fstype", Value: "xfs"}, telemetry.Label{Name: "mountpoint", Value: "/u01"})

const gib = 1 << 30

// at returns a batch that says how full the volume is.
func (v volume) at(when time.Time, share float64) *telemetry.Batch {
	const size = 100 * gib
	sample := func(s *telemetry.Series, value float64) telemetry.TimeSeries {
		return telemetry.TimeSeries{Series: s, Samples: []telemetry.Sample{{TimeMillis: when.UnixMilli(), Value: value}}}
	}
	return &telemetry.Batch{Series: []telemetry.TimeSeries{sample(v.avail, size*(1-share)), sample(v.size, size)}}
}

// play feeds share(age) every step for a while and returns all findings.
func play(w *Worker, v volume, from, to, step time.Duration, share func(time.Duration) float64) (out []finding.Finding) {
	for age := from; age < to; age += step {
		out = append(out, w.Observe(start.Add(age), v.at(start.Add(age), share(age)))...)
	}
	return out
}

// remembered returns the state of a signal's model.
func remembered(t testing.TB, s *tracked) []byte {
	t.Helper()
	b, err := s.model.AppendBinary(nil)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestFillOpensUpdatesAndResolves follows one volume from its first minute to its clean-up.
func TestFillOpensUpdatesAndResolves(t *testing.T) {
	w := NewWorker(DefaultConfig(), catalogue(t), nil)
	const full = 10 * time.Minute
	found := play(w, ledger, 0, 8*time.Minute, 5*time.Second, func(age time.Duration) float64 { return age.Seconds() / full.Seconds() })
	found = append(found, play(w, ledger, 8*time.Minute, 12*time.Minute, 5*time.Second, func(time.Duration) float64 { return 0.1 })...)

	if len(found) < 3 || found[0].Action != finding.Opened || found[len(found)-1].Action != finding.Resolved {
		t.Fatalf("want opened, updated…, resolved; got %d findings: %+v", len(found), found)
	}
	opened := found[0]
	if opened.Severity != finding.Critical || opened.Signal != "filesystem-space/volume:erp-01:/u01" ||
		opened.Series != `node_filesystem_avail_bytes{device="/dev/sdb1",fstype="xfs",instance="erp-01:9100",mountpoint="/u01"}` {
		t.Errorf("opened: %+v", opened)
	}
	if early := start.Add(full).Sub(opened.Time); early < full/2 {
		t.Errorf("opened %v before it is full, want at least half of the time", early)
	}
	for _, f := range found[:len(found)-1] {
		left := start.Add(full).Sub(f.Time).Seconds()
		if off := math.Abs(f.ETA.P50.Sub(f.Time).Seconds()/left - 1); off > 0.25 {
			t.Errorf("%s at %v: p50 is off by %.0f %%", f.Action, f.Time, 100*off)
		}
		if f.Episode != opened.Episode {
			t.Errorf("episode changed to %s", f.Episode)
		}
		f.ID = "trend:00:1:0"
		if _, err := finding.Encode(&f); err != nil {
			t.Error(err)
		}
	}
	if !strings.Contains(opened.Message.En, "will be full in about") || !strings.Contains(opened.Message.Zh, "预计约") {
		t.Errorf("message: %+v", opened.Message)
	}
	if _, open := w.Len(); open != 0 {
		t.Errorf("%d episodes are still open", open)
	}
}

// TestStaticRule: a volume above the fixed share is told while nothing is known about its growth.
func TestStaticRule(t *testing.T) {
	w := NewWorker(DefaultConfig(), catalogue(t), nil)
	found := play(w, ledger, 0, 5*time.Minute, 15*time.Second, func(time.Duration) float64 { return 0.96 })
	if len(found) != 1 || found[0].Severity != finding.Warning || found[0].ETA.P50 != nil {
		t.Fatalf("want one warning without a date, got %+v", found)
	}
	found = play(w, ledger, 5*time.Minute, 10*time.Minute, 15*time.Second, func(time.Duration) float64 { return 0.985 })
	if len(found) == 0 || found[len(found)-1].Severity != finding.Critical {
		t.Fatalf("at 98.5 %% want critical, got %+v", found)
	}
}

// TestStillOpen: a volume that stays nearly full is heard of every day, not more often, and after three days is no news.
func TestStillOpen(t *testing.T) {
	w := NewWorker(DefaultConfig(), catalogue(t), nil)
	found := play(w, ledger, 0, 10*24*time.Hour, time.Minute, func(time.Duration) float64 { return 0.96 })
	var actions []finding.Action
	for _, f := range found {
		actions = append(actions, f.Action)
	}
	if want := []finding.Action{finding.Opened, finding.Updated, finding.Updated, finding.Resolved}; !slices.Equal(actions, want) {
		t.Fatalf("got %v, want %v", actions, want)
	}
	said := found[3].Message
	if !strings.Contains(said.En, "no news any more; it stays on the page") || !strings.Contains(said.Zh, "页面上仍会显示") || strings.Contains(said.En, "out of danger") {
		t.Errorf("resolved with %+v", said)
	}
}

// TestNoPageWhileLearning: a climb that is younger than a minute opens nothing.
func TestNoPageWhileLearning(t *testing.T) {
	w := NewWorker(DefaultConfig(), catalogue(t), nil)
	found := play(w, ledger, 0, 55*time.Second, time.Second, func(age time.Duration) float64 { return age.Seconds() / 70 })
	if len(found) != 0 {
		t.Fatalf("got %+v", found)
	}
}

// TestOneVolumeTwoSenders: the denser sender is listened to, the other named, and neither doubles an episode.
func TestOneVolumeTwoSenders(t *testing.T) {
	w := NewWorker(DefaultConfig(), catalogue(t), nil)
	other := newVolume(
		telemetry.Label{Name: "instance", Value: "127.0.0.1:9100"}, telemetry.Label{Name: "host", Value: "erp-01"},
		telemetry.Label{Name: "device", Value: "/dev/sdb1"}, telemetry.Label{Name: "fstype", Value: "xfs"},
		telemetry.Label{Name: "mountpoint", Value: "/u01"})
	var found []finding.Finding
	for age := time.Duration(0); age < 5*time.Minute; age += time.Second {
		when, share := start.Add(age), age.Seconds()/600
		if int(age.Seconds())%15 == 0 {
			found = append(found, w.Observe(when, ledger.at(when, share))...)
		}
		if int(age.Seconds())%5 == 0 {
			found = append(found, w.Observe(when, other.at(when, share))...)
		}
	}
	if signals, episodes := w.Len(); signals != 1 || episodes != 1 {
		t.Fatalf("%d signals with %d episodes, want 1 and 1", signals, episodes)
	}
	opened := 0
	for _, f := range found {
		if f.Action == finding.Opened {
			opened++
		}
	}
	st := w.sorted()[0].state(false)
	if opened != 1 || len(st.Sources) != 2 || !strings.Contains(st.Sources[0], "127.0.0.1:9100") {
		t.Errorf("%d episodes opened, sources %q", opened, st.Sources)
	}
}

// TestRestart: a worker restored at any moment says the same and ends in the same state as one left alone.
func TestRestart(t *testing.T) {
	saw := func(age time.Duration) float64 { return math.Mod(age.Seconds(), 500) / 550 }
	daily := func(age time.Duration) float64 { return 0.3 + 0.06*age.Hours()/24 + 0.02*math.Sin(age.Hours()) }
	f := func(name string, cal *calendar.Calendar, steps int, step time.Duration, batch func(time.Duration) *telemetry.Batch) {
		t.Helper()
		alone, restarted := NewWorker(DefaultConfig(), catalogue(t), cal), NewWorker(DefaultConfig(), catalogue(t), cal)
		var want, got []finding.Finding
		for i := range steps {
			age := time.Duration(i) * step
			want = append(want, alone.Observe(start.Add(age), batch(age))...)
			if i%7 == 3 {
				state := snapshot(t, restarted)
				restarted = NewWorker(DefaultConfig(), restarted.cat, cal)
				if err := restarted.Restore(state); err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				if !bytes.Equal(state, snapshot(t, restarted)) {
					t.Fatalf("%s: another state after a restart at %v", name, age)
				}
			}
			got = append(got, restarted.Observe(start.Add(age), batch(age))...)
		}
		if len(want) < 2 {
			t.Fatalf("%s: the series gives only %d findings", name, len(want))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if !bytes.Equal(snapshot(t, alone), snapshot(t, restarted)) {
			t.Errorf("%s: the states differ", name)
		}
	}
	minutes := func(age time.Duration) *telemetry.Batch { return ledger.at(start.Add(age), saw(age)) }
	days := func(age time.Duration) *telemetry.Batch {
		b := leaks().between(age, age+10*time.Minute, 10*time.Minute)
		b.Series = append(b.Series, ledger.at(start.Add(age), daily(age)).Series...)
		return b
	}
	f("minutes", nil, 150, 5*time.Second, minutes)
	f("minutes with a calendar", office(t), 150, 5*time.Second, minutes)
	f("days", nil, 9*144, 10*time.Minute, days)
	f("days with a calendar", office(t), 9*144, 10*time.Minute, days)
}

// TestSilence: an open episode of a signal that vanished is closed with words that claim nothing.
func TestSilence(t *testing.T) {
	w := NewWorker(DefaultConfig(), catalogue(t), nil)
	play(w, ledger, 0, 5*time.Minute, 5*time.Second, func(age time.Duration) float64 { return age.Seconds() / 600 })
	if _, open := w.Len(); open != 1 {
		t.Fatal("no episode was opened")
	}
	tick := func(from, to time.Duration) (found []finding.Finding) {
		for age := from; age < to; age += time.Minute {
			found = append(found, w.Tick(start.Add(age))...)
		}
		return found
	}
	if found := tick(5*time.Minute, time.Hour); len(found) != 0 {
		t.Errorf("within the hour: %+v", found)
	}
	found := tick(time.Hour, 70*time.Minute)
	if len(found) != 1 || found[0].Action != finding.Resolved || !strings.Contains(found[0].Message.En, "sent nothing") {
		t.Errorf("after an hour: %+v", found)
	}
	tick(70*time.Minute, 43*24*time.Hour)
	if signals, _ := w.Len(); signals != 0 {
		t.Error("the signal is remembered beyond its model")
	}
}

// TestBadSamples: what cannot be right is counted and changes nothing.
func TestBadSamples(t *testing.T) {
	w := NewWorker(DefaultConfig(), catalogue(t), nil)
	clean := NewWorker(DefaultConfig(), catalogue(t), nil)
	for i := range 20 {
		when := start.Add(time.Duration(i) * 15 * time.Second)
		clean.Observe(when, ledger.at(when, 0.5))
		w.Observe(when, ledger.at(when, 0.5))
		w.Observe(when, ledger.at(when, math.NaN()))
		w.Observe(when, ledger.at(when, math.Inf(1)))
		w.Observe(when, ledger.at(start.Add(-100*24*time.Hour), 0.9))
	}
	if s := w.Stats(); s.NotFinite != 40 || s.Late == 0 {
		t.Errorf("%+v", s)
	}
	key := w.sorted()[0].Key
	if !bytes.Equal(remembered(t, w.signals[key]), remembered(t, clean.signals[key])) {
		t.Error("bad samples changed the model")
	}
}

// TestManySenders: more senders of one signal than are kept disturb neither it nor others in the same batch.
func TestManySenders(t *testing.T) {
	w := NewWorker(DefaultConfig(), catalogue(t), nil)
	other := newVolume(telemetry.Label{Name: "instance", Value: "erp-02"}, telemetry.Label{Name: "mountpoint", Value: "/"},
		telemetry.Label{Name: "device", Value: "/dev/sda"}, telemetry.Label{Name: "fstype", Value: "ext4"})
	senders := make([]volume, 20)
	for i := range senders {
		senders[i] = newVolume(telemetry.Label{Name: "instance", Value: "erp-01:9100"}, telemetry.Label{Name: "device", Value: fmt.Sprint(i)},
			telemetry.Label{Name: "fstype", Value: "xfs"}, telemetry.Label{Name: "mountpoint", Value: "/u01"})
	}
	found := map[string]int{}
	for age := time.Duration(0); age < 5*time.Minute; age += 5 * time.Second {
		batch := &telemetry.Batch{}
		for _, v := range append(slices.Clone(senders), other) {
			batch.Series = append(batch.Series, v.at(start.Add(age), age.Seconds()/600).Series...)
		}
		for _, f := range w.Observe(start.Add(age), batch) {
			if f.Action == finding.Opened {
				found[f.Signal]++
			}
		}
	}
	want := map[string]int{"filesystem-space/volume:erp-01:/u01": 1, "filesystem-space/volume:erp-02:/": 1}
	if diff := cmp.Diff(want, found); diff != "" {
		t.Errorf("opened (-want +got):\n%s", diff)
	}
	if w.Stats().Refused == 0 {
		t.Error("the senders that were not needed were not counted")
	}
	// A sender that has gone makes room for one that comes.
	late := newVolume(telemetry.Label{Name: "instance", Value: "erp-01:9100"}, telemetry.Label{Name: "device", Value: "late"},
		telemetry.Label{Name: "fstype", Value: "xfs"}, telemetry.Label{Name: "mountpoint", Value: "/u01"})
	play(w, senders[0], 5*time.Minute, 15*time.Minute, 15*time.Second, func(time.Duration) float64 { return 0.5 })
	play(w, late, 15*time.Minute, 30*time.Minute, 15*time.Second, func(time.Duration) float64 { return 0.25 })
	if s := w.signals["filesystem-space/volume:erp-01:/u01"]; s.Used/s.Limit != 0.25 || len(s.Feeds) > maxFeeds {
		t.Errorf("share %v of %d feeds, want the newcomer to be listened to", s.Used/s.Limit, len(s.Feeds))
	}
}

// TestClockAhead: a sender whose clock was ahead for a while, by less or more than the bus's own, is understood again
// soon after it is corrected; a sample far ahead of the bus's time is refused at once.
func TestClockAhead(t *testing.T) {
	w := NewWorker(DefaultConfig(), catalogue(t), nil)
	w.Observe(start, ledger.at(start.Add(2*time.Hour), 0.5))
	if w.Stats().Ahead != 1 {
		t.Fatalf("a sample two hours ahead was taken: %+v", w.Stats())
	}
	wrong := 48 * time.Hour // the whole machine, bus included
	for age := time.Duration(0); age < 10*time.Minute; age += 15 * time.Second {
		w.Observe(start.Add(wrong+age), ledger.at(start.Add(wrong+age), 0.3))
	}
	found := play(w, ledger, time.Hour, time.Hour+10*time.Minute, 5*time.Second, func(age time.Duration) float64 {
		return 0.3 + (age-time.Hour).Minutes()/15
	})
	if w.Stats().Rewound != 1 {
		t.Errorf("%+v; want one rewind", w.Stats())
	}
	if len(found) == 0 || found[0].Action != finding.Opened {
		t.Fatalf("the fill after the correction was not seen: %+v", found)
	}
}

// TestPauseIsNoSilence: when the worker itself was away, nobody was silent: what is open stays open.
func TestPauseIsNoSilence(t *testing.T) {
	w := NewWorker(DefaultConfig(), catalogue(t), nil)
	play(w, ledger, 0, 5*time.Minute, 5*time.Second, func(age time.Duration) float64 { return age.Seconds() / 600 })
	w.Tick(start.Add(5 * time.Minute))
	state, err := bustest.State(w)
	if err != nil {
		t.Fatal(err)
	}
	w = NewWorker(DefaultConfig(), w.cat, nil)
	if err := w.Restore(state); err != nil {
		t.Fatal(err)
	}
	if found := w.Tick(start.Add(10 * time.Hour)); len(found) != 0 {
		t.Errorf("after a night: %+v", found)
	}
	for age := 10 * time.Hour; age < 12*time.Hour; age += 10 * time.Second {
		if found := w.Tick(start.Add(age)); len(found) != 0 {
			if age < 11*time.Hour || found[0].Action != finding.Resolved {
				t.Errorf("after %v: %+v", age, found)
			}
			return
		}
	}
	t.Error("a sender that never came back was never given up")
}

// TestForgottenSignal: an episode whose signal a new release does not know is ended in so many words.
func TestForgottenSignal(t *testing.T) {
	w := NewWorker(DefaultConfig(), catalogue(t), nil)
	opened := play(w, ledger, 0, 5*time.Minute, 5*time.Second, func(age time.Duration) float64 { return age.Seconds() / 600 })
	if len(opened) == 0 {
		t.Fatal("no episode was opened")
	}
	state, err := bustest.State(w)
	if err != nil {
		t.Fatal(err)
	}
	without, err := signal.Load(signal.File{Name: "user.yaml", Data: []byte("rules:\n  - {id: filesystem-space, disabled: true}\n")})
	if err != nil {
		t.Fatal(err)
	}
	w = NewWorker(DefaultConfig(), without, nil)
	if err := w.Restore(state); err != nil {
		t.Fatal(err)
	}
	found := w.Tick(start.Add(6 * time.Minute))
	if len(found) != 1 || found[0].Action != finding.Resolved || found[0].Episode != opened[0].Episode || !strings.Contains(found[0].Message.En, "no longer watched") {
		t.Errorf("got %+v", found)
	}
	if found := w.Tick(start.Add(7 * time.Minute)); len(found) != 0 {
		t.Errorf("said again: %+v", found)
	}
}

// TestSeldom: a signal that is sampled once a day is not silent in between, and its filling is told.
func TestSeldom(t *testing.T) {
	w := NewWorker(DefaultConfig(), catalogue(t), nil)
	var opened int
	for d := range 40 {
		age := time.Duration(d) * 24 * time.Hour
		at := start.Add(age)
		for _, f := range w.Observe(at, ledger.at(at, 0.2+0.019*float64(d))) {
			switch {
			case f.Action == finding.Opened:
				opened = d
			case f.Action == finding.Resolved:
				t.Errorf("day %d: %s", d, f.Message.En)
			}
		}
		for h := time.Hour; h < 24*time.Hour; h += time.Hour {
			for _, f := range w.Tick(at.Add(h)) {
				t.Errorf("day %d: %s", d, f.Message.En)
			}
		}
	}
	if opened == 0 || opened > 25 {
		t.Errorf("opened on day %d of 42", opened)
	}
}

// TestNoStorm: a signal that trembles around the fixed limits says so now and then, not all the time.
func TestNoStorm(t *testing.T) {
	noise := rand.New(rand.NewPCG(3, 4))
	w := NewWorker(DefaultConfig(), catalogue(t), nil)
	found := play(w, ledger, 0, 24*time.Hour, 15*time.Second, func(time.Duration) float64 {
		return min(1, 0.95+0.02*noise.NormFloat64())
	})
	if len(found) > 150 {
		t.Errorf("%d findings in a day", len(found))
	}
}

// TestMaxSignals: signals beyond the bound are refused and counted, those within it go on.
func TestMaxSignals(t *testing.T) {
	cfg := DefaultConfig()
	cfg.MaxSignals = 1
	w := NewWorker(cfg, catalogue(t), nil)
	other := newVolume(telemetry.Label{Name: "instance", Value: "erp-02"}, telemetry.Label{Name: "mountpoint", Value: "/"},
		telemetry.Label{Name: "device", Value: "/dev/sda"}, telemetry.Label{Name: "fstype", Value: "ext4"})
	w.Observe(start, ledger.at(start, 0.5))
	w.Observe(start, other.at(start, 0.5))
	if n, _ := w.Len(); n != 1 || w.Stats().Refused == 0 {
		t.Errorf("%d signals, %+v", n, w.Stats())
	}
}

// TestNewNamesMakeRoom: a sender that invents a volume with every scrape keeps nobody else out for long, and those
// that are known for longer stay.
func TestNewNamesMakeRoom(t *testing.T) {
	cfg := DefaultConfig()
	cfg.MaxSignals = 100
	w := NewWorker(cfg, catalogue(t), nil)
	invented := 0
	for age := time.Duration(0); age < time.Hour; age += 15 * time.Second {
		when := start.Add(age)
		w.Observe(when, ledger.at(when, 0.5))
		for range 2 {
			invented++
			v := newVolume(telemetry.Label{Name: "instance", Value: "erp-01"}, telemetry.Label{Name: "device", Value: "d"},
				telemetry.Label{Name: "fstype", Value: "xfs"}, telemetry.Label{Name: "mountpoint", Value: fmt.Sprint("/", invented)})
			w.Observe(when, v.at(when, 0.5))
		}
		w.Tick(when)
	}
	if s := w.signals["filesystem-space/volume:erp-01:/u01"]; s == nil || s.seen() < (50*time.Minute).Milliseconds() {
		t.Error("the volume that is there to stay was forgotten")
	}
	if n := w.Stats().Refused; n != 0 {
		t.Errorf("%d refused", n)
	}
	if _, ok := w.signals[fmt.Sprintf("filesystem-space/volume:erp-01:/%d", invented)]; !ok {
		t.Error("the newest volume found no room")
	}
}

// TestReadsItsSecondVersion: what a release wrote whose snapshots held JSON is what this one comes to.
func TestReadsItsSecondVersion(t *testing.T) {
	before, err := os.ReadFile("testdata/trend-2.snapshot")
	if err != nil {
		t.Fatal(err)
	}
	old := NewWorker(DefaultConfig(), catalogue(t), nil)
	if err := old.Restore(before); err != nil {
		t.Fatal(err)
	}
	w := NewWorker(DefaultConfig(), catalogue(t), nil)
	play(w, ledger, 0, 5*time.Minute, 5*time.Second, func(age time.Duration) float64 { return age.Seconds() / 600 })
	leaks().play(t, w, time.Hour, 4*24*time.Hour, 10*time.Minute)
	if signals, open := old.Len(); signals < 2 || open == 0 {
		t.Errorf("the old snapshot holds %d signals, %d of them in trouble, and tests too little", signals, open)
	}
	if !bytes.Equal(snapshot(t, w), snapshot(t, old)) {
		t.Error("an earlier release left another state than this one comes to")
	}
}

func FuzzRestore(f *testing.F) {
	w := NewWorker(DefaultConfig(), catalogue(f), nil)
	play(w, ledger, 0, 3*time.Minute, 5*time.Second, func(age time.Duration) float64 { return age.Seconds() / 600 })
	f.Add(snapshot(f, w))
	leaking := NewWorker(DefaultConfig(), w.cat, nil)
	leaks().play(f, leaking, 0, 4*24*time.Hour, 10*time.Minute)
	f.Add(snapshot(f, leaking))
	f.Add([]byte{snapshotVersionJSON, 2, 2, 2, '{', '}', 0})
	cal := office(f)
	f.Fuzz(func(t *testing.T, state []byte) {
		for _, cal := range []*calendar.Calendar{nil, cal} {
			v := NewWorker(w.cfg, w.cat, cal)
			if v.Restore(state) != nil && len(v.signals) != 0 {
				t.Fatal("a refused snapshot left signals behind")
			}
			for st := range v.Forecasts() {
				if _, err := json.Marshal(st); err != nil {
					t.Fatal(err)
				}
			}
			v.Observe(start.Add(time.Hour), ledger.at(start.Add(time.Hour), 0.7))
			v.Observe(start.Add(5*24*time.Hour), leaks().between(5*24*time.Hour, 5*24*time.Hour+time.Minute, time.Minute))
			v.Tick(start.Add(200 * time.Hour))
			if _, err := bustest.State(v); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// BenchmarkObserveLeak is a minute of a heap that leaks.
func BenchmarkObserveLeak(b *testing.B) {
	w := NewWorker(DefaultConfig(), catalogue(b), nil)
	g := heap(growth(400*mib, 150*mib, math.MaxInt64))
	g.play(b, w, 0, 5*24*time.Hour, time.Minute)
	age := 5 * 24 * time.Hour
	b.ReportAllocs()
	for b.Loop() {
		w.Observe(start.Add(age), g.between(age, age+time.Minute, time.Minute))
		age += time.Minute
	}
}

func BenchmarkObserve(b *testing.B) {
	w := NewWorker(DefaultConfig(), catalogue(b), nil)
	when := start
	b.ReportAllocs()
	for b.Loop() {
		when = when.Add(15 * time.Second)
		w.Observe(when, ledger.at(when, 0.5))
	}
}
