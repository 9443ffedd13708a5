package anomaly

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/forewarn/forewarn/models/baseline"
	"github.com/forewarn/forewarn/models/calendar"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/memo"
	"github.com/forewarn/forewarn/shared/signal"
	"github.com/forewarn/forewarn/shared/telemetry"
)

// Watcher judges by learned baselines what metrics do: the pure heart of the service for the metrics of one partition,
// samples in, findings out. It has no bus and no clock: baselines see the samples' own time, and "now" is what the caller
// says, which is the time at which the bus stored the message. The same calls in the same order give the same findings and
// the same state. Not safe for concurrent use.
type Watcher struct {
	cfg    Config
	cat    *signal.Catalogue // nil: every series is judged by itself
	clock  *baseline.Clock
	report func(series *telemetry.Series, millis int64, score float64) // nil: nobody

	now time.Time
	// places are the entities of which something is judged, by their ids, in all count signals of which so many are unusual.
	places         map[string]*place
	roots          map[string]*root
	families       map[string]*family
	count, unusual int
	order          []*watched // by key; nil when out of date
	due            int64      // when silence may tell something next, Unix milliseconds
	// bindings are what series are good for, by fingerprint. They are no state: labels rebuild them.
	bindings *memo.Cache[binding]
	stock    stock
	// orphans are the last words about what a snapshot held and no rule reads any more.
	orphans []finding.Finding

	queue []update
	stats WatcherStats
}

// WatcherStats counts what a watcher has done since it was made.
type WatcherStats struct {
	// Samples were read of what is watched; the others are those of them that were not judged: NaN or infinite, of a time
	// to come, without a value by their rule (or of a second sender), not newer than the newest.
	Samples, NotFinite, Ahead, NoUse, Late uint64
	// Refused counts the samples of series that there was no room for, Forgotten what a snapshot held and was not taken over.
	Refused, Forgotten uint64
	// Inherited counts the signals of new pods that began with what was learned of others.
	Inherited uint64
}

// NewWatcher returns a watcher, which has learned nothing yet, of what the catalogue's rules of kind behaviour and count
// read. Without
// a calendar all days are alike.
func NewWatcher(cfg Config, cat *signal.Catalogue, cal *calendar.Calendar) *Watcher {
	return &Watcher{
		cfg: cfg, cat: cat, clock: baseline.NewClock(cal),
		places: map[string]*place{}, roots: map[string]*root{}, families: map[string]*family{}, bindings: memo.New[binding](cfg.maxBindings()),
	}
}

// NewScorer returns a watcher of every series there is, without a limit: what kind of quantity a series is follows from its
// name, by Prometheus' conventions. It also tells when a series stops, and reports the score of every sample that can be
// judged. It is for the past, which no snapshot is taken of.
func NewScorer(cal *calendar.Calendar, report func(series *telemetry.Series, millis int64, score float64)) *Watcher {
	w := NewWatcher(Config{MaxSeries: math.MaxInt}, nil, cal)
	w.report = report
	return w
}

// Stats returns the counters.
func (w *Watcher) Stats() WatcherStats { return w.stats }

// Len returns how many series are watched, and how many of them are unusual.
func (w *Watcher) Len() (series, open int) { return w.count, w.unusual }

// maxAhead is how far a sample's time may be ahead of the bus's. Collectors refuse such samples already.
const maxAhead = 10 * time.Minute

// Observe takes a batch in which samples of a series are in time order, and returns what it gives cause to say. The batch is
// not kept. Findings lack their ID.
func (w *Watcher) Observe(now time.Time, b *telemetry.Batch) []finding.Finding {
	w.advance(now)
	out := w.farewell()
	w.queue = w.queue[:0]
	for i := range b.Series {
		ts := &b.Series[i]
		bound := w.bind(ts.Series)
		for to := range bound.all {
			for _, sample := range ts.Samples {
				if !w.accepts(sample) {
					continue
				}
				if to.alone() {
					to.hear(ts.Fingerprint, sample)
					out = append(out, w.judge(to.watched, sample)...)
					continue
				}
				w.queue = append(w.queue, update{*to, ts.Fingerprint, sample})
			}
		}
	}
	return append(out, w.join()...)
}

// accepts counts a sample and tells whether it can be used.
func (w *Watcher) accepts(s telemetry.Sample) bool {
	w.stats.Samples++
	switch {
	case w.cat == nil: // the past is judged as it was recorded, pauses included
		return true
	case math.IsNaN(s.Value) || math.IsInf(s.Value, 0):
		w.stats.NotFinite++
		return false
	case s.TimeMillis-w.now.UnixMilli() > maxAhead.Milliseconds():
		w.stats.Ahead++
		return false
	}
	return true
}

// join judges what is read of several series, moment by moment.
func (w *Watcher) join() (out []finding.Finding) {
	slices.SortStableFunc(w.queue, func(a, b update) int {
		return cmp.Or(cmp.Compare(a.TimeMillis, b.TimeMillis), a.compare(b.watched), cmp.Compare(a.group, b.group))
	})
	for i, u := range w.queue {
		u.hear(u.series, u.Sample)
		if next := i + 1; next < len(w.queue) && w.queue[next].watched == u.watched && w.queue[next].group == u.group &&
			w.queue[next].TimeMillis == u.TimeMillis {
			continue // more of the same moment
		}
		out = append(out, w.judge(u.watched, u.Sample)...)
	}
	return out
}

// judge brings what is known at the moment of a sample to the baseline.
func (w *Watcher) judge(s *watched, sample telemetry.Sample) (out []finding.Finding) {
	at := time.UnixMilli(sample.TimeMillis).UTC()
	s.Heard = w.now.UnixMilli()
	if s.lone != nil && s.silent != "" {
		out = append(out, s.resumed(at))
		s.silent = ""
	}
	value, ok := s.value(sample)
	if !ok {
		w.stats.NoUse++
		return out
	}
	j, ok := s.habit.Observe(w.clock.At(sample.TimeMillis), value, s.terms())
	if !ok {
		w.stats.Late++
		return out
	}
	s.Value = value
	if w.report != nil {
		w.report(s.series, sample.TimeMillis, j.Score)
	}
	return append(out, w.say(s, at, &j)...)
}

// say returns what an action of the baseline means.
func (w *Watcher) say(s *watched, at time.Time, j *baseline.Judgement) []finding.Finding {
	switch {
	case j.Action == baseline.Opened:
		w.open(s, at, j)
		s.told(at, j)
		company := w.beside(s)
		out := []finding.Finding{s.unusual(finding.Opened, at, j, company)}
		return append(out, w.joined(s, at, company)...)
	case s.Episode == nil: // it may have ended since the series was silent
		return nil
	case j.Action == baseline.None:
		return w.news(s, at, j)
	}
	out := []finding.Finding{s.ended(at, j)}
	w.close(s)
	return out
}

// farewell returns the last words about what a restored snapshot held and no rule reads any more.
func (w *Watcher) farewell() []finding.Finding {
	out := w.orphans
	w.orphans = nil
	for i := range out {
		out[i].Time = w.now.UTC()
	}
	return out
}

// sorted returns what is watched in the order of the keys.
func (w *Watcher) sorted() []*watched {
	if w.order != nil {
		return w.order
	}
	w.order = make([]*watched, 0, w.count)
	for _, at := range w.places {
		for s := at.first; s != nil; s = s.next {
			w.order = append(w.order, s)
		}
	}
	slices.SortFunc(w.order, (*watched).compare)
	return w.order
}
