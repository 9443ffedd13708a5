package edge_test

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/forewarn/forewarn/services/collector/internal/edge"
	"github.com/forewarn/forewarn/services/collector/internal/edgetest"
	"github.com/forewarn/forewarn/shared/bustest"
	"github.com/forewarn/forewarn/shared/telemetry"
)

// put learns a series by its notation as key, if need be, and puts a sample.
func put(t testing.TB, s *edge.Source, series string, timeMillis *int64, v float64) {
	t.Helper()
	ref, known := s.Lookup([]byte(series))
	if !known {
		ls, err := telemetry.ParseSeries(series)
		if err != nil {
			t.Fatal(err)
		}
		ref = s.Learn([]byte(series), ls)
	}
	if ref != nil {
		s.Put(ref, timeMillis, v)
	}
}

func end(t testing.TB, s *edge.Source) edge.Round {
	t.Helper()
	r, err := s.End(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestPutReachesTheBus(t *testing.T) {
	r := edgetest.New(t)
	s := r.Edge.Source("test")
	now := time.UnixMilli(1_700_000_000_000)
	past, nan := now.UnixMilli()-3*3600_000, math.NaN()
	s.Begin(now)
	put(t, s, `a{host="h1"}`, nil, 1)
	put(t, s, `b{host="h1"}`, &past, math.Inf(1))
	put(t, s, `c{host="h1"}`, nil, nan)
	if got := end(t, s); got.Samples != 3 {
		t.Fatalf("round = %+v, want 3 samples", got)
	}
	bustest.Until(t, 20*time.Second, "three samples", func() bool { return len(r.Reader.Samples()) == 3 })
	want := r.Bus.PartitionOf("host:h1")
	for _, got := range r.Reader.Samples() {
		if got.Partition != want {
			t.Errorf("%s is in partition %d, want that of host:h1, %d", got.Series, got.Partition, want)
		}
		switch got.Labels.Get(telemetry.MetricName) {
		case "a":
			if got.Value != 1 || got.TimeMillis != now.UnixMilli() {
				t.Errorf("a = %v at %d, want 1 at the round's time", got.Value, got.TimeMillis)
			}
		case "b":
			if !math.IsInf(got.Value, 1) || got.TimeMillis != past {
				t.Errorf("b = %v at %d, want +Inf at its own, late time", got.Value, got.TimeMillis)
			}
		case "c":
			if !math.IsNaN(got.Value) {
				t.Errorf("c = %v, want NaN", got.Value)
			}
		}
	}
}

func TestRefusals(t *testing.T) {
	r := edgetest.New(t, func(l *edge.Limits) { l.Samples = 4; l.Labels = 4; l.NameBytes = 20; l.ValueBytes = 40 })
	s := r.Edge.Source("test")
	now := time.Now()
	ahead, within := now.Add(11*time.Minute).UnixMilli(), now.Add(9*time.Minute).UnixMilli()
	epoch, late := int64(1000), now.Add(-41*24*time.Hour).UnixMilli()
	s.Begin(now)
	put(t, s, `ancient`, &epoch, 1)                             // too far behind
	put(t, s, `a{x="1"}`, &late, 1)                             // not too far
	put(t, s, `a{x="1"}`, nil, 2)                               // duplicate by key
	put(t, s, `a{ x="1" }`, nil, 3)                             // duplicate by labels
	put(t, s, `future`, &ahead, 1)                              // too far ahead
	put(t, s, `soon`, &within, 1)                               // not too far
	put(t, s, `many{a="1",b="1",c="1",d="1"}`, nil, 1)          // 5 labels
	put(t, s, `name_that_is_really_too_long`, nil, 1)           // name
	put(t, s, `n{label_that_is_really_too_long="1"}`, nil, 1)   // label name
	put(t, s, `cut{v="`+strings.Repeat("界", 100)+`1"}`, nil, 1) // value
	put(t, s, `cut{v="`+strings.Repeat("界", 100)+`2"}`, nil, 1) // another, cut alike
	put(t, s, `one_too_many`, nil, 1)                           // sample limit
	got := end(t, s)
	want := edge.Round{Samples: 4, Duplicates: 2, Future: 1, Past: 1, Malformed: 3, OverSamples: 1, Newest: within}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("round (-want +got):\n%s", diff)
	}
	counters := r.Counters(t)
	for name, want := range map[string]float64{
		"samples_total": 4, "label_values_cut_total": 2, "samples_refused_total{duplicate}": 2, "samples_refused_total{future}": 1, "samples_refused_total{past}": 1,
		"samples_refused_total{labels}": 3, "samples_refused_total{sample_limit}": 1,
	} {
		if counters[name] != want {
			t.Errorf("%s = %v, want %v", name, counters[name], want)
		}
	}
	bustest.Until(t, 20*time.Second, "four samples", func() bool { return len(r.Reader.Samples()) == 4 })
	cut := r.Reader.Named("cut")
	if len(cut) != 2 || cut[0].Series == cut[1].Series {
		t.Fatalf("cut series = %v, want two distinct ones", cut)
	}
	for _, c := range cut {
		if v := c.Labels.Get("v"); len(v) > 40 || !strings.HasPrefix(v, "界界界界界界界~") {
			t.Errorf("cut value = %q, want at most 40 bytes, whole characters, and a hash", v)
		}
	}
}

// A series that readers refuse costs its batch: all that the source shows. It must not get that far.
func TestWhatReadersRefuseIsNotPublished(t *testing.T) {
	r := edgetest.New(t)
	s := r.Edge.Source("test")
	large := []telemetry.Label{{Name: telemetry.MetricName, Value: "large"}}
	for i := range 40 {
		large = append(large, telemetry.Label{Name: fmt.Sprint("l", i), Value: strings.Repeat("x", 2048)})
	}
	s.Begin(time.Now())
	put(t, s, "good", nil, 1)
	for name, ls := range map[string][]telemetry.Label{
		"large": large, "unnamed": {{Name: telemetry.MetricName, Value: "unnamed"}, {Value: "x"}},
	} {
		if ref := s.Learn([]byte(name), telemetry.NewLabels(ls...)); ref != nil {
			t.Errorf("%s is taken", name)
		}
		if ref := s.LearnOwn([]byte(name), telemetry.NewLabels(ls...)); ref != nil {
			t.Errorf("%s of its own is taken", name)
		}
	}
	if got := end(t, s); got.Samples != 1 || got.Malformed != 2 {
		t.Errorf("round = %+v, want one sample and two malformed", got)
	}
	bustest.Until(t, 20*time.Second, "the good one", func() bool { return len(r.Reader.Named("good")) == 1 })
}

func TestSeriesLimitIsSaidOnceAndEnds(t *testing.T) {
	r := edgetest.New(t, func(l *edge.Limits) { l.Series = 100 })
	s := r.Edge.Source("shop")
	round := func(n int) edge.Round {
		s.Begin(time.Now())
		put(t, s, "fine", nil, 1)
		for i := range n {
			put(t, s, fmt.Sprintf(`orders{user="%d"}`, i), nil, 1)
		}
		return end(t, s)
	}
	for range 3 {
		got := round(1000)
		if got.Samples != 100 || got.OverSeries != 901 {
			t.Fatalf("round = %+v, want 100 samples and 901 over the series limit", got)
		}
		if !strings.Contains(got.Limit, "orders (1000)") || !strings.Contains(got.Limit, "metric_relabel") {
			t.Fatalf("limit = %q, want the metric at fault and the remedy", got.Limit)
		}
	}
	if n := r.Logs.FilterMessage("source exceeds its series limit").Len(); n != 1 {
		t.Errorf("said %d times, want once", n)
	}
	if got := r.Counters(t)["sources_limited"]; got != 1 {
		t.Errorf("sources_limited = %v, want 1", got)
	}
	if got := round(5); got.Limit != "" || got.Samples != 6 {
		t.Errorf("round = %+v, want within the limit again", got)
	}
	if got := r.Counters(t); got["sources_limited"] != 0 {
		t.Errorf("sources_limited = %v, want 0", got["sources_limited"])
	}
	for range 3 {
		round(5) // the others are forgotten
	}
	if got := r.Counters(t)["series"]; got != 6 {
		t.Errorf("series = %v, want 6 after those unseen were forgotten", got)
	}
}

// A source whose label never repeats may start, but not go on, and what it has always shown does.
func TestNewSeriesAreBudgeted(t *testing.T) {
	r := edgetest.New(t, func(l *edge.Limits) { l.Series = 100; l.NewSeries = 60 })
	s := r.Edge.Source("shop")
	now, next := time.UnixMilli(1_700_000_000_000), 0
	round := func(n int) edge.Round {
		now = now.Add(time.Minute) // gains one new series
		s.Begin(now)
		for i := range 20 {
			put(t, s, fmt.Sprintf(`stable{i="%d"}`, i), nil, 1)
		}
		for range n {
			next++
			put(t, s, fmt.Sprintf(`orders{request_id="%d"}`, next), nil, 1)
		}
		return end(t, s)
	}
	for next < 180 { // and the 20 that stay: twice limits.series
		if got := round(20); got.OverNew != 0 || got.Limit != "" {
			t.Fatalf("round = %+v, want the first 200 new series let through", got)
		}
	}
	var got edge.Round
	refused := 0
	for range 60 {
		got = round(20)
		refused += got.OverNew
	}
	if most := 60*20 - 60 - 10; refused < most || refused > 60*20-60 {
		t.Errorf("%d of 1200 refused in an hour, want all but 60 and what was saved before", refused)
	}
	if got.Samples != 21 || got.Dropped() != 19 {
		t.Errorf("round = %+v, want the 20 stable series, a new one, and 19 refused", got)
	}
	if !strings.Contains(got.Limit, "orders (20)") || !strings.Contains(got.Limit, "limits.new_series") {
		t.Errorf("limit = %q, want the metric at fault and the remedy", got.Limit)
	}
	said := func(message string) int { return r.Logs.FilterMessage(message).Len() }
	if n := said("source exceeds its limit of new series"); n != 1 {
		t.Errorf("said %d times, want once", n)
	}
	if c := r.Counters(t); c["samples_refused_total{new_series_limit}"] != float64(refused) || c["sources_limited"] != 1 {
		t.Errorf("counters = %v, want %d refused and 1 source limited", c, refused)
	}
	for range 8 {
		if got = round(0); got.Limit == "" {
			t.Error("it is said to be over before ten minutes' worth was saved")
		}
	}
	for range 3 {
		got = round(0)
	}
	if n := said("source is within its limit of new series again"); n != 1 || got.Limit != "" {
		t.Errorf("the end said %d times, want once; limit = %q", n, got.Limit)
	}
	if c := r.Counters(t); c["sources_limited"] != 0 {
		t.Errorf("sources_limited = %v, want 0", c["sources_limited"])
	}
}

// A target that was away or that changes its labels to and fro brings nothing new.
func TestReturningSeriesAreNotNew(t *testing.T) {
	r := edgetest.New(t, func(l *edge.Limits) { l.Series = 100; l.NewSeries = 1 })
	s := r.Edge.Source("shop")
	now := time.UnixMilli(1_700_000_000_000)
	round := func(n int) edge.Round {
		s.Begin(now)
		for i := range n {
			put(t, s, fmt.Sprintf(`stable{i="%d"}`, i), nil, 1)
		}
		return end(t, s)
	}
	for i := range 10 {
		if got := round(90); got.Samples != 90 || got.OverNew != 0 {
			t.Fatalf("time %d: round = %+v, want all 90 series", i, got)
		}
		if i%2 == 0 {
			s.Forget()
			continue
		}
		for range 5 {
			round(0)
		}
		if got := r.Counters(t)["series"]; got != 0 {
			t.Fatalf("series = %v, want 0: nothing was tested", got)
		}
	}
}

func TestIgnoredAndForgotten(t *testing.T) {
	r := edgetest.New(t)
	s := r.Edge.Source("test")
	s.Begin(time.Now())
	s.Ignore([]byte("noise"))
	if ref, known := s.Lookup([]byte("noise")); ref != nil || !known {
		t.Errorf("Lookup = %v, %v, want a known series that is not wanted", ref, known)
	}
	put(t, s, "a", nil, 1)
	end(t, s)
	s.Forget()
	if _, known := s.Lookup([]byte("a")); known {
		t.Error("a is still known after Forget")
	}
	if got := r.Counters(t)["series"]; got != 0 {
		t.Errorf("series = %v, want 0", got)
	}
}

func TestBatchesAreBounded(t *testing.T) {
	r := edgetest.New(t)
	s := r.Edge.Source("test")
	s.Begin(time.Now())
	for i := range 4500 {
		put(t, s, fmt.Sprintf(`small{i="%d",host="h"}`, i), nil, 1)
	}
	for i := range 600 {
		put(t, s, fmt.Sprintf(`large{i="%d",v="%s%d",host="h"}`, i, strings.Repeat("v", 1900), i), nil, 1)
	}
	end(t, s)
	bustest.Until(t, 20*time.Second, "all samples", func() bool { return len(r.Reader.Samples()) == 5100 })
	samples, bytes := r.Reader.Largest()
	if samples > 2000 || bytes > 512<<10 || bytes < 256<<10 {
		t.Errorf("largest batch has %d samples, largest message %d bytes; want at most 2000 and 512 KiB, and well filled", samples, bytes)
	}
}

func TestEndReportsWhatCannotBePublished(t *testing.T) {
	r := edgetest.New(t)
	if err := r.Edge.Publisher.Close(); err != nil {
		t.Fatal(err)
	}
	s := r.Edge.Source("test")
	s.Begin(time.Now())
	put(t, s, "a", nil, 1)
	if _, err := s.End(context.Background()); err == nil {
		t.Error("End says nothing of a batch that could not be published")
	}
	if got := r.Counters(t)["samples_lost_total"]; got != 1 {
		t.Errorf("samples_lost_total = %v, want 1", got)
	}
}

func TestSteadyRoundsAllocateLittle(t *testing.T) {
	r := edgetest.New(t)
	s := r.Edge.Source("test")
	keys := make([][]byte, 1000)
	for i := range keys {
		keys[i] = fmt.Appendf(nil, `m{i="%d",host="h"}`, i)
	}
	round := func() {
		s.Begin(time.Now())
		for _, k := range keys {
			ref, known := s.Lookup(k)
			if !known {
				ls, _ := telemetry.ParseSeries(string(k))
				ref = s.Learn(k, ls)
			}
			s.Put(ref, nil, 1)
		}
	}
	round()
	round()
	if n := testing.AllocsPerRun(10, round); n > 0 {
		t.Errorf("a steady round allocates %v times, want 0", n)
	}
}

func TestLimitsProblems(t *testing.T) {
	if errs := edge.DefaultLimits().Problems(""); len(errs) != 0 {
		t.Errorf("defaults are invalid: %v", errs)
	}
	var zero edge.Limits
	if errs := zero.Problems("limits."); len(errs) != 9 {
		t.Errorf("%d problems, want all 9: %v", len(errs), errs)
	}
}

func BenchmarkPublish(b *testing.B) {
	r := edgetest.New(b)
	s := r.Edge.Source("bench")
	const n = 10_000
	keys := make([][]byte, n)
	for i := range keys {
		keys[i] = fmt.Appendf(nil, `node_cpu_seconds_total{cpu="%d",mode="idle",host="h",instance="h:9100",job="node"}`, i)
	}
	b.ReportAllocs()
	for b.Loop() {
		s.Begin(time.Now())
		for _, k := range keys {
			ref, known := s.Lookup(k)
			if !known {
				ls, _ := telemetry.ParseSeries(string(k))
				ref = s.Learn(k, ls)
			}
			s.Put(ref, nil, 1)
		}
		end(b, s)
	}
	b.ReportMetric(float64(n*b.N)/b.Elapsed().Seconds(), "samples/s")
}
