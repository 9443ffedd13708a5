package history_test

import (
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/forewarn/forewarn/shared/history"
	"github.com/forewarn/forewarn/shared/telemetry"
)

func TestSieve(t *testing.T) {
	now := time.UnixMilli(1e12)
	s := history.Sieve{Now: func() time.Time { return now }, Retention: time.Hour}
	at := func(d time.Duration, v float64) telemetry.Sample {
		return telemetry.Sample{TimeMillis: now.Add(d).UnixMilli(), Value: v}
	}
	series := func(ls telemetry.Labels, samples ...telemetry.Sample) telemetry.TimeSeries {
		return telemetry.TimeSeries{Series: &telemetry.Series{Labels: ls}, Samples: samples}
	}
	b := &telemetry.Batch{Series: []telemetry.TimeSeries{
		series(telemetry.Labels{{Name: "a", Value: "1"}}, at(-2*time.Hour, 1), at(0, 1), at(0, 1), at(0, 2), at(time.Minute, math.NaN()), at(2*time.Hour, 1)),
		series(telemetry.Labels{{Name: "b", Value: "2"}, {Name: "a", Value: "1"}, {Name: "c"}}, at(0, 1)),
		series(nil, at(0, 1)),
		series(telemetry.Labels{{Name: "a", Value: "\xff"}}, at(0, 1)),
		series(telemetry.Labels{{Name: "a", Value: "1"}, {Name: "a", Value: "2"}}, at(0, 1)),
		series(telemetry.Labels{{Name: "late", Value: "1"}}, at(-2*time.Hour, 1)),
	}}
	var n history.Appended
	got := s.Sift(b, &n)
	if diff := cmp.Diff(history.Appended{Stored: 1, Conflicts: 1, TooOld: 2, Ahead: 1, Invalid: 3}, n); diff != "" {
		t.Error(diff)
	}
	want := []telemetry.TimeSeries{
		series(telemetry.Labels{{Name: "a", Value: "1"}}, at(0, 1), at(time.Minute, math.NaN())),
		series(telemetry.Labels{{Name: "a", Value: "1"}, {Name: "b", Value: "2"}}, at(0, 1)),
	}
	if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b float64) bool { return math.Float64bits(a) == math.Float64bits(b) })); diff != "" {
		t.Error(diff)
	}
}
