package peer

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestWindowIsExact compares the running sums with a fit of all points, after ten thousand of them.
func TestWindowIsExact(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	w := window{span: 6 * hour}
	var all []point
	now := 1.7e9
	for range 10_000 {
		now += 60 + 500*r.Float64()
		v := 5e11 + 1e9*r.NormFloat64()
		all = append(all, point{now, v})
		w.add(now, v)
	}
	gotValue, gotSlope := w.line(now)
	wantValue, wantSlope := slow(all, now, w.span)
	if math.Abs(gotValue/wantValue-1) > 1e-9 || math.Abs(gotSlope/wantSlope-1) > 1e-6 {
		t.Errorf("line %v %v, want %v %v", gotValue, gotSlope, wantValue, wantSlope)
	}
	if len(w.points) > 1000 {
		t.Errorf("%d points are kept", len(w.points))
	}
}

// slow fits in two passes.
func slow(all []point, now, span float64) (value, slope float64) {
	var n, meanT, meanV, tt, tv float64
	for _, p := range all {
		if p.t >= now-span {
			n++
			meanT += p.t
			meanV += p.v
		}
	}
	meanT, meanV = meanT/n, meanV/n
	for _, p := range all {
		if p.t >= now-span {
			tt += (p.t - meanT) * (p.t - meanT)
			tv += (p.t - meanT) * (p.v - meanV)
		}
	}
	return meanV + tv/tt*(now-meanT), tv / tt
}
