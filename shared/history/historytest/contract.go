package historytest

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/prometheus/prometheus/model/value"
	"golang.org/x/sync/errgroup"

	"github.com/forewarn/forewarn/shared/history"
	"github.com/forewarn/forewarn/shared/telemetry"
)

// Factory makes a new, empty place for a store, and returns how to open the store there: the first time and
// again after it was closed. The store's out-of-order window must be [Window].
type Factory func(tb testing.TB) (open func() history.Store)

// Window is the out-of-order window of stores under test.
const Window = time.Hour

// Contract runs what every store must do. In what a store differs by its traits, it must do as they say.
func Contract(t *testing.T, place Factory, traits history.Traits) {
	for name, test := range map[string]func(*testing.T, *fixture){
		"values come back bit by bit":             testValues,
		"a stale marker ends a series":            testStale,
		"repeats change nothing":                  testRepeats,
		"the first of two values stays":           testConflict,
		"late samples are taken within window":    testLate,
		"a clock ahead harms nobody else":         testAhead,
		"a bad series costs no other":             testInvalid,
		"series are found by their labels":        testLabels,
		"names and values may be any text":        testText,
		"matchers select as Prometheus' do":       testMatchers,
		"a listing of series may be cut":          testListing,
		"ten thousand series":                     testMany,
		"partitions append at the same time":      testConcurrent,
		"a reopened store has everything":         testReopen,
		"errors come as errors":                   testErrors,
		"a query sees one state while others add": testQueryWhileAppending,
	} {
		t.Run(name, func(t *testing.T) {
			f := &fixture{open: place(t), traits: traits, start: time.Now().Add(-30 * time.Minute).Truncate(time.Second)}
			f.Store = f.open()
			t.Cleanup(func() { f.Close() })
			test(t, f)
		})
	}
}

type fixture struct {
	history.Store
	open   func() history.Store
	traits history.Traits
	start  time.Time
}

// at returns a sample some seconds after the start.
func (f *fixture) at(seconds int, v float64) telemetry.Sample {
	return telemetry.Sample{TimeMillis: f.start.Add(time.Duration(seconds) * time.Second).UnixMilli(), Value: v}
}

func (f *fixture) append(t *testing.T, want history.Appended, b *telemetry.Batch) {
	t.Helper()
	got, err := f.Append(t.Context(), b)
	if err != nil {
		t.Fatalf("append: %v", err)
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(got, "Said")); diff != "" {
		t.Fatalf("appended (-want +got):\n%s", diff)
	}
}

func (f *fixture) read(t *testing.T, metric string) map[string][]Point {
	t.Helper()
	return Read(t, f, f.start.Add(-48*time.Hour), f.start.Add(48*time.Hour), metric)
}

// expect compares what is read with what is wanted, where it is delayed until it is the same.
func (f *fixture) expect(t *testing.T, metric string, want map[string][]Point) {
	t.Helper()
	diff := ""
	f.until(func() bool {
		diff = cmp.Diff(want, f.read(t, metric), f.values())
		return diff == ""
	})
	if diff != "" {
		t.Errorf("samples of %s (-want +got):\n%s", metric, diff)
	}
}

// count waits for a number of series and samples, if they may be delayed.
func (f *fixture) count(t *testing.T, metric string, series, samples int) map[string][]Point {
	t.Helper()
	var got map[string][]Point
	f.until(func() bool {
		got = f.read(t, metric)
		return len(got) == series && Count(got) == samples
	})
	if len(got) != series || Count(got) != samples {
		t.Fatalf("%d samples of %d series, want %d of %d", Count(got), len(got), samples, series)
	}
	return got
}

