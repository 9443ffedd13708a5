package anomaly_test

import (
	"testing"
	"time"

	"github.com/forewarn/forewarn/models/baseline"
	"github.com/forewarn/forewarn/services/anomaly"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/telemetry"
)

// feed brings n samples a minute apart to a worker, and returns what was said and the highest score after a day.
func feed(t *testing.T, w *anomaly.Watcher, series string, n int, value func(i int) float64) (said []finding.Finding) {
	t.Helper()
	labels, err := telemetry.ParseSeries(series)
	if err != nil {
		t.Fatal(err)
	}
	s := telemetry.NewSeries(labels)
	for i := range n {
		at := start.Add(time.Duration(i) * time.Minute)
		b := telemetry.Batch{Series: []telemetry.TimeSeries{{Series: s, Samples: []telemetry.Sample{{TimeMillis: at.UnixMilli(), Value: value(i)}}}}}
		said = append(said, w.Observe(at, &b)...)
	}
	return said
}

var start = time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)

func TestCountersAreJudgedByTheirRate(t *testing.T) {
	scored, highest := 0, 0.0
	w := anomaly.NewScorer(nil, func(_ *telemetry.Series, _ int64, score float64) {
		if scored++; scored > 2000 {
			highest = max(highest, score)
		}
	})
	total := 0.0
	feed(t, w, `requests_total{instance="a"}`, 5000, func(i int) float64 {
		if total += float64(600 + i%7); i == 3000 {
			total = 0 // a restart
		}
		return total
	})
	if scored != 4998 {
		t.Errorf("%d samples are scored, want all but the first and that of the restart", scored)
	}
	if highest >= baseline.Onset {
		t.Errorf("a steady counter that restarts scores %.3f", highest)
	}
}

func TestSilenceIsToldAndEnds(t *testing.T) {
	w := anomaly.NewScorer(nil, func(*telemetry.Series, int64, float64) {})
	feed(t, w, `queue_depth{instance="a"}`, 100, func(int) float64 { return 5 })
	if said := w.Tick(start.Add(105 * time.Minute)); len(said) != 0 {
		t.Errorf("%+v is said after six minutes", said)
	}
	said := w.Tick(start.Add(115 * time.Minute))
	if len(said) != 1 || said[0].Kind != finding.Silence || said[0].Action != finding.Opened || said[0].Message.Zh == "" {
		t.Fatalf("%+v is said of a series that has stopped", said)
	}
	if again := w.Tick(start.Add(120 * time.Minute)); len(again) != 0 {
		t.Errorf("%+v is said twice", again)
	}
	back := feed(t, w, `queue_depth{instance="a"}`, 130, func(int) float64 { return 5 })
	if len(back) != 1 || back[0].Action != finding.Resolved || back[0].Episode != said[0].Episode {
		t.Errorf("%+v is said when it sends again", back)
	}
}
