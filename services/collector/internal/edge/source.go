package edge

import (
	"context"
	"time"

	"github.com/forewarn/forewarn/shared/telemetry"
)

// keepRounds is for how many rounds a series that is not seen is kept.
const keepRounds = 3

// Ref is a series as its source knows it: checked, with its fingerprint and partition.
type Ref struct {
	series    *telemetry.Series // nil: a series that is not wanted
	partition int
	size      int    // upper bound of its bytes in a batch
	put       uint64 // the last round that had a sample of it
}

// entry is what a key of the source stands for; several keys may stand for one series.
type entry struct {
	ref  *Ref
	seen uint64
}

type point struct {
	ref        *Ref
	timeMillis int64
	value      float64
}

// Round is what happened in a round.
type Round struct {
	// Samples were accepted.
	Samples int
	// Duplicates, Future, Past and Malformed count samples refused: the series came twice, the sample's time
	// was too far ahead or behind, or its labels exceeded the limits.
	Duplicates, Future, Past, Malformed int
	// OverSeries, OverNew and OverSamples count samples refused since the source had too many series, brought
	// too many new ones, or had too many samples.
	OverSeries, OverNew, OverSamples int
	// Newest is the newest of the times that the sender gave itself, in Unix milliseconds; 0 if it gave none.
	Newest int64
	// Limit says that the source has or brings too many series, of which metrics, and what to do; "" if not.
	Limit string
}

// Dropped returns how many samples were refused for what their series is or how many there are.
func (r Round) Dropped() int { return r.Malformed + r.OverSeries + r.OverNew + r.OverSamples }

// Source is one sender's way through the edge. It is not safe for concurrent use.
type Source struct {
	edge *Edge
	name string

	keys    map[string]*entry
	ids     map[uint64]*Ref
	own     map[uint64]*Ref // by LearnOwn; what the source sends under the same labels is a duplicate
	ignored int             // keys whose series are not wanted
	points  [][]point

	round    uint64
	seen     int // keys seen in this round
	now      time.Time
	result   Round
	overflow tally  // series refused in this round since there were too many
	fresh    tally  // series that were new in this round, refused or not
	limit    string // what is said of too many series, "" if nothing
	churn    string // what is said of too many new series
	known    int    // series in the gauge
	budget   budget
}

// Source returns the way of a sender called name, which partitions series that have no other root.
func (e *Edge) Source(name string) *Source {
	return &Source{
		edge: e, name: header(name),
		keys:   map[string]*entry{},
		ids:    map[uint64]*Ref{},
		own:    map[uint64]*Ref{},
		points: make([][]point, e.Bus.Partitions()),

		overflow: tally{},
		fresh:    tally{},
	}
}

// Begin starts a round at the time now, which is that of samples that name none.
func (s *Source) Begin(now time.Time) {
	s.round++
	s.seen, s.now, s.result = 0, now, Round{}
	clear(s.overflow)
	clear(s.fresh)
	s.budget.refill(now, &s.edge.Limits)
	for _, ref := range s.own {
		ref.put = s.round
	}
	for i := range s.points {
		s.points[i] = s.points[i][:0]
	}
}

// Lookup returns the series that the source shows as key. known is false for a key to be learnt by
// [Source.Learn] or [Source.Ignore]; a nil Ref under a known key is a series that is not wanted.
func (s *Source) Lookup(key []byte) (ref *Ref, known bool) {
	e, ok := s.keys[string(key)]
	if !ok {
		return nil, false
	}
	s.mark(e)
	if e.ref.series == nil {
		return nil, true
	}
	return e.ref, true
}

func (s *Source) mark(e *entry) {
	if e.seen != s.round {
		e.seen = s.round
		s.seen++
	}
}

// Full reports whether the source may show no further series in this round. Then Learn would refuse whatever
// comes, so that its labels need not be read; [Source.Overflow] counts it.
func (s *Source) Full() bool {
	// Of new series each is looked at, since it may be one that was known, but not without end.
	return s.overfull() || s.result.OverNew >= s.edge.Limits.Series
}

func (s *Source) overfull() bool { return len(s.ids) >= s.edge.Limits.Series }

// Overflow counts a series of the metric as refused because the source is full.
func (s *Source) Overflow(metric string) {
	if s.overfull() {
		s.result.OverSeries++
		s.edge.Metrics.refused.WithLabelValues(refusedSeries).Inc()
		s.overflow.add(metric)
		return
	}
	s.result.OverNew++
	s.edge.Metrics.refused.WithLabelValues(refusedNew).Inc()
	s.fresh.add(metric)
}

