package window

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/prometheus/model/labels"

	"github.com/forewarn/forewarn/shared/telemetry"
)

var start = time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC)

func up(host string, at time.Duration, values ...float64) telemetry.TimeSeries {
	ls := telemetry.NewLabels(telemetry.Label{Name: telemetry.MetricName, Value: "up"}, telemetry.Label{Name: "host", Value: host})
	ts := telemetry.TimeSeries{Series: telemetry.NewSeries(ls)}
	for i, v := range values {
		ts.Samples = append(ts.Samples, telemetry.Sample{TimeMillis: start.Add(at + time.Duration(i)*time.Minute).UnixMilli(), Value: v})
	}
	return ts
}

func batch(ts ...telemetry.TimeSeries) *telemetry.Batch { return &telemetry.Batch{Series: ts} }

func interest(metric string, reach time.Duration, ms ...*labels.Matcher) Interest {
	return Interest{Metric: metric, Matchers: append(ms, labels.MustNewMatcher(labels.MatchEqual, telemetry.MetricName, metric)), Reach: reach}
}

// TestKeeps: what some interest selects is kept as long as the one that looks back furthest does, in order, and no more of it.
func TestKeeps(t *testing.T) {
	notB := labels.MustNewMatcher(labels.MatchNotEqual, "host", "b")
	w := New(10, []Interest{interest("up", time.Minute, notB), interest("up", 3*time.Minute, notB), interest("down", time.Hour)})
	w.Observe(start, batch(up("a", -5*time.Minute, 1, 2, 3, 4, 5), up("b", 0, 1)))
	w.Observe(start, batch(up("a", -time.Minute, 9), up("a", time.Hour, 9))) // not newer; of a time to come
	w.Forget(start)
	if w.Len() != 1 || !w.Has("up") || w.Has("down") {
		t.Errorf("%d series are kept", w.Len())
	}
	if diff := cmp.Diff([]float64{3, 4, 5}, values(t, w)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(Stats{Samples: 5, Late: 1, Ahead: 1}, w.Stats()); diff != "" {
		t.Error(diff)
	}
	w.Forget(start.Add(time.Hour))
	if w.Len() != 0 || w.Has("up") {
		t.Errorf("%d series are kept of the past", w.Len())
	}
	w.Observe(start.Add(time.Hour), batch(up("a", time.Hour, 7)))
	if diff := cmp.Diff([]float64{7}, values(t, w)); diff != "" {
		t.Errorf("of a series that came back: %s", diff)
	}
}

// values returns all that is kept, in the order of series and time.
func values(t *testing.T, w *Window) (out []float64) {
	t.Helper()
	q, err := w.Querier(0, start.Add(24*time.Hour).UnixMilli())
	if err != nil {
		t.Fatal(err)
	}
	set := q.Select(context.Background(), true, nil, labels.MustNewMatcher(labels.MatchRegexp, telemetry.MetricName, ".+"))
	for set.Next() {
		it := set.At().Iterator(nil)
		for it.Next() != 0 {
			_, v := it.At()
			out = append(out, v)
		}
	}
	return out
}

// TestRoom: beyond the bound series are refused, and let in when others have gone.
func TestRoom(t *testing.T) {
	w := New(2, []Interest{interest("up", time.Minute)})
	w.Observe(start, batch(up("a", 0, 1), up("b", 0, 2), up("c", 0, 3)))
	w.Observe(start, batch(up("c", time.Minute, 4)))
	if w.Len() != 2 || w.Stats().Refused != 2 {
		t.Errorf("%d are kept, %d were refused", w.Len(), w.Stats().Refused)
	}
	w.Forget(start.Add(2 * time.Minute))
	w.Observe(start.Add(2*time.Minute), batch(up("c", 2*time.Minute, 5)))
	if diff := cmp.Diff([]float64{5}, values(t, w)); diff != "" {
		t.Error(diff)
	}
}

// TestRoomForSamples: series with very many samples take the room of others.
func TestRoomForSamples(t *testing.T) {
	w := New(2, []Interest{interest("up", 24*time.Hour)})
	w.Observe(start, batch(up("a", -7*time.Hour, make([]float64, 400)...), up("b", 0, 2)))
	if w.Len() != 1 || w.Stats().Refused != 1 {
		t.Errorf("%d are kept, %d were refused", w.Len(), w.Stats().Refused)
	}
	state, err := w.AppendBinary(nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.UnmarshalBinary(state); err != nil {
		t.Fatal(err)
	}
	w.Observe(start, batch(up("b", time.Minute, 2)))
	w.Forget(start.Add(20 * time.Hour))
	w.Observe(start.Add(20*time.Hour), batch(up("b", 20*time.Hour, 2)))
	if w.Len() != 2 || w.Stats().Refused != 2 {
		t.Errorf("after the samples have gone %d are kept, %d were refused", w.Len(), w.Stats().Refused)
	}
}

// TestRestoreFollowsInterests: what nobody is interested in any more is left out.
func TestRestoreFollowsInterests(t *testing.T) {
	w := New(2, []Interest{interest("up", time.Minute)})
	w.Observe(start, batch(up("a", 0, 1), up("b", 0, 2)))
	state, err := w.AppendBinary(nil)
	if err != nil {
		t.Fatal(err)
	}
	narrow := New(2, []Interest{interest("up", time.Minute, labels.MustNewMatcher(labels.MatchEqual, "host", "b"))})
	if err := narrow.UnmarshalBinary(state); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]float64{2}, values(t, narrow)); diff != "" {
		t.Error(diff)
	}
	if err := narrow.UnmarshalBinary(append(state, state...)); err == nil || narrow.Len() != 0 {
		t.Errorf("a series that is there twice: %v, %d are kept", err, narrow.Len())
	}
}

// FuzzUnmarshal: whatever bytes are restored, they are refused or give a state that is saved and restored again.
func FuzzUnmarshal(f *testing.F) {
	w := New(10, []Interest{interest("up", time.Minute)})
	w.Observe(start, batch(up("a", 0, 1), up("b", 0, 2)))
	state, err := w.AppendBinary(nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(state)
	f.Add(state[:len(state)-3])
	f.Fuzz(func(t *testing.T, data []byte) {
		w := New(10, []Interest{interest("up", time.Minute), {Reach: time.Hour}})
		if err := w.UnmarshalBinary(data); err != nil {
			if w.Len() != 0 {
				t.Fatalf("%d series after %v", w.Len(), err)
			}
			return
		}
		one, err := w.AppendBinary(nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.UnmarshalBinary(one); err != nil {
			t.Fatalf("what was saved is refused: %v", err)
		}
	})
}
