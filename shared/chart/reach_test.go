package chart_test

import (
	"testing"
	"time"

	"github.com/forewarn/forewarn/shared/chart"
)

// TestReachLeadsToTheLimit: each line starts at the use and has the limit at its date; without a date there is no picture.
func TestReachLeadsToTheLimit(t *testing.T) {
	at := time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC)
	date := func(h int) *time.Time { d := at.Add(time.Duration(h) * time.Hour); return &d }
	r := chart.Reach{At: at, Used: 60, Limit: 100, P10: date(8), P50: date(12), P90: date(24)}
	f := r.Forecast(at.Add(48 * time.Hour))
	n := len(f.Times)
	if n == 0 || !f.At.Equal(at) || !f.Times[n-1].Equal(*date(24)) {
		t.Fatalf("from %v, %d times", f.At, n)
	}
	for i, when := range f.Times {
		if i == 0 && (f.Median[i] != 60 || f.Low80[i] != 60 || f.High80[i] != 60) {
			t.Errorf("starts at %v, %v, %v", f.Low80[i], f.Median[i], f.High80[i])
		}
		if f.Low80[i] > f.Median[i] || f.Median[i] > f.High80[i] || f.High80[i] > 100 {
			t.Errorf("%v: %v, %v, %v are out of order", when, f.Low80[i], f.Median[i], f.High80[i])
		}
		if when.Equal(*date(12)) && f.Median[i] != 100 || when.Equal(*date(6)) && f.Median[i] != 80 {
			t.Errorf("%v: median %v", when, f.Median[i])
		}
	}
	if f := r.Forecast(at.Add(6 * time.Hour)); !f.Times[len(f.Times)-1].Equal(*date(6)) {
		t.Errorf("ends %v", f.Times[len(f.Times)-1])
	}
	r.P90 = nil
	if f := r.Forecast(at.Add(48 * time.Hour)); f.Low80[len(f.Low80)-1] != 60 {
		t.Error("the low edge has a date that was not told")
	}
	for name, none := range map[string]chart.Reach{
		"no date": {At: at, Used: 60, Limit: 100}, "no limit": {At: at, Used: 60, P10: date(1), P50: date(2)},
		"reached": {At: at, Used: 100, Limit: 100, P10: date(1), P50: date(2)},
	} {
		if f := none.Forecast(at.Add(time.Hour)); len(f.Times) != 0 {
			t.Errorf("%s: %d times", name, len(f.Times))
		}
	}
}