// Learn remembers what key stands for and returns it, or nil if the series is refused, which is counted.
func (s *Source) Learn(key []byte, ls telemetry.Labels) *Ref {
	ls, cut, ok := s.edge.Limits.apply(ls)
	s.edge.Metrics.cutValues.Add(float64(cut))
	if !ok {
		s.result.Malformed++
		s.edge.Metrics.refused.WithLabelValues(refusedLabels).Inc()
		return nil
	}
	series := telemetry.NewSeries(ls)
	ref := s.ids[series.Fingerprint]
	if ref == nil {
		ref = s.own[series.Fingerprint]
	}
	if ref == nil {
		if ref = s.enlist(series); ref == nil {
			return nil
		}
	}
	s.remember(key, ref)
	return ref
}

// enlist makes a series one of the source's, or returns nil if it may have no more.
func (s *Source) enlist(series *telemetry.Series) *Ref {
	metric := series.Labels.Get(telemetry.MetricName)
	if s.overfull() || !s.budget.admit(series.Fingerprint) {
		s.Overflow(metric)
		return nil
	}
	s.fresh.add(metric)
	series.Labels = compact(series.Labels)
	ref := &Ref{series: series, partition: s.edge.partition(series.Labels, s.name), size: sizeOf(series.Labels)}
	s.ids[series.Fingerprint] = ref
	return ref
}

// LearnOwn is Learn for series about the source itself, which come however many the source may have. It is nil
// only if no reader would take the series.
func (s *Source) LearnOwn(key []byte, ls telemetry.Labels) *Ref {
	limits := s.edge.Limits
	limits.Labels = telemetry.MaxLabels
	ls, _, ok := limits.apply(ls)
	if !ok {
		s.edge.Metrics.refused.WithLabelValues(refusedLabels).Inc()
		return nil
	}
	series := telemetry.NewSeries(ls)
	ref := &Ref{series: series, partition: s.edge.partition(ls, s.name), size: sizeOf(ls)}
	s.own[series.Fingerprint] = ref
	s.remember(key, ref)
	return ref
}

// PutOwn adds a sample of a series about the source itself, at the time of the round.
func (s *Source) PutOwn(ref *Ref, value float64) {
	s.points[ref.partition] = append(s.points[ref.partition], point{ref, s.now.UnixMilli(), value})
}

// Ignore remembers that the series behind key is not wanted.
func (s *Source) Ignore(key []byte) {
	if s.ignored < s.edge.Limits.Series {
		s.ignored++
		s.remember(key, &Ref{})
	}
}

// remember keeps no more keys than series may have; what has more costs time, not memory.
func (s *Source) remember(key []byte, ref *Ref) {
	if len(s.keys) < 2*s.edge.Limits.Series {
		e := &entry{ref: ref}
		s.keys[string(key)] = e
		s.mark(e)
	}
}

// Put adds a sample to the round, at the time of the round if timeMillis is nil.
func (s *Source) Put(ref *Ref, timeMillis *int64, value float64) {
	t := s.now.UnixMilli()
	limits := &s.edge.Limits
	switch {
	case ref.put == s.round:
		s.result.Duplicates++
		s.edge.Metrics.refused.WithLabelValues(refusedDuplicate).Inc()
		return
	case timeMillis != nil && *timeMillis > t+limits.Ahead.Milliseconds():
		s.result.Future++
		s.edge.Metrics.refused.WithLabelValues(refusedFuture).Inc()
		return
	case timeMillis != nil && *timeMillis < t-limits.Behind.Milliseconds():
		s.result.Past++
		s.edge.Metrics.refused.WithLabelValues(refusedPast).Inc()
		return
	case s.result.Samples >= limits.Samples:
		s.result.OverSamples++
		s.edge.Metrics.refused.WithLabelValues(refusedSamples).Inc()
		return
	case timeMillis != nil:
		t = *timeMillis
		s.result.Newest = max(s.result.Newest, t)
	}
	ref.put = s.round
	s.result.Samples++
	s.points[ref.partition] = append(s.points[ref.partition], point{ref, t, value})
}

// Seen returns what has happened so far in this round.
func (s *Source) Seen() Round { return s.result }

// End publishes the round, waiting for the bus or the spool for at most 8 s, and 2 s after the end of ctx or
// [Edge.Drain], and forgets series that have not been seen for a while. The error is that of the first batch
// which could not be published; the samples of such batches are lost, and counted.
func (s *Source) End(ctx context.Context) (Round, error) {
	ctx, cancel := s.edge.outlive(ctx)
	defer cancel()
	var first error
	for p, points := range s.points {
		if err := s.edge.publish(ctx, p, s.name, points); err != nil && first == nil {
			first = err
		}
	}
	s.judge()
	s.evict()
	s.result.Limit = s.trouble()
	return s.result, first
}

// Forget drops all that is known of the source's series, for when their labels change.
func (s *Source) Forget() {
	s.edge.Metrics.series.Sub(float64(s.known))
	s.known = 0
	for id := range s.ids {
		s.budget.forget(id, &s.edge.Limits)
	}
	clear(s.keys)
	clear(s.ids)
	clear(s.own)
	s.ignored = 0
}
