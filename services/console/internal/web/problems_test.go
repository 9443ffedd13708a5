package web

import (
	"strings"
	"testing"
	"time"

	"github.com/forewarn/forewarn/services/console/internal/pipeline"
	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/obs"
)

func TestProblemsNameWhatIsWrong(t *testing.T) {
	en, _ := speakers()
	h := pipeline.Health{
		Checks: []obs.Check{
			{Name: "bus", State: obs.OK}, {Name: "trend", State: obs.Starting}, {Name: "historian", State: obs.Failed, Message: "disk full; free some"},
		},
		Bus: bus.Status{
			Streams:     []bus.StreamStatus{{Name: "MET_00", Bytes: 90, MaxBytes: 100}, {Name: "MET_01", Bytes: 10, MaxBytes: 100}, {Name: "DLQ", Bytes: 99, MaxBytes: 100}},
			Readers:     []bus.ReaderStatus{{Service: "trend", Partition: 2, Lag: 7, SavedAt: now().Add(-time.Hour)}, {Service: "historian", Lag: 7, SavedAt: now()}},
			Spools:      []bus.SpoolStatus{{Publisher: "collector", Batches: 3, Bytes: 2048}, {Publisher: "other"}},
			DeadLetters: 4,
			Canary:      bus.CanaryStatus{At: now()},
		},
	}
	var got []string
	for _, p := range problems(en, h) {
		got = append(got, string(p.State)+" "+p.Label+": "+p.Text)
	}
	want := []string{
		"failed historian: disk full", "failed bus: A probe message was not stored", "degraded bus/MET_00: The stream is 90 % full",
		"degraded trend: Partition 2 is 7 messages behind", "degraded collector: 3 batches (2.0 KiB)", "degraded bus/DLQ: Messages that could not be processed or delivered: 4.", "starting trend: is starting",
	}
	if len(got) != len(want) {
		t.Fatalf("%d problems, want %d:\n%s", len(got), len(want), strings.Join(got, "\n"))
	}
	for i := range want {
		if !strings.HasPrefix(got[i], want[i]) {
			t.Errorf("problem %d is %q, want %q…", i, got[i], want[i])
		}
	}
	healthy := pipeline.Health{Checks: []obs.Check{{Name: "bus", State: obs.OK}}, Bus: bus.Status{Canary: bus.CanaryStatus{OK: true, At: now()}}}
	if p := problems(en, healthy); len(p) != 0 {
		t.Errorf("a healthy pipeline has problems: %v", p)
	}
}
