// Package window keeps the newest samples of some series and answers PromQL from them.
//
// A [Window] keeps of each series that one of its interests selects as many samples as those look back. For the engine it is a
// store like any other ([storage.Queryable]), so that what is evaluated over it means what it means in Prometheus, to the last
// detail of staleness, counter resets and extrapolation. Its state is a function of what it was given: it reads no clock, and equal
// states have equal bytes.
package window

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/forewarn/forewarn/shared/history"
	"github.com/forewarn/forewarn/shared/memo"
	"github.com/forewarn/forewarn/shared/telemetry"
)

// Interest is a selector and how far back it looks.
type Interest struct {
	// Metric is the metric's name, "" for those that the matchers select.
	Metric   string
	Matchers []*labels.Matcher
	Reach    time.Duration
}

// Window keeps samples. It is not safe for concurrent use, but for the queries of one goroutine.
type Window struct {
	interests map[string][]Interest // by metric; "" for those that name none
	max       int
	kept      map[uint64]*series
	// bound remembers what is kept of a series, nil for nothing. It is no state: labels rebuild it.
	bound *memo.Cache[*series]
	names map[string][]*series // by metric, each in the order of the labels
	held  int                  // samples that are kept
	stats Stats
}

// Stats counts what a window has done since it was made.
type Stats struct {
	// Samples were kept; the others are those of them that came too late (not newer than the newest), were ahead of the
	// time, or for whose series there was no room.
	Samples, Late, Ahead, Refused uint64
}

// series is what is kept of one.
type series struct {
	*telemetry.Series
	labels  labels.Labels
	reach   int64 // ms
	samples []telemetry.Sample
}

const (
	// maxBound bounds the series of which is remembered what is kept of them.
	maxBound = 200_000
	// maxAhead is how far a sample may be ahead of the time.
	maxAhead = 10 * time.Minute
)

// perSeries is how many samples a series may have on average for further ones to be let in.
const perSeries = 200

// New returns an empty window of at most so many series. No further ones are let in, either, while there are 200 times as many samples, as of
// series that send every second and are looked back at for an hour.
func New(most int, interests []Interest) *Window {
	w := &Window{interests: map[string][]Interest{}, max: most}
	w.reset()
	for _, i := range interests {
		w.interests[i.Metric] = append(w.interests[i.Metric], i)
	}
	return w
}

func (w *Window) reset() {
	w.kept, w.bound, w.names, w.held = map[uint64]*series{}, memo.New[*series](maxBound), map[string][]*series{}, 0
}

func (w *Window) full() bool { return len(w.kept) >= w.max || w.held/perSeries >= w.max }

// Stats returns the counters.
func (w *Window) Stats() Stats { return w.stats }

// Len returns how many series are kept.
func (w *Window) Len() int { return len(w.kept) }

// Has reports whether there are series of a metric.
func (w *Window) Has(metric string) bool { return len(w.names[metric]) > 0 }

// Observe takes the samples of a batch that came at a time. The batch is not kept.
func (w *Window) Observe(now time.Time, b *telemetry.Batch) {
	latest := now.Add(maxAhead).UnixMilli()
	for i := range b.Series {
		ts := &b.Series[i]
		s, known := w.bound.Get(ts.Fingerprint)
		if !known {
			s = w.bind(ts.Series)
		}
		if s != nil {
			w.take(s, ts.Samples, latest)
		}
	}
}

func (w *Window) take(s *series, samples []telemetry.Sample, latest int64) {
	newest := int64(math.MinInt64)
	if n := len(s.samples); n > 0 {
		newest = s.samples[n-1].TimeMillis
	}
	for _, x := range samples {
		switch {
		case x.TimeMillis <= newest:
			w.stats.Late++
		case x.TimeMillis > latest:
			w.stats.Ahead++
		default:
			s.samples, newest = append(s.samples, x), x.TimeMillis
			w.stats.Samples++
			w.held++
		}
	}
}

// bind returns what is kept of a series from now on, nil for nothing.
func (w *Window) bind(t *telemetry.Series) *series {
	s := w.kept[t.Fingerprint]
	if s == nil {
		if s = w.wanted(t); s != nil && w.full() {
			w.stats.Refused++
			return nil // it is let in as soon as there is room
		}
		if s != nil {
			w.keep(s)
		}
	}
	w.bound.Put(t.Fingerprint, s)
	return s
}

// Knows reports whether it is known what is kept of a series.
func (w *Window) Knows(fingerprint uint64) bool {
	_, ok := w.bound.Get(fingerprint)
	return ok
}

// Wants reports whether an interest selects series with these labels. Of others samples need not be brought.
func (w *Window) Wants(ls telemetry.Labels) bool {
	return w.wanted(&telemetry.Series{Labels: ls}) != nil
}

// wanted returns what is to be kept of a series, without samples, nil for nothing.
func (w *Window) wanted(t *telemetry.Series) *series {
	var s *series
	for _, list := range [...][]Interest{w.interests[t.Labels.Get(telemetry.MetricName)], w.interests[""]} {
		for _, i := range list {
			if !match(i.Matchers, t.Labels.Get) {
				continue
			}
			if s == nil {
				s = &series{Series: t, labels: history.Labels(t.Labels)}
			}
			s.reach = max(s.reach, i.Reach.Milliseconds())
		}
	}
	return s
}

func match(ms []*labels.Matcher, get func(string) string) bool {
	for _, m := range ms {
		if !m.Matches(get(m.Name)) {
			return false
		}
	}
	return true
}

func (w *Window) keep(s *series) {
	w.kept[s.Fingerprint] = s
	name := s.Labels.Get(telemetry.MetricName)
	at, _ := slices.BinarySearchFunc(w.names[name], s, order)
	w.names[name] = slices.Insert(w.names[name], at, s)
}

func order(a, b *series) int {
	return cmp.Or(labels.Compare(a.labels, b.labels), cmp.Compare(a.Fingerprint, b.Fingerprint))
}

// Forget lets go of the samples that no evaluation from a time on looks at, and of series without any.
func (w *Window) Forget(from time.Time) {
	for name, list := range w.names {
		left := slices.DeleteFunc(list, func(s *series) bool {
			oldest := from.UnixMilli() - s.reach
			at, _ := slices.BinarySearchFunc(s.samples, oldest, func(x telemetry.Sample, t int64) int { return cmp.Compare(x.TimeMillis, t) })
			s.samples = s.samples[:copy(s.samples, s.samples[at:])]
			w.held -= at
			if len(s.samples) > 0 {
				return false
			}
			delete(w.kept, s.Fingerprint)
			w.bound.Drop(s.Fingerprint)
			return true
		})
		if w.names[name] = left; len(left) == 0 {
			delete(w.names, name)
		}
	}
}
