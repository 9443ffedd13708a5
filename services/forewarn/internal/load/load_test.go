package load

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/forewarn/forewarn/shared/signal"
)

// TestRun: everything that is published is read by everybody, and the states are there again after a restart.
func TestRun(t *testing.T) {
	dir := t.TempDir()
	o := Options{
		Series: 1000, Interval: time.Minute, Duration: time.Second, Partitions: 2, History: true, Dir: filepath.Join(dir, "data"),
		Profile: filepath.Join(dir, "cpu"), Heap: filepath.Join(dir, "heap"), Log: io.Discard,
	}
	r, err := Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if r.Samples < 1000 || r.Samples%1000 != 0 || r.Series != 1000 || r.Refused != 0 {
		t.Errorf("%+v: want whole rounds of 1000 series, and nothing refused", r)
	}
	if r.Played != time.Duration(r.Samples/1000)*time.Minute || r.CPU <= 0 || r.Peak < r.Resident || r.Resident == 0 || r.Restored <= 0 {
		t.Errorf("%+v: want the time of the samples, and what it took", r)
	}
	for _, file := range []string{o.Profile, o.Heap} {
		if info, err := os.Stat(file); err != nil || info.Size() == 0 {
			t.Errorf("profile %s: %v, %v", file, info, err)
		}
	}
	var out bytes.Buffer
	if err := r.Write(&out); err != nil || !strings.Contains(out.String(), "samples a second") {
		t.Errorf("%v, %q", err, out.String())
	}
}

// TestRefusedIsCounted: what there is no room for shows, whichever part says so and however it is called, and nothing else does.
func TestRefusedIsCounted(t *testing.T) {
	r := prometheus.NewRegistry()
	ignored := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "forewarn_trend_samples_ignored_total", Help: "h"}, []string{"partition", "reason"})
	alerts := prometheus.NewCounter(prometheus.CounterOpts{Name: "forewarn_anomaly_alerts_refused_total", Help: "h"})
	r.MustRegister(ignored, alerts)
	ignored.WithLabelValues("0", "refused").Add(3)
	ignored.WithLabelValues("0", "late").Add(40)
	alerts.Add(5)
	if n, err := refused(r); n != 8 || err != nil {
		t.Errorf("%v are refused, %v, want 8", n, err)
	}
}

// TestRunTellsWhatWasRefused: more volumes than a partition takes are a figure of the report.
func TestRunTellsWhatWasRefused(t *testing.T) {
	r, err := Run(t.Context(), Options{
		Series: 1000, Interval: time.Minute, Duration: time.Second, Partitions: 1, Dir: t.TempDir(), Log: io.Discard, maxSignals: 5,
	})
	if err != nil {
		t.Fatal(err)
	}
	if r.Refused == 0 {
		t.Error("a partition has no room for 50 volumes, and the report says that nothing was refused")
	}
}

func TestOptionsAreRefused(t *testing.T) {
	o := Options{Series: 1, Interval: time.Hour, Duration: 1, Partitions: 65}
	err := o.Validate()
	for _, flag := range []string{"--series", "--interval", "--duration", "--partitions"} {
		if err == nil || !strings.Contains(err.Error(), flag) {
			t.Errorf("%v does not name %s", err, flag)
		}
	}
}

// TestFleet: a tenth of the series have a limit, all values are such as the models can work with, and the catalogue reads each.
func TestFleet(t *testing.T) {
	cat, err := signal.Load()
	if err != nil {
		t.Fatal(err)
	}
	fleets := newFleets(10*seriesEach, 1, cat, func(string) int { return 0 })
	f := fleets[0]
	if len(f.tracks) != 10*seriesEach {
		t.Fatalf("%d series, want %d", len(f.tracks), 10*seriesEach)
	}
	limited := 0
	for i := range f.tracks {
		bound := cat.Bind(f.tracks[i].series.Labels)
		if len(bound) == 0 {
			t.Fatalf("nothing reads %s", f.tracks[i].series.Labels)
		}
		if bound[0].Rule.Kind == signal.Saturation {
			limited++
		}
	}
	if limited != 100 {
		t.Errorf("%d series belong to what has a limit, want 100", limited)
	}
	for round := range 1000 {
		f.step(start.Add(time.Duration(round)*time.Minute), time.Minute)
		for i, s := range f.samples {
			if s.Value < 0 {
				t.Fatalf("%s is %v", f.tracks[i].series.Labels, s.Value)
			}
		}
	}
}
