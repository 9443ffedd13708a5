// Package behaviour judges every series by a learned baseline, for a back-test.
//
// Worker.Observe and Worker.Tick have the form of a service's worker: no bus, no clock, findings out. It asks for no rule
// of the catalogue: what kind of quantity a series is follows from its name, by Prometheus' conventions.
package behaviour

import (
	"maps"
	"slices"
	"time"

	"github.com/forewarn/forewarn/models/baseline"
	"github.com/forewarn/forewarn/models/calendar"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/telemetry"
)

// Worker holds the baselines of many series. The same calls in the same order give the same findings. Not safe for
// concurrent use.
type Worker struct {
	clock  *baseline.Clock
	budget float64
	series map[uint64]*watched
	keys   []uint64 // of series, sorted; nil when out of date
	report func(*telemetry.Series, int64, float64)
}

// watched is one series.
type watched struct {
	baseline baseline.Series
	silence  baseline.Silence
	counter  *rate // nil for gauges
	series   *telemetry.Series
	name     string
	episode  string // "" where none is open
	silent   string // the episode of its silence, "" where it speaks
}

// NewWorker returns a worker that knows no series, with a budget of false alarms per series and week. It reports the score
// of every sample that can be judged.
func NewWorker(c *calendar.Calendar, budget float64, report func(series *telemetry.Series, millis int64, score float64)) *Worker {
	return &Worker{clock: baseline.NewClock(c), budget: budget, series: map[uint64]*watched{}, report: report}
}

// Observe takes a batch in which samples of a series are in time order, and returns what it gives cause to say.
func (w *Worker) Observe(_ time.Time, b *telemetry.Batch) (out []finding.Finding) {
	for i := range b.Series {
		ts := &b.Series[i]
		s := w.watch(ts.Series)
		for _, sample := range ts.Samples {
			out = append(out, w.judge(s, sample)...)
		}
	}
	return out
}

// Tick says what time it is, so that silence is noticed.
func (w *Worker) Tick(now time.Time) (out []finding.Finding) {
	if w.keys == nil {
		w.keys = slices.Sorted(maps.Keys(w.series))
	}
	for _, key := range w.keys {
		s := w.series[key]
		if s.silent == "" && s.silence.Silent(now.UnixMilli()) {
			s.silent = s.newEpisode(now)
			out = append(out, s.stopped(now))
		}
	}
	return out
}

// watch returns what is known of a series.
func (w *Worker) watch(series *telemetry.Series) *watched {
	s, ok := w.series[series.Fingerprint]
	if !ok {
		name := series.Labels.Get(telemetry.MetricName)
		s = &watched{series: series, name: series.Labels.String(), baseline: baseline.New(natureOf(name))}
		if isCounter(name) {
			s.counter = &rate{}
		}
		w.series[series.Fingerprint] = s
		w.keys = nil
	}
	return s
}

// judge takes in a sample.
func (w *Worker) judge(s *watched, sample telemetry.Sample) (out []finding.Finding) {
	at := time.UnixMilli(sample.TimeMillis).UTC()
	s.silence.Hear(sample.TimeMillis)
	if s.silent != "" {
		out = append(out, s.resumed(at))
		s.silent = ""
	}
	value := sample.Value
	if s.counter != nil {
		perSecond, ok := s.counter.next(sample)
		if !ok {
			return out
		}
		value = perSecond
	}
	j, ok := s.baseline.Observe(w.clock.At(sample.TimeMillis), value, w.budget)
	if !ok {
		return out
	}
	w.report(s.series, sample.TimeMillis, j.Score)
	if j.Action != baseline.None {
		out = append(out, s.say(at, &j))
	}
	return out
}
