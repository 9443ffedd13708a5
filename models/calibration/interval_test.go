package calibration

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// coverage returns the share of failures that the calibrated interval holds.
func coverage(table *Table, outcomes []Outcome) float64 {
	held, n := 0, 0
	for _, o := range outcomes {
		if o.What != Reached {
			continue
		}
		lower, _, upper := table.Interval(o.Kind, o.P10, o.P50, o.P90)
		if n++; lower <= o.After && o.After <= upper {
			held++
		}
	}
	return float64(held) / float64(n)
}

// TestIntervalCovers: 80 % of held-out failures fall into the interval, whatever the law of the errors. What a training
// set of 500 failures happens to hold moves its quantiles by two points of coverage, so the mean of several is judged.
func TestIntervalCovers(t *testing.T) {
	const sets = 8
	f := func(name string, noise func(*rand.Rand) float64) {
		t.Helper()
		test := newSource("disk", 12)
		test.noise = noise
		held := test.outcomes(5000)
		for _, n := range []int{1000, 4000} { // about half of them failures
			after := 0.0
			for seed := range uint64(sets) {
				train := newSource("disk", 100+seed)
				train.noise = noise
				after += coverage(fit(t, train.outcomes(n), nil), held) / sets
			}
			t.Logf("%s, %d outcomes: %.3f before, %.3f after", name, n, coverage(new(Table), held), after)
			if after < 0.76 || after > 0.84 {
				t.Errorf("%s, %d outcomes: interval covers %.3f, want 0.76 to 0.84", name, n, after)
			}
		}
	}
	f("as told", func(r *rand.Rand) float64 { return r.NormFloat64() / 1.2816 })
	f("too narrow", func(r *rand.Rand) float64 { return 2.5 * r.NormFloat64() })
	f("too wide", func(r *rand.Rand) float64 { return 0.3 * r.NormFloat64() })
	f("always late", func(r *rand.Rand) float64 { return 1.5 + 0.4*r.NormFloat64() })
	f("skewed", func(r *rand.Rand) float64 { return 2*r.ExpFloat64() - 0.5 })
	f("skewed down", func(r *rand.Rand) float64 { return 0.5 - 1.5*r.ExpFloat64() })
	f("heavy tails", func(r *rand.Rand) float64 { return 0.7 * math.Tan(math.Pi*(r.Float64()-0.5)) })
	f("two regimes", func(r *rand.Rand) float64 { return r.NormFloat64() + 3*float64(r.IntN(2)) })
}

// TestCensoredDates: cures at half of the failures, at a random moment before them, do not pull the interval in. Taken
// for failures, they would.
func TestCensoredDates(t *testing.T) {
	prevent := func(as What) []Outcome {
		s := newSource("disk", 21)
		outcomes := s.outcomes(20_000)
		for i := range outcomes {
			if o := &outcomes[i]; o.What == Reached && s.IntN(2) == 0 {
				if cure := hours(math.Exp(3.2 + 0.4*s.NormFloat64())); cure < o.After {
					o.What, o.After = as, cure
				}
			}
		}
		return outcomes
	}
	held := newSource("disk", 22).outcomes(20_000)
	right, wrong := coverage(fit(t, prevent(Censored), nil), held), coverage(fit(t, prevent(Reached), nil), held)
	t.Logf("censored: %.3f; taken for failures: %.3f", right, wrong)
	if right < 0.78 || right > 0.82 {
		t.Errorf("interval covers %.3f, want 0.78 to 0.82", right)
	}
	if math.Abs(wrong-0.8) < math.Abs(right-0.8) {
		t.Errorf("censoring makes it worse: %.3f against %.3f", right, wrong)
	}
}

// TestCensoredIsNoFalseAlarm: prevented failures leave the map of probabilities where it was.
func TestCensoredIsNoFalseAlarm(t *testing.T) {
	s := newSource("disk", 1)
	outcomes := s.outcomes(8000)
	want := fit(t, outcomes, nil)
	for range 8000 {
		o := s.outcome()
		o.What, o.Predicted = Censored, 0.95
		outcomes = append(outcomes, o)
	}
	got := fit(t, outcomes, nil)
	if diff := cmp.Diff(want.pooled.curves, got.pooled.curves); diff != "" {
		t.Errorf("prevented failures moved the probabilities (-want +got):\n%s", diff)
	}
}

// TestIntervalAtTheEdges: what has no date keeps none, and the order holds for any input.
func TestIntervalAtTheEdges(t *testing.T) {
	s := newSource("disk", 1)
	s.noise = func(r *rand.Rand) float64 { return 1 + 2*r.NormFloat64() }
	table := fit(t, s.outcomes(8000), nil)
	same := func(p10, p50, p90 time.Duration) {
		t.Helper()
		a, b, c := table.Interval("disk", p10, p50, p90)
		if diff := cmp.Diff([]time.Duration{p10, p50, p90}, []time.Duration{a, b, c}); diff != "" {
			t.Errorf("Interval (-want +got):\n%s", diff)
		}
	}
	same(0, 0, 0)
	same(5*hour, Never, Never)
	same(Never, Never, Never)
	if _, middle, upper := table.Interval("disk", 20*hour, 24*hour, Never); upper != Never || middle > 24*hour {
		t.Errorf("open interval gives p50 %v, p90 %v", middle, upper)
	}
	r := rand.New(rand.NewPCG(9, 9))
	for range 1000 {
		in := [3]time.Duration{time.Duration(r.Int64()), time.Duration(r.Int64N(int64(1000 * hour))), time.Duration(r.Int64())}
		if in[1] == 0 {
			continue
		}
		a, b, c := table.Interval("disk", in[0], in[1], in[2])
		if out := []time.Duration{a, b, c}; !slices.IsSorted(out) || a < 0 {
			t.Fatalf("Interval(%v) = %v, want it in order", in, out)
		}
	}
}

func TestScoreBins(t *testing.T) {
	f := func(score float64, want int) {
		t.Helper()
		if got := scoreBin(score); got != want {
			t.Errorf("scoreBin(%v) = %d, want %d", score, got, want)
		}
	}
	f(math.Inf(-1), 0)
	f(-1.0001, middleBin-binsToEdge-1)
	f(-0.9999, middleBin-binsToEdge)
	f(-1e-9, middleBin-1)
	f(0, middleBin)
	f(0.9999, middleBin+binsToEdge-1)
	f(1.0001, middleBin+binsToEdge)
	f(math.Inf(1), scoreBins-1)
	for i := range scoreBins {
		f(scoreAt(float64(i)+0.5), i)
	}
}
