package trend

import (
	"bytes"
	"encoding/base64"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/forewarn/forewarn/models/leak"
	"github.com/forewarn/forewarn/shared/bustest"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/signal"
)

// told ticks once and returns what the worker tells of the day, nil if none ended.
func told(w *Worker, age time.Duration) []Growth {
	w.Tick(start.Add(age))
	_, all, _ := w.Growths()
	return all
}

// info is an info series that is sent while a span of ages lasts.
func info(from, to time.Duration, name string, labels ...string) gauge {
	return newGauge(func(age time.Duration) float64 {
		if age >= from && age < to {
			return 1
		}
		return 0
	}, name, labels...)
}

const forever = 1000 * day

// TestGrowthIsToldOnceADay: what runs behind a leak's signal is known from another series, and its growth is told after the first
// tick of a day.
func TestGrowthIsToldOnceADay(t *testing.T) {
	w := NewWorker(DefaultConfig(), catalogue(t), nil)
	g := append(heap(func(age time.Duration) float64 { return 1024*mib + 300*mib*age.Hours()/24 }), info(0, forever, "target_info", "service_version", "7.4.1"))
	told(w, 0)
	for d := range 4 {
		from, to := time.Duration(d)*day, time.Duration(d+1)*day
		g.play(t, w, from, to, 10*time.Minute)
		if all := told(w, to-9*time.Hour); len(all) > 0 { // it starts at 8
			t.Errorf("day %d: %v before it is over", d, all)
		}
		all := told(w, to)
		if again := told(w, to+time.Minute); len(again) > 0 {
			t.Errorf("day %d: told twice", d)
		}
		if len(all) != 1 {
			t.Fatalf("day %d: %d signals were told of", d, len(all))
		}
		x := all[0]
		if x.Release != (signal.Release{Component: "tomcat", Version: "7.4.1"}) || x.Since != start.UnixMilli() || x.Limit != 4096*mib || x.Key != "jvm-heap/pool:erp-01:9404:heap" {
			t.Errorf("day %d: %+v", d, x)
		}
		if d == 3 && (x.Reason != "" || x.PerDay < 250*mib || x.PerDay > 350*mib) {
			t.Errorf("it leaks 300 MiB a day, and is told as %+v", x)
		}
	}
}

// TestAnotherVersionBeginsAnew: what one version did is not held against the next one in the same place, and a restart of the worker
// in between changes nothing.
func TestAnotherVersionBeginsAnew(t *testing.T) {
	dice := rand.New(rand.NewPCG(1, 2))
	g := append(heap(func(age time.Duration) float64 {
		if age < 6*day {
			return 1024*mib + 300*mib*age.Hours()/24 + 5*mib*dice.NormFloat64()
		}
		return 1024*mib + 5*mib*dice.NormFloat64()
	}), info(0, 6*day, "target_info", "service_version", "7.4.1"), info(6*day, forever, "target_info", "service_version", "7.4.2"))
	w := NewWorker(DefaultConfig(), catalogue(t), nil)
	told(w, 0)
	var group string
	for d := range 11 {
		from, to := time.Duration(d)*day, time.Duration(d+1)*day
		for _, f := range g.play(t, w, from, to, 10*time.Minute) {
			if f.Action == finding.Opened {
				group = f.Group
			}
		}
		state, err := bustest.State(w)
		if err != nil {
			t.Fatal(err)
		}
		restored := NewWorker(DefaultConfig(), catalogue(t), nil)
		if err := restored.Restore(state); err != nil {
			t.Fatal(err)
		}
		if again, _ := bustest.State(restored); !bytes.Equal(state, again) {
			t.Fatalf("day %d: the state differs after it was restored", d)
		}
		all := told(w, to)
		if diff := cmp.Diff(all, told(restored, to)); diff != "" {
			t.Fatalf("day %d (-undisturbed +restored):\n%s", d, diff)
		}
		w = restored
		if len(all) != 1 {
			t.Fatalf("day %d: %v", d, all)
		}
		version, since := "7.4.1", start
		if d >= 6 {
			version, since = "7.4.2", start.Add(6*day)
		}
		if x := all[0]; x.Version != version || time.UnixMilli(x.Since).Sub(since).Abs() > 2*time.Hour {
			t.Errorf("day %d: %s since %v", d, x.Version, time.UnixMilli(x.Since))
		} else if d >= 6 && x.Reason == "" {
			t.Errorf("day %d: the leak of the version before is told of this one: %+v", d, x)
		} else if d == 5 && x.Reason != "" {
			t.Errorf("day %d: the leak is told as %+v", d, x)
		}
	}
	if group != "jvm-heap/release:tomcat/7.4.1" {
		t.Errorf("the leak was told under %q", group)
	}
}

// TestNamesDoNotFlap: of info series that contradict each other one is believed while it speaks, and what was said is forgotten
// when nobody says it.
func TestNamesDoNotFlap(t *testing.T) {
	f := func(name, want string, infos ...gauge) {
		t.Helper()
		w := NewWorker(DefaultConfig(), catalogue(t), nil)
		told(w, 0)
		g := append(heap(always(1024*mib)), infos...)
		g.play(t, w, 0, 17*time.Hour, 10*time.Minute)
		if all := told(w, 17*time.Hour); len(all) != 1 || all[0].Version != want || all[0].Since > start.Add(13*time.Hour).UnixMilli() {
			t.Errorf("%s: %+v, want version %s", name, all, want)
		}
		told(w, 4*day)
		if len(w.names) > 0 {
			t.Errorf("%s: %v is still known", name, w.names)
		}
	}
	f("the first name", "1", info(0, forever, "b_build_info", "version", "2"), info(0, forever, "a_build_info", "version", "1"))
	f("a new version", "2", info(0, 12*time.Hour, "target_info", "service_version", "1"), info(12*time.Hour, forever, "target_info", "service_version", "2"))
	f("two of one name", "1", info(0, forever, "target_info", "service_version", "1"), info(time.Hour, forever, "target_info", "service_version", "2"))
}

// TestNoReleaseNoGroup: where nothing is known of what runs, nothing is told of a day.
func TestNoReleaseNoGroup(t *testing.T) {
	w := NewWorker(DefaultConfig(), catalogue(t), nil)
	told(w, 0)
	found := heap(func(age time.Duration) float64 { return 1024*mib + 300*mib*age.Hours()/24 }).play(t, w, 0, 4*day, 10*time.Minute)
	if all := told(w, 4*day); len(all) > 0 {
		t.Errorf("told: %+v", all)
	}
	if len(found) == 0 || found[0].Group != "" {
		t.Errorf("findings: %+v", found)
	}
}

// TestReadsADetectorInText: earlier releases kept the detector of a version in base64, and one that cannot be read is learned anew.
func TestReadsADetectorInText(t *testing.T) {
	before := textual{}
	before.Observe(leak.Sample{TimeMillis: start.UnixMilli(), Used: 1 << 30})
	data, err := before.AppendBinary(nil)
	if err != nil {
		t.Fatal(err)
	}
	var got textual
	if err := got.UnmarshalText([]byte(base64.StdEncoding.EncodeToString(data))); err != nil {
		t.Fatal(err)
	}
	if again, err := got.AppendBinary(nil); err != nil || !bytes.Equal(again, data) {
		t.Errorf("another detector is read than was written: %v", err)
	}
	if err := got.UnmarshalText([]byte("damaged")); err != nil {
		t.Error(err)
	}
	if first, _ := got.known(); first != 0 {
		t.Error("something is left of a detector that cannot be read")
	}
}
