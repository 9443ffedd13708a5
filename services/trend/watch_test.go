package trend

import (
	"testing"
	"time"

	"github.com/forewarn/forewarn/shared/signal"
)

// TestWatch: whoever watches sees what moves a signal on, and can ask what the signal is.
func TestWatch(t *testing.T) {
	w := NewWorker(DefaultConfig(), catalogue(t), nil)
	var key string
	var times []int64
	w.Watch(func(k string, millis int64, used, limit float64) {
		if key, times = k, append(times, millis); used/limit != 0.25 || limit != 100*gib {
			t.Errorf("%s is at %v of %v", k, used, limit)
		}
	})
	play(w, ledger, 0, 5*time.Minute, time.Minute, func(time.Duration) float64 { return 0.25 })
	w.Observe(start.Add(5*time.Minute), ledger.at(start.Add(90*time.Second), 0.25)) // late: it moves nothing on
	if len(times) != 5 || times[4] != start.Add(4*time.Minute).UnixMilli() {
		t.Errorf("watched %v", times)
	}
	if s, ok := w.State(key); !ok || s.Kind != signal.Saturation || s.Key != key || s.Stage != signal.Learning {
		t.Errorf("state %+v, %v", s, ok)
	}
	if _, ok := w.State("disk-space/nowhere"); ok {
		t.Error("a signal that nobody sends has a state")
	}
	w.Watch(nil)
	play(w, ledger, 5*time.Minute, 6*time.Minute, time.Minute, func(time.Duration) float64 { return 0.25 })
	if len(times) != 5 {
		t.Error("it is watched on")
	}
}
