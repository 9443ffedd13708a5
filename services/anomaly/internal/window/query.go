package window

import (
	"context"
	"slices"
	"sort"

	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
	"github.com/prometheus/prometheus/tsdb/chunks"
	"github.com/prometheus/prometheus/util/annotations"

	"github.com/forewarn/forewarn/shared/telemetry"
)

var (
	_ storage.Queryable = (*Window)(nil)
	_ storage.SeriesSet = (*set)(nil)
	_ storage.Series    = (*span)(nil)
	_ chunks.Sample     = (*float)(nil)
)

// Querier returns what is kept from one time to another, Unix milliseconds, both included. It lives until the window changes.
func (w *Window) Querier(mint, maxt int64) (storage.Querier, error) {
	return &querier{w, mint, maxt}, nil
}

type querier struct {
	*Window
	mint, maxt int64
}

// Select returns the series that all matchers match, in the order of their labels where that is asked for.
func (q *querier) Select(_ context.Context, sorted bool, _ *storage.SelectHints, ms ...*labels.Matcher) storage.SeriesSet {
	out := &set{at: -1, mint: q.mint, maxt: q.maxt}
	for _, list := range q.lists(ms) {
		for _, s := range list {
			if match(ms, s.labels.Get) {
				out.series = append(out.series, s)
			}
		}
	}
	if sorted {
		slices.SortFunc(out.series, order)
	}
	return out
}

// lists returns where to look: in one metric if the matchers name it, else in all, in the order of their names.
func (q *querier) lists(ms []*labels.Matcher) [][]*series {
	for _, m := range ms {
		if m.Name == telemetry.MetricName && m.Type == labels.MatchEqual {
			return [][]*series{q.names[m.Value]}
		}
	}
	names := make([]string, 0, len(q.names))
	for name := range q.names {
		names = append(names, name)
	}
	slices.Sort(names)
	out := make([][]*series, len(names))
	for i, name := range names {
		out[i] = q.names[name]
	}
	return out
}

// LabelValues lists nothing: expressions do not ask.
func (*querier) LabelValues(context.Context, string, *storage.LabelHints, ...*labels.Matcher) ([]string, annotations.Annotations, error) {
	return nil, nil, nil
}

// LabelNames lists nothing: expressions do not ask.
func (*querier) LabelNames(context.Context, *storage.LabelHints, ...*labels.Matcher) ([]string, annotations.Annotations, error) {
	return nil, nil, nil
}

// Close does nothing.
func (*querier) Close() error { return nil }

// set is the series that a query selects.
type set struct {
	series     []*series
	at         int
	mint, maxt int64
}

// Next goes on to the next series.
func (s *set) Next() bool { s.at++; return s.at < len(s.series) }

// At returns the present one.
func (s *set) At() storage.Series { return &span{s.series[s.at], s.mint, s.maxt} }

// Err returns nil.
func (*set) Err() error { return nil }

// Warnings returns none.
func (*set) Warnings() annotations.Annotations { return nil }

// span is a series from one time to another.
type span struct {
	of         *series
	mint, maxt int64
}

// Labels returns the labels of the series.
func (s *span) Labels() labels.Labels { return s.of.labels }

// Iterator returns the samples within the span.
func (s *span) Iterator(reuse chunkenc.Iterator) chunkenc.Iterator {
	all := s.of.samples
	from := sort.Search(len(all), func(i int) bool { return all[i].TimeMillis >= s.mint })
	to := sort.Search(len(all), func(i int) bool { return all[i].TimeMillis > s.maxt })
	within := samples(all[min(from, to):to])
	if it, ok := reuse.(interface{ Reset(storage.Samples) }); ok {
		it.Reset(within)
		return reuse
	}
	return storage.NewListSeriesIterator(within)
}

// samples are floats for the engine, without a copy.
type samples []telemetry.Sample

// Get returns a sample.
func (s samples) Get(i int) chunks.Sample { return (*float)(&s[i]) }

// Len returns how many there are.
func (s samples) Len() int { return len(s) }

// float is a sample that is no histogram.
type float telemetry.Sample

// T returns the time in Unix milliseconds.
func (f *float) T() int64 { return f.TimeMillis }

// ST returns 0: when a series started is not known.
func (*float) ST() int64 { return 0 }

// F returns the value.
func (f *float) F() float64 { return f.Value }

// H returns nil.
func (*float) H() *histogram.Histogram { return nil }

// FH returns nil.
func (*float) FH() *histogram.FloatHistogram { return nil }

// Type tells that it is a float.
func (*float) Type() chunkenc.ValueType { return chunkenc.ValFloat }

// Copy returns a copy.
func (f *float) Copy() chunks.Sample { c := *f; return &c }
