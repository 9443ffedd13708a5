package peer_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/forewarn/forewarn/services/forewarn/internal/peer"
)

type rule interface {
	Observe(peer.Sample) peer.Reading
}

func rules() map[string]func() rule {
	return map[string]func() rule{
		"predict_linear":       func() rule { return peer.PredictLinear() },
		"node_mixin":           func() rule { return peer.NodeMixin() },
		"timeleft":             func() rule { return peer.Timeleft() },
		"timeleft_exponential": func() rule { return peer.TimeleftExponential() },
		"static":               func() rule { return peer.Static90() },
		"theil_sen":            func() rule { return peer.NewTheilSen() },
		"first_passage":        func() rule { return peer.NewFirstPassage() },
	}
}

const (
	hour = 3600.0
	day  = 24 * hour
)

// run feeds a share of the limit every five minutes and returns the last reading.
func run(r rule, hours float64, free bool, share func(hours float64) float64) (last peer.Reading) {
	for h := 0.0; h <= hours; h += 1.0 / 12 {
		s := peer.Sample{Time: 1.7e9 + h*hour, Value: 1e11 * share(h), Limit: 1e11, Free: free}
		if free {
			s.Value = s.Limit - s.Value
		}
		last = r.Observe(s)
	}
	return last
}

// TestLineIsExtrapolated: on a line every rule knows the date.
func TestLineIsExtrapolated(t *testing.T) {
	f := func(name string, hours, perHour, want float64, firing bool) {
		t.Helper()
		for _, free := range []bool{false, true} {
			got := run(rules()[name](), hours, free, func(h float64) float64 { return 0.3 + perHour*h })
			if diff := cmp.Diff(want, got.P50/hour, cmpopts.EquateApprox(0.02, 0.1)); diff != "" {
				t.Errorf("%s, free %v: hours left (-want +got):\n%s", name, free, diff)
			}
			if got.Firing != firing {
				t.Errorf("%s, free %v: firing %v, want %v", name, free, got.Firing, firing)
			}
		}
	}
	f("predict_linear", 60, 0.01, 10, false)
	f("predict_linear", 67, 0.01, 3, true)
	f("node_mixin", 60, 0.01, 10, true)
	f("node_mixin", 8, 0.01, 62, false)
	f("timeleft", 60, 0.01, 10, true)
	f("timeleft", 40, 0.01, 30, false)
	f("theil_sen", 480, 0.001, 220, false)
	f("theil_sen", 600, 0.001, 100, true)
	f("first_passage", 480, 0.001, 220, false)
	f("first_passage", 600, 0.001, 100, true)
}

func TestExponentialGrowthIsExtrapolated(t *testing.T) {
	got := run(peer.TimeleftExponential(), 50, false, func(h float64) float64 { return 0.1 * math.Exp(h/30) })
	if want := 30*math.Log(10) - 50; math.Abs(got.P50/hour-want) > 0.1 {
		t.Errorf("%v hours left, want %v", got.P50/hour, want)
	}
}

func TestMixinWaitsForAnHour(t *testing.T) {
	r, first := peer.NodeMixin(), 0.0
	run(r, 7, true, func(float64) float64 { return 0.7 })
	for h := 7.1; h < 12 && first == 0; h += 1.0 / 12 {
		if r.Observe(peer.Sample{Time: 1.7e9 + h*hour, Value: 1e11 * (0.3 - 0.02*(h-7)), Limit: 1e11, Free: true}).Firing {
			first = h
		}
	}
	if first < 8 || first > 12 {
		t.Errorf("fires after %v hours, want more than one after the rise begins at 7, and soon", first)
	}
}

func TestStaticResolvesBelow88(t *testing.T) {
	r := peer.Static90()
	f := func(hours, share float64, want bool) {
		t.Helper()
		got := r.Observe(peer.Sample{Time: hours * hour, Value: share, Limit: 1})
		if got.Firing != want {
			t.Errorf("hour %v: firing %v at %v, want %v", hours, got.Firing, share, want)
		}
	}
	f(0, 0.95, false) // its first hour
	f(1, 0.95, true)
	f(2, 0.89, true)
	f(3, 0.87, false)
	f(4, 0.89, false)
	f(5, 0.91, true)
}

func TestFirstPassageIsInOrder(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	level := 0.2
	rule := peer.NewFirstPassage()
	var got peer.Reading
	for d := range 43 {
		level += 0.01 + 0.02*r.NormFloat64()
		got = rule.Observe(peer.Sample{Time: (20000 + float64(d)) * day, Value: level, Limit: 1})
	}
	for i := 1; i < 4; i++ {
		if got.Within[i] < got.Within[i-1] {
			t.Errorf("probabilities %v fall with the horizon", got.Within)
		}
	}
	if !(got.P10 <= got.P50 && got.P50 <= got.P90) {
		t.Errorf("quantiles %v, %v, %v are out of order", got.P10, got.P50, got.P90)
	}
}

// TestNothingPanics feeds what real exporters send on bad days.
func TestNothingPanics(t *testing.T) {
	odd := []float64{0, 1, -1, 1e18, math.NaN(), math.Inf(1)}
	for name, make := range rules() {
		r := make()
		for i := range 2000 {
			reading := r.Observe(peer.Sample{Time: float64(i) * 977, Value: odd[i%len(odd)], Limit: odd[(i/7)%len(odd)]})
			for _, p := range reading.Within {
				if p < 0 || p > 1 {
					t.Fatalf("%s: probability %v", name, p)
				}
			}
		}
	}
}

func BenchmarkObserve(b *testing.B) {
	for name, make := range rules() {
		b.Run(name, func(b *testing.B) {
			r, now := make(), 1.7e9
			b.ReportAllocs()
			for b.Loop() {
				now += 300
				r.Observe(peer.Sample{Time: now, Value: 40, Limit: 100})
			}
		})
	}
}
