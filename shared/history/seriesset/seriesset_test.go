package seriesset_test

import (
	"cmp"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb/chunkenc"

	"github.com/forewarn/forewarn/shared/history/historytest"
	"github.com/forewarn/forewarn/shared/history/seriesset"
	"github.com/forewarn/forewarn/shared/telemetry"
)

func contents(t *testing.T, set storage.SeriesSet) (order []string, points map[string][]historytest.Point) {
	t.Helper()
	points = map[string][]historytest.Point{}
	var it chunkenc.Iterator
	for set.Next() {
		name := set.At().Labels().String()
		order = append(order, name)
		for it = set.At().Iterator(it); it.Next() == chunkenc.ValFloat; {
			at, v := it.At()
			points[name] = append(points[name], historytest.Point{TimeMillis: at, Bits: math.Float64bits(v)})
		}
	}
	if set.Err() != nil {
		t.Fatal(set.Err())
	}
	return order, points
}

// TestAnyOrder: in whatever pieces and order samples come, they are read in the order of time, each time once.
func TestAnyOrder(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // a test
	ls := labels.FromStrings("__name__", "v")
	var all []telemetry.Sample
	for i := range 5000 {
		all = append(all, telemetry.Sample{TimeMillis: int64(i) * 1000, Value: random.NormFloat64()})
	}
	for round := range 10 {
		given := slices.Clone(all)
		given = append(given, all[:200]...) // repeats
		if round > 0 {
			random.Shuffle(len(given), func(i, k int) { given[i], given[k] = given[k], given[i] })
		}
		b := seriesset.New(seriesset.Limits{})
		for piece := range slices.Chunk(given, 700) {
			if err := b.Add(ls, piece...); err != nil {
				t.Fatal(err)
			}
		}
		_, got := contents(t, b.Set(true, nil))
		if diff := gocmp.Diff(historytest.Points(all...), got[ls.String()]); diff != "" {
			t.Fatalf("round %d (-want +got):\n%s", round, diff)
		}
	}
}

// TestFiniteFirst: of two values for a time the finite one is kept, else the first.
func TestFiniteFirst(t *testing.T) {
	f := func(want float64, values ...float64) {
		t.Helper()
		b := seriesset.New(seriesset.Limits{})
		for _, v := range values {
			if err := b.Add(labels.FromStrings("a", "b"), telemetry.Sample{TimeMillis: 5, Value: v}); err != nil {
				t.Fatal(err)
			}
		}
		_, got := contents(t, b.Set(false, nil))
		if diff := gocmp.Diff(map[string][]historytest.Point{`{a="b"}`: historytest.Points(telemetry.Sample{TimeMillis: 5, Value: want})}, got); diff != "" {
			t.Errorf("%v (-want +got):\n%s", values, diff)
		}
	}
	f(1, 1, 2)
	f(3, math.Inf(1), 3)
	f(3, math.NaN(), 3, 4)
	f(math.Inf(1), math.Inf(1), math.NaN())
}

func TestMatchersAndOrder(t *testing.T) {
	b := seriesset.New(seriesset.Limits{}, labels.MustNewMatcher(labels.MatchNotEqual, "a", "2"))
	for _, v := range []string{"9", "2", "5", "1", "5"} {
		if err := b.Add(labels.FromStrings("a", v), telemetry.Sample{TimeMillis: 1}); err != nil {
			t.Fatal(err)
		}
	}
	order, _ := contents(t, b.Set(true, nil))
	if diff := gocmp.Diff([]string{`{a="1"}`, `{a="5"}`, `{a="9"}`}, order); diff != "" || !slices.IsSortedFunc(order, cmp.Compare[string]) {
		t.Error(diff)
	}
}

// TestNoSamples: a series may be known by its labels alone; the engine may seek in any.
func TestNoSamples(t *testing.T) {
	b := seriesset.New(seriesset.Limits{})
	for i := range 3000 {
		if err := b.Add(labels.FromStrings("a", "many"), telemetry.Sample{TimeMillis: int64(i) * 10, Value: float64(i)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.Add(labels.FromStrings("a", "none")); err != nil {
		t.Fatal(err)
	}
	set := b.Set(true, nil)
	if !set.Next() {
		t.Fatal("no series")
	}
	it := set.At().Iterator(nil)
	if it.Seek(20_005) != chunkenc.ValFloat || it.AtT() != 20_010 || it.Next() != chunkenc.ValFloat || it.AtT() != 20_020 || it.Seek(30_000) != chunkenc.ValNone {
		t.Errorf("seeking ends at %d", it.AtT())
	}
	if !set.Next() || set.At().Labels().Get("a") != "none" || set.At().Iterator(it).Next() != chunkenc.ValNone || set.Next() {
		t.Error("a series without samples is not as it should be")
	}
}

func TestLimits(t *testing.T) {
	b := seriesset.New(seriesset.Limits{Series: 2, Samples: 3})
	add := func(name string, n int) error {
		return b.Add(labels.FromStrings("a", name), make([]telemetry.Sample, n)...)
	}
	if err := errors.Join(add("x", 1), add("y", 1), add("x", 1)); err != nil {
		t.Error(err)
	}
	if err := add("z", 0); !errors.Is(err, seriesset.ErrTooMuch) {
		t.Errorf("a third series: %v", err)
	}
	if err := add("x", 1); !errors.Is(err, seriesset.ErrTooMuch) {
		t.Errorf("a fourth sample: %v", err)
	}
}
