package calibration

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/forewarn/forewarn/models/exhaustion"
)

func fit(t testing.TB, outcomes []Outcome, prior *Table) *Table {
	t.Helper()
	table, err := Fit(outcomes, prior)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func encode(t testing.TB, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestMatchesExhaustion: what is calibrated has the shape of what is told.
func TestMatchesExhaustion(t *testing.T) {
	horizons := exhaustion.Horizons()
	if Horizons != len(horizons) || Never != exhaustion.Never {
		t.Errorf("%d horizons and Never %d, want %d and %d", Horizons, Never, len(horizons), exhaustion.Never)
	}
	for i, h := range horizons {
		if got := bandOf(h); got != i {
			t.Errorf("bandOf(%v) = %d, want %d", h, got, i)
		}
	}
}

// TestPool: blocks of adjacent violators, after the textbook.
func TestPool(t *testing.T) {
	f := func(y, w, want []float64) {
		t.Helper()
		var blocks []block
		for i := range y {
			blocks = append(blocks, block{x: float64(i), y: y[i], w: w[i]})
		}
		var got []float64
		for _, b := range pool(blocks) {
			got = append(got, b.y)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("pool(%v, %v) (-want +got):\n%s", y, w, diff)
		}
	}
	ones := []float64{1, 1, 1, 1}
	f(nil, nil, nil)
	f([]float64{1, 2, 3}, ones, []float64{1, 2, 3})
	f([]float64{3, 2, 1}, ones, []float64{2})
	f([]float64{1, 3, 2, 4}, ones, []float64{1, 2.5, 4})
	f([]float64{1, 1, 2}, ones, []float64{1, 2})
	f([]float64{4, 1}, []float64{1, 2}, []float64{2})
	f([]float64{5, 6, 1, 7}, ones, []float64{4, 7})
}

// TestZeroTableIsIdentity: guarantee 3 of the package.
func TestZeroTableIsIdentity(t *testing.T) {
	for _, table := range []*Table{{}, fit(t, nil, nil)} {
		for p := 0.0; p <= 1; p += 1.0 / 64 {
			if got := table.Probability("disk", 1, p); math.Abs(got-p) > 1e-12 {
				t.Errorf("Probability(%v) = %v", p, got)
			}
		}
		lower, middle, upper := table.Interval("disk", 3*hour, 5*hour, 9*hour)
		if diff := cmp.Diff([]time.Duration{3 * hour, 5 * hour, 9 * hour}, []time.Duration{lower, middle, upper}); diff != "" {
			t.Errorf("Interval (-want +got):\n%s", diff)
		}
	}
}

// TestOrderDoesNotMatter: guarantee 1 of the package.
func TestOrderDoesNotMatter(t *testing.T) {
	outcomes := slices.Concat(newSource("disk", 1).outcomes(3000), newSource("heap", 2).outcomes(300))
	want := encode(t, fit(t, outcomes, nil))
	r := rand.New(rand.NewPCG(3, 3))
	for range 5 {
		r.Shuffle(len(outcomes), func(i, j int) { outcomes[i], outcomes[j] = outcomes[j], outcomes[i] })
		if got := encode(t, fit(t, outcomes, nil)); got != want {
			t.Fatalf("another order, another table:\n%s", cmp.Diff(want, got))
		}
	}
}

// distance returns the mean difference between the mapped probability and what it should be.
func distance(table *Table, kind string, want func(float64) float64) float64 {
	sum, n := 0.0, 0
	for p := 0.005; p < 1; p += 0.01 {
		for h := range Horizons {
			sum += math.Abs(table.Probability(kind, h, p) - want(p))
			n++
		}
	}
	return sum / float64(n)
}

// TestProbability: a calibrated source is left as it is, one that is not is put right, whichever way it errs.
func TestProbability(t *testing.T) {
	f := func(name string, most float64, truth func(float64) float64) {
		t.Helper()
		s := newSource("disk", 7)
		s.truth = truth
		table := fit(t, s.outcomes(20_000), nil)
		before, after := distance(new(Table), "disk", truth), distance(table, "disk", truth)
		t.Logf("%s: off by %.3f before, %.3f after", name, before, after)
		if after > most {
			t.Errorf("%s: off by %.3f after calibration, want <= %.3f", name, after, most)
		}
	}
	f("calibrated", 0.02, func(p float64) float64 { return p })
	f("too sure", 0.03, func(p float64) float64 { return 0.2 + 0.6*p })
	f("too shy", 0.03, func(p float64) float64 { return max(0, min(1, 2*p-0.5)) })
	f("alarmist", 0.03, func(p float64) float64 { return p * p })
}

// TestProbabilityIsMonotone: guarantee 2 of the package, whatever the outcomes were.
func TestProbabilityIsMonotone(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	for seed := range uint64(20) {
		s := newSource("disk", seed)
		s.truth = func(p float64) float64 { return math.Abs(math.Sin(p * float64(seed))) }
		table := fit(t, s.outcomes(4000), nil)
		last := 0.0
		for p := 0.0; p <= 1; p += 1.0 / 1024 {
			got := table.Probability("disk", 2, p)
			if got < last || got > 1 {
				t.Fatalf("seed %d: Probability(%v) = %v after %v", seed, p, got, last)
			}
			last = got
		}
		within := [Horizons]float64{r.Float64(), r.Float64(), r.Float64(), math.NaN()}
		if got := table.Probabilities("disk", within); !slices.IsSorted(got[:]) {
			t.Errorf("seed %d: Probabilities(%v) = %v, want them in order", seed, within, got)
		}
	}
}

func TestProbabilityOfTheImpossible(t *testing.T) {
	table := fit(t, newSource("disk", 1).outcomes(2000), nil)
	f := func(horizon int, p, want float64) {
		t.Helper()
		if got := table.Probability("disk", horizon, p); got != want && !(math.IsNaN(want) && math.IsNaN(got)) {
			t.Errorf("Probability(%d, %v) = %v, want %v", horizon, p, got, want)
		}
	}
	f(0, math.NaN(), math.NaN())
	f(1, -3, table.Probability("disk", 1, 0))
	f(1, math.Inf(1), table.Probability("disk", 1, 1))
	f(-1, 0.3, 0.3)
	f(Horizons, 0.3, 0.3)
}

// TestKindsArePooledUntilTheyStand: few outcomes of a kind are read with those of all, many by themselves.
func TestKindsArePooledUntilTheyStand(t *testing.T) {
	alarmist, calibrated := newSource("disk", 1), newSource("heap", 2)
	alarmist.truth = func(p float64) float64 { return p * p }
	outcomes := alarmist.outcomes(20_000)
	few := fit(t, append(outcomes, calibrated.outcomes(400)...), nil)
	if few.find("heap") != nil || few.find("disk") == nil {
		t.Error("400 outcomes stand by themselves, or 20,000 do not")
	}
	many := fit(t, append(outcomes, calibrated.outcomes(8000)...), nil)
	if got := distance(many, "heap", calibrated.truth); got > 0.03 {
		t.Errorf("heap is off by %.3f among disks, want <= 0.03", got)
	}
	if few.Probability("heap", 1, 0.5) != few.Probability("unheard of", 1, 0.5) {
		t.Error("a kind without a map of its own is not mapped like all")
	}
}

// TestPriorIsKept: few outcomes do not overturn what the prior knows, and a kind that it knows stays known.
func TestPriorIsKept(t *testing.T) {
	s := newSource("disk", 1)
	s.truth = func(p float64) float64 { return p * p }
	prior := fit(t, s.outcomes(20_000), nil)
	next := fit(t, newSource("disk", 2).outcomes(40), prior)
	if got := distance(next, "disk", s.truth); got > 0.03 {
		t.Errorf("40 outcomes moved the prior by %.3f", got)
	}
	if prior.Version() != 1 || next.Version() != 2 {
		t.Errorf("versions %d and %d, want 1 and 2", prior.Version(), next.Version())
	}
	told := s.outcome()
	told.Version = 41
	if got := fit(t, []Outcome{told}, prior).Version(); got != 42 {
		t.Errorf("version after an outcome under 41 is %d, want 42", got)
	}
}

func TestFitNamesTheBadOutcome(t *testing.T) {
	f := func(want string, spoil func(*Outcome)) {
		t.Helper()
		outcomes := newSource("disk", 1).outcomes(3)
		spoil(&outcomes[2])
		if _, err := Fit(outcomes, nil); err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "outcome 2") {
			t.Errorf("error %v, want outcome 2: %s", err, want)
		}
	}
	f("kind", func(o *Outcome) { o.Kind = "" })
	f("kind", func(o *Outcome) { o.Kind = strings.Repeat("x", 65) })
	f("horizon", func(o *Outcome) { o.Horizon = Horizons })
	f("probability", func(o *Outcome) { o.Predicted = math.NaN() })
	f("probability", func(o *Outcome) { o.Predicted = 1.01 })
	f("unknown", func(o *Outcome) { o.What = 9 })
	f("negative", func(o *Outcome) { o.After = -1 })
}

func TestMapsDoNotAllocate(t *testing.T) {
	table := fit(t, newSource("disk", 1).outcomes(20_000), nil)
	got := testing.AllocsPerRun(100, func() {
		table.Probability("disk", 1, 0.3)
		table.Probabilities("disk", [Horizons]float64{0.1, 0.2, 0.3, 0.4})
		table.Interval("disk", 3*hour, 5*hour, 9*hour)
	})
	if got != 0 {
		t.Errorf("%v allocations, want none", got)
	}
}

func BenchmarkProbability(b *testing.B) {
	table := fit(b, newSource("disk", 1).outcomes(20_000), nil)
	b.ReportAllocs()
	for b.Loop() {
		table.Probability("disk", 1, 0.3)
	}
}

func BenchmarkInterval(b *testing.B) {
	table := fit(b, newSource("disk", 1).outcomes(20_000), nil)
	b.ReportAllocs()
	for b.Loop() {
		table.Interval("disk", 3*hour, 5*hour, 9*hour)
	}
}

func BenchmarkFit(b *testing.B) {
	var l Ledger
	for _, o := range newSource("disk", 1).outcomes(20_000) {
		if err := l.Add(o); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		l.Fit(nil)
	}
}

func BenchmarkAdd(b *testing.B) {
	var l Ledger
	o := newSource("disk", 1).outcome()
	b.ReportAllocs()
	for b.Loop() {
		if err := l.Add(o); err != nil {
			b.Fatal(err)
		}
	}
}

// TestFamilies: a kind with too few outcomes is mapped like its family, not like others, until it has its own.
func TestFamilies(t *testing.T) {
	sure, shy := newSource("leak/heap", 1), newSource("exhaustion/disk", 2)
	sure.truth = func(p float64) float64 { return p / 2 }
	shy.truth = math.Sqrt
	table := fit(t, slices.Concat(sure.outcomes(20_000), shy.outcomes(60_000)), nil)
	f := func(kind string, want float64) {
		t.Helper()
		if got := table.Probability(kind, 1, 0.5); math.Abs(got-want) > 0.06 {
			t.Errorf("Probability(%q, 0.5) = %.2f, want %.2f", kind, got, want)
		}
	}
	f("leak/heap", 0.25)
	f("leak/process", 0.25)
	f("leak", 0.25)
	f("exhaustion/inodes", 0.71)
	f("anything", 0.6) // one in four is a leak
	like := fit(t, newSource("leak/process", 3).outcomes(100), table)
	if got, want := like.Probability("leak/process", 1, 0.5), table.Probability("leak", 1, 0.5); got != want {
		t.Errorf("with 100 outcomes of its own it is %v, want %v", got, want)
	}
}

// TestSeparate: a kind that is kept apart is not mapped like others, however few outcomes it has.
func TestSeparate(t *testing.T) {
	s := newSource("exhaustion/disk", 1)
	s.truth = func(p float64) float64 { return p / 2 }
	table := fit(t, s.outcomes(20_000), Separate("leak", "exhaustion"))
	if got := table.Probability("leak/heap", 1, 0.8); got != 0.8 {
		t.Errorf("0.8 of a leak becomes %v", got)
	}
	if got := table.Probability("exhaustion/inodes", 1, 0.8); math.Abs(got-0.4) > 0.05 {
		t.Errorf("0.8 of an exhaustion becomes %v, want 0.4", got)
	}
}

// TestKeep: what is not kept is left as the model said it, also where others of the family are mapped.
func TestKeep(t *testing.T) {
	s := newSource("leak/heap", 1)
	s.truth = func(p float64) float64 { return p / 2 }
	fitted := fit(t, s.outcomes(20_000), nil)
	never := func(string, int) bool { return false }
	kept := fitted.Keep(func(kind string, h int) bool { return kind == "leak" && h == 1 }, never)
	if got := kept.Probability("leak/process", 1, 0.5); got != fitted.Probability("leak", 1, 0.5) {
		t.Errorf("what was kept is %v", got)
	}
	for kind, h := range map[string]int{"leak/heap": 1, "leak/process": 2, "disk": 1} {
		if got := kept.Probability(kind, h, 0.5); got != 0.5 {
			t.Errorf("%s at horizon %d: 0.5 becomes %v", kind, h, got)
		}
	}
	if a, b, c := kept.Interval("leak/heap", hour, 2*hour, 3*hour); a != hour || b != 2*hour || c != 3*hour {
		t.Errorf("dates that were not kept are moved: %v %v %v", a, b, c)
	}
	if kept.Version() != fitted.Version() {
		t.Errorf("version %d, want %d", kept.Version(), fitted.Version())
	}
}
