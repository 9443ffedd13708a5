// Package seriesset holds the series of a server's answer, compressed, and gives them back as Prometheus' engine reads
// them.
//
//	b := seriesset.New(seriesset.Limits{Series: 100_000, Samples: 50_000_000}, matchers...)
//	err := b.Add(ls, samples) // as the answer is read, in any order of series
//	return b.Set(sorted)
//
// A sample takes one to three bytes where values change as those of machines do, nine at most. Of several samples for one
// time the first finite one is kept. A [Builder] is used by one goroutine.
package seriesset

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
	"github.com/prometheus/prometheus/util/annotations"

	"github.com/forewarn/forewarn/shared/telemetry"
)

// ErrTooMuch is of an answer with more than the limits allow. A narrower question may be answered.
var ErrTooMuch = errors.New("the answer is too large to hold")

// Limits bound what is held of one answer; 0 is no limit.
type Limits struct{ Series, Samples int }

// DefaultLimits hold some 150 MB at most.
func DefaultLimits() Limits { return Limits{Series: 200_000, Samples: 50_000_000} }

// perChunk is how many samples are compressed together.
const perChunk = 1024

// Builder takes an answer.
type Builder struct {
	limits   Limits
	matchers []*labels.Matcher
	series   map[uint64][]*series // by the hash of labels
	n        int
	samples  int
	last     *series
}

// series is one on its way.
type series struct {
	labels labels.Labels
	chunks []chunkenc.Chunk
	app    chunkenc.Appender
	newest int64
	// loose are samples that came behind newer ones.
	loose []telemetry.Sample
}

// New returns a builder that leaves out what any of the matchers does not match: servers are asked for what they can
// select, which may be more.
func New(limits Limits, matchers ...*labels.Matcher) *Builder {
	return &Builder{limits: limits, matchers: matchers, series: map[uint64][]*series{}}
}

// Add takes samples of a series, which need not be all of it. It returns [ErrTooMuch] beyond the limits.
func (b *Builder) Add(ls labels.Labels, samples ...telemetry.Sample) error {
	for _, m := range b.matchers {
		if !m.Matches(ls.Get(m.Name)) {
			return nil
		}
	}
	s := b.find(ls)
	if b.samples += len(samples); b.limits.Samples > 0 && b.samples > b.limits.Samples {
		return fmt.Errorf("%w: more than %d samples; ask for a shorter time or fewer series", ErrTooMuch, b.limits.Samples)
	}
	if b.limits.Series > 0 && b.n > b.limits.Series {
		return fmt.Errorf("%w: more than %d series; ask for fewer", ErrTooMuch, b.limits.Series)
	}
	for _, smp := range samples {
		if err := s.add(smp); err != nil {
			return err
		}
	}
	return nil
}

// Series returns how many series there are.
func (b *Builder) Series() int { return b.n }

// find returns the series with the labels, a new one where there is none.
func (b *Builder) find(ls labels.Labels) *series {
	if b.last != nil && labels.Equal(b.last.labels, ls) {
		return b.last
	}
	hash := ls.Hash()
	for _, s := range b.series[hash] {
		if labels.Equal(s.labels, ls) {
			b.last = s
			return s
		}
	}
	b.last = &series{labels: ls, newest: math.MinInt64}
	b.series[hash] = append(b.series[hash], b.last)
	b.n++
	return b.last
}

func (s *series) add(smp telemetry.Sample) error {
	if len(s.chunks) > 0 && smp.TimeMillis <= s.newest {
		s.loose = append(s.loose, smp)
		return nil
	}
	if s.app == nil || s.chunks[len(s.chunks)-1].NumSamples() >= perChunk {
		c := chunkenc.NewXORChunk()
		app, err := c.Appender()
		if err != nil {
			return err
		}
		s.app, s.chunks = app, append(s.chunks, c)
	}
	s.app.Append(0, smp.TimeMillis, smp.Value)
	s.newest = smp.TimeMillis
	return nil
}

// settle puts loose samples where they belong.
func (s *series) settle() error {
	if len(s.loose) == 0 {
		return nil
	}
	var all []telemetry.Sample
	var it chunkenc.Iterator
	for _, c := range s.chunks {
		for it = c.Iterator(it); it.Next() == chunkenc.ValFloat; {
			at, v := it.At()
			all = append(all, telemetry.Sample{TimeMillis: at, Value: v})
		}
		if err := it.Err(); err != nil {
			return err
		}
	}
	all = append(all, s.loose...)
	slices.SortStableFunc(all, func(a, b telemetry.Sample) int {
		return cmp.Or(cmp.Compare(a.TimeMillis, b.TimeMillis), cmp.Compare(rank(a.Value), rank(b.Value)))
	})
	all = slices.CompactFunc(all, func(a, b telemetry.Sample) bool { return a.TimeMillis == b.TimeMillis })
	*s = series{labels: s.labels, newest: math.MinInt64}
	for _, smp := range all {
		if err := s.add(smp); err != nil {
			return err
		}
	}
	return nil
}

// rank puts finite values before others of their time.
func rank(v float64) int {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return 1
	}
	return 0
}

// Set returns the series, in the order of their labels if that is asked for. The builder is not used afterwards.
func (b *Builder) Set(sorted bool, warnings annotations.Annotations) storage.SeriesSet {
	out := make([]storage.Series, 0, b.n)
	for _, same := range b.series {
		for _, s := range same {
			if err := s.settle(); err != nil {
				return storage.ErrSeriesSet(err)
			}
			out = append(out, &storage.SeriesEntry{Lset: s.labels, SampleIteratorFn: s.iterator})
		}
	}
	if sorted {
		slices.SortFunc(out, func(a, b storage.Series) int { return labels.Compare(a.Labels(), b.Labels()) })
	}
	return &list{series: out, warnings: warnings}
}

// iterator goes through the samples.
func (s *series) iterator(it chunkenc.Iterator) chunkenc.Iterator {
	switch len(s.chunks) {
	case 0:
		return chunkenc.NewNopIterator()
	case 1:
		return s.chunks[0].Iterator(it)
	}
	all := make([]chunkenc.Iterable, len(s.chunks))
	for i, c := range s.chunks {
		all[i] = c
	}
	return storage.ChainSampleIteratorFromIterables(it, all)
}

// list is a set of series in memory.
type list struct {
	series   []storage.Series
	at       storage.Series
	warnings annotations.Annotations
}

// Next goes to the next series.
func (l *list) Next() bool {
	if len(l.series) == 0 {
		return false
	}
	l.at, l.series = l.series[0], l.series[1:]
	return true
}

// At returns the series.
func (l *list) At() storage.Series { return l.at }

// Err returns nil: what is in memory can be read.
func (l *list) Err() error { return nil }

// Warnings returns what the server warned of.
func (l *list) Warnings() annotations.Annotations { return l.warnings }
