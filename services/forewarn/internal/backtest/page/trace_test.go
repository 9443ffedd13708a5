package page

import (
	"math"
	"testing"
	"time"
)

// TestTraceKeepsPeaks: however long a course is, its extremes are drawn, in bounded memory.
func TestTraceKeepsPeaks(t *testing.T) {
	f := func(samples int, every time.Duration) {
		t.Helper()
		tr := newTrace(64)
		base := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli()
		for i := range samples {
			v := 50.0
			switch i {
			case samples / 3:
				v = 97
			case samples / 2:
				v = 3
			}
			tr.add(base+int64(i)*every.Milliseconds(), v, 100)
		}
		var c course
		tr.draw(&c, 0, math.MaxInt64)
		low, high := math.Inf(1), math.Inf(-1)
		for i, v := range c.use.Values {
			low, high = min(low, v), max(high, v)
			if i > 0 && !c.use.Times[i].After(c.use.Times[i-1]) {
				t.Fatalf("times %v do not rise", c.use.Times)
			}
		}
		if low != 3 || high != 97 || len(tr.buckets) > 64 || len(c.use.Times) > 200 {
			t.Errorf("%d samples: %v to %v in %d buckets", samples, low, high, len(tr.buckets))
		}
		if len(c.limit.Values) != 1 || c.limit.Values[0] != 100 {
			t.Errorf("limit %v", c.limit)
		}
	}
	f(10, time.Minute)
	f(5000, time.Minute)
	f(50000, time.Second)
	f(300, 24*time.Hour)
}

func TestSlidingTraceForgets(t *testing.T) {
	tr := newSliding(16, time.Minute)
	at := int64(1_800_000_000_000)
	for i := range int64(100) {
		tr.add(at+i*60_000, float64(i), 0)
	}
	var c course
	tr.draw(&c, 0, math.MaxInt64)
	if n := len(c.use.Values); n < 8 || n > 16 || c.use.Values[n-1] != 99 || len(c.limit.Times) != 0 {
		t.Errorf("kept %v", c.use.Values)
	}
	tr.add(at+int64(1e9), 7, 0) // a long pause
	tr.add(at, 1, 0)            // what is older than all is left out
	c = course{}
	tr.draw(&c, 0, math.MaxInt64)
	if len(c.use.Values) != 1 || c.use.Values[0] != 7 {
		t.Errorf("after a pause %v", c.use.Values)
	}
}

func TestTraceShowsGapsAndLimits(t *testing.T) {
	tr := newTrace(1000)
	at := int64(1_800_000_000_000)
	for i := range int64(60) {
		if i < 20 || i > 40 {
			tr.add(at+i*60_000, 5, 10+10*float64(i/30))
		}
	}
	var c course
	tr.draw(&c, at+10*60_000, at+50*60_000)
	gaps := 0
	for _, v := range c.use.Values {
		if math.IsNaN(v) {
			gaps++
		}
	}
	if gaps != 1 || len(c.limit.Values) != 2 || c.limit.Values[1] != 20 || len(c.use.Values) != 20 {
		t.Errorf("%d gaps, limits %v, %d values", gaps, c.limit.Values, len(c.use.Values))
	}
}