// until tries once, or for as long as what was appended may take to be seen.
func (f *fixture) until(done func() bool) {
	deadline := time.After(15 * time.Second)
	for !done() && f.traits.Delayed {
		select {
		case <-deadline:
			return
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// values compares points: bit by bit, or as far as decimal digits go.
func (f *fixture) values() cmp.Option {
	return cmp.Comparer(func(a, b Point) bool {
		x, y := math.Float64frombits(a.Bits), math.Float64frombits(b.Bits)
		near := f.traits.Decimal && (x == y || math.Abs(x-y) <= 1e-12*math.Abs(x) || math.Abs(x-y) < 1e-300)
		return a.TimeMillis == b.TimeMillis && (a.Bits == b.Bits || near)
	})
}

func testValues(t *testing.T, f *fixture) {
	samples := []telemetry.Sample{
		f.at(0, 0), f.at(1, math.Copysign(0, -1)), f.at(2, math.MaxFloat64), f.at(3, math.SmallestNonzeroFloat64),
		f.at(4, math.Inf(1)), f.at(5, math.Inf(-1)), f.at(6, math.NaN()), f.at(7, 1.0/3),
	}
	if !f.traits.Decimal {
		f.append(t, history.Appended{Stored: len(samples)}, One(Series("v", "host", "a"), samples...))
		f.expect(t, "v", map[string][]Point{`{__name__="v", host="a"}`: Points(samples...)})
		return
	}
	var b telemetry.Batch
	want := map[string][]Point{}
	for i, smp := range samples { // each in a series of its own, since digits are shared
		host := strconv.Itoa(i)
		b.Series = append(b.Series, telemetry.TimeSeries{Series: Series("v", "host", host), Samples: samples[i : i+1]})
		if !f.traits.NoNaN || !math.IsNaN(smp.Value) {
			want[fmt.Sprintf(`{__name__="v", host="%s"}`, host)] = Points(smp)
		}
	}
	f.append(t, history.Appended{Stored: len(samples)}, &b)
	f.expect(t, "v", want)
}

func testStale(t *testing.T, f *fixture) {
	marker := math.Float64frombits(value.StaleNaN)
	odd := math.Float64frombits(value.StaleNaN | 1<<51) // what arithmetic makes of a marker: an ordinary NaN
	f.append(t, history.Appended{Stored: 4}, One(Series("v"), f.at(0, 1), f.at(1, odd), f.at(2, marker), f.at(3, 2)))
	if !f.traits.NoStale {
		f.expect(t, "v", map[string][]Point{`{__name__="v"}`: Points(f.at(0, 1), f.at(1, math.NaN()), f.at(2, marker), f.at(3, 2))})
		return
	}
	f.until(func() bool { return Count(f.read(t, "v")) >= 2 })
	finite := slices.DeleteFunc(f.read(t, "v")[`{__name__="v"}`], func(p Point) bool { return math.IsNaN(math.Float64frombits(p.Bits)) })
	if diff := cmp.Diff(Points(f.at(0, 1), f.at(3, 2)), finite); diff != "" {
		t.Errorf("beside NaN (-want +got):\n%s", diff)
	}
}

func testRepeats(t *testing.T, f *fixture) {
	fleet := Fleet("v", 50)
	var b telemetry.Batch
	for round := range 3 {
		for first := 0; first < 100; first += 10 {
			Fill(&b, fleet, f.start, time.Second, first, 10)
			f.append(t, history.Appended{Stored: 500}, &b)
		}
		for name, points := range f.count(t, "v", 50, 5000) {
			for k, p := range points {
				if want := Points(f.at(k, float64(k)))[0]; p != want {
					t.Fatalf("round %d: %s at %d: %v, want %v", round, name, k, p, want)
				}
			}
		}
	}
}

func testConflict(t *testing.T, f *fixture) {
	s := Series("v")
	f.append(t, history.Appended{Stored: 2}, One(s, f.at(0, 1), f.at(1, 2)))
	second, stays := history.Appended{Stored: 1, Conflicts: 1}, 2.0
	if f.traits.LastStays || f.traits.AnyStays {
		second = history.Appended{Stored: 2}
	}
	if f.traits.LastStays {
		stays = 3
	}
	f.append(t, second, One(s, f.at(1, 3), f.at(2, 4)))
	f.append(t, history.Appended{Stored: 1, Conflicts: 1}, One(s, f.at(3, 5), f.at(3, 6)))
	if f.traits.AnyStays {
		got := f.count(t, "v", 1, 4)[`{__name__="v"}`][1]
		if either := Points(f.at(1, 2), f.at(1, 3)); !slices.Contains(either, got) {
			t.Errorf("of two values %v is left", got)
		}
		return
	}
	f.expect(t, "v", map[string][]Point{`{__name__="v"}`: Points(f.at(0, 1), f.at(1, stays), f.at(2, 4), f.at(3, 5))})
}

func testLate(t *testing.T, f *fixture) {
	s, window := Series("v"), int(Window/time.Second)
	f.append(t, history.Appended{Stored: 1}, One(s, f.at(0, 1)))
	f.append(t, history.Appended{Stored: 1}, One(s, f.at(-60, 2)))
	f.append(t, history.Appended{Stored: 1}, One(s, f.at(-window, 3)))
	late, want := history.Appended{TooOld: 1, Stored: 1}, Points(f.at(-window, 3), f.at(-60, 2), f.at(0, 1), f.at(1, 5))
	if f.traits.NoWindow {
		late, want = history.Appended{Stored: 2}, append(Points(f.at(-window-1, 4)), want...)
	}
	f.append(t, late, One(s, f.at(-window-1, 4), f.at(1, 5)))
	f.append(t, history.Appended{TooOld: 1}, One(s, telemetry.Sample{TimeMillis: math.MinInt64}))
	f.append(t, history.Appended{Stored: 1}, One(Series("v", "new", "yes"), f.at(-window+10, 6)))
	f.expect(t, "v", map[string][]Point{
		`{__name__="v"}`:            want,
		`{__name__="v", new="yes"}`: Points(f.at(-window+10, 6)),
	})
}

func testAhead(t *testing.T, f *fixture) {
	good, wrong := Series("v", "clock", "right"), Series("v", "clock", "wrong")
	b := &telemetry.Batch{Series: []telemetry.TimeSeries{
		{Series: wrong, Samples: []telemetry.Sample{f.at(0, 1), f.at(5*3600, 2), {TimeMillis: math.MaxInt64}}},
		{Series: good, Samples: []telemetry.Sample{f.at(0, 1)}},
	}}
	f.append(t, history.Appended{Stored: 2, Ahead: 2}, b)
	f.append(t, history.Appended{Stored: 1}, One(good, f.at(1, 2)))
	f.expect(t, "v", map[string][]Point{
		`{__name__="v", clock="right"}`: Points(f.at(0, 1), f.at(1, 2)),
		`{__name__="v", clock="wrong"}`: Points(f.at(0, 1)),
	})
}

func testInvalid(t *testing.T, f *fixture) {
	odd := func(ls ...telemetry.Label) telemetry.TimeSeries {
		return telemetry.TimeSeries{Series: telemetry.NewSeries(ls), Samples: []telemetry.Sample{f.at(0, 1), f.at(1, 1)}}
	}
	b := &telemetry.Batch{Series: []telemetry.TimeSeries{
		odd(),
		odd(telemetry.Label{Name: "__name__", Value: "v"}, telemetry.Label{Name: "a", Value: "1"}, telemetry.Label{Name: "a", Value: "2"}),
		odd(telemetry.Label{Name: "__name__", Value: "v\xff"}),
		odd(telemetry.Label{Name: "__name__", Value: "v"}, telemetry.Label{Name: "\xff", Value: "1"}),
		{Series: Series("v"), Samples: []telemetry.Sample{f.at(0, 1)}},
		{Series: Series("empty")},
	}}
	f.append(t, history.Appended{Stored: 1, Invalid: 8}, b)
	f.expect(t, ".*", map[string][]Point{`{__name__="v"}`: Points(f.at(0, 1))})
}

func testMany(t *testing.T, f *fixture) {
	var b telemetry.Batch
	Fill(&b, Fleet("v", 10_000), f.start, time.Second, 0, 3)
	f.append(t, history.Appended{Stored: 30_000}, &b)
	f.count(t, "v", 10_000, 30_000)
}

func testConcurrent(t *testing.T, f *fixture) {
	var g errgroup.Group
	for partition := range 4 {
		g.Go(func() error {
			fleet := Fleet(fmt.Sprintf("v%d", partition), 20)
			var b telemetry.Batch
			for first := 0; first < 200; first += 20 {
				Fill(&b, fleet, f.start, time.Second, first, 20)
				if n, err := f.Append(t.Context(), &b); err != nil || n.Refused() > 0 {
					return fmt.Errorf("append: %+v, %w", n, err)
				}
				if err := f.Sync(); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	f.count(t, "v[0-9]", 80, 16_000)
}

func testReopen(t *testing.T, f *fixture) {
	s := Series("v")
	f.append(t, history.Appended{Stored: 2}, One(s, f.at(5, 5), f.at(6, 6)))
	f.append(t, history.Appended{Stored: 1}, One(s, f.at(1, 1))) // late
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	f.Store = f.open()
	f.append(t, history.Appended{Stored: 2}, One(s, f.at(6, 6), f.at(7, 7)))
	f.expect(t, "v", map[string][]Point{`{__name__="v"}`: Points(f.at(1, 1), f.at(5, 5), f.at(6, 6), f.at(7, 7))})
}

func testErrors(t *testing.T, f *fixture) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := f.Append(ctx, One(Series("v"), f.at(0, 1))); !errors.Is(err, context.Canceled) {
		t.Errorf("append under a cancelled context: %v", err)
	}
	f.append(t, history.Appended{}, &telemetry.Batch{})
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Errorf("close again: %v", err)
	}
	if _, err := f.Append(t.Context(), One(Series("v"), f.at(0, 1))); err == nil {
		t.Error("append to a closed store: no error")
	}
	if _, err := f.Querier(0, 1); err == nil {
		t.Error("query of a closed store: no error")
	}
	if err := f.Sync(); err == nil {
		t.Error("sync of a closed store: no error")
	}
}

func testQueryWhileAppending(t *testing.T, f *fixture) {
	fleet := Fleet("v", 10)
	var b telemetry.Batch
	Fill(&b, fleet, f.start, time.Second, 0, 1)
	f.append(t, history.Appended{Stored: 10}, &b)
	q, err := f.Querier(f.start.UnixMilli(), f.start.Add(time.Minute).UnixMilli())
	if err != nil {
		t.Fatal(err)
	}
	Fill(&b, fleet, f.start, time.Second, 1, 10)
	f.append(t, history.Appended{Stored: 100}, &b) // an open querier holds up nobody
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
	f.count(t, "v", 10, 110)
}
