package anomaly

import (
	"fmt"
	"time"

	"github.com/cespare/xxhash/v2"

	"github.com/forewarn/forewarn/models/baseline"
	"github.com/forewarn/forewarn/shared/entity"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/signal"
	"github.com/forewarn/forewarn/shared/slab"
	"github.com/forewarn/forewarn/shared/telemetry"
)

// watched is what is judged by one baseline: a signal of the catalogue, or a series by itself. There may be a million of them.
type watched struct {
	kept
	place  *place
	next   *watched // of the same place
	family *family  // nil if that is not known
	habit  habit
	*lone  // nil: a signal
}

// gone reports whether it was forgotten: series that lead to it are bound anew.
func (s *watched) gone() bool { return s.place == nil }

// lone is what is known of a series by itself.
type lone struct {
	series  *telemetry.Series
	counter *rate // nil for gauges
	silence baseline.Silence
	silent  string // the episode of its silence, "" where it speaks
}

// kept is what a snapshot holds beside rule, entity, family and baseline. Times are Unix milliseconds, 0 for never.
type kept struct {
	// Series is the primary one in Prometheus notation, Group the sender that is listened to, Last its newest sample.
	Series         string
	Group          uint64
	Last           int64
	signal.Reading // of no rule: the series by itself
	// Heard is when the bus stored the newest sample, Value the newest that was judged.
	Heard int64
	Value float64
	// Episode is nil where nothing is unusual.
	Episode *episode
}

// episode is what is known of something unusual that goes on.
type episode struct {
	ID string
	// Opened is when it was not as usual any more, Bad whether that is where the rule looks for trouble.
	Opened   int64
	Bad      bool
	Severity finding.Severity
	// Told is how far from usual people were told that a value was, and ToldAt when.
	Told   float64
	ToldAt int64
	// Beyond is when a value was beyond what was expected last, where trouble lies.
	Beyond int64
}

// stock is the memory of what is watched, of which there are hundreds of thousands: what is met together is forgotten together.
type stock struct {
	signals slab.Of[watched]
	series  slab.Of[baseline.Series]
	places  slab.Of[place]
	newest  slab.Of[telemetry.Sample]
	text    slab.Text
}

// signal returns what a rule reads of an entity: what was kept of it, as much as is new.
func (t *stock) signal(k *kept, at *place, learned habit) *watched {
	s := t.signals.New()
	s.kept, s.place, s.habit = *k, at, learned
	s.Series, s.Newest = t.text.Copy(k.Series), t.newest.Copy(k.Newest)
	return s
}

// place returns that of an entity.
func (t *stock) place(e entity.Packed, of *root) *place {
	at := t.places.New()
	at.entity, at.root = entity.Packed(t.text.Copy(string(e))), of
	return at
}

// newSeries returns a series by itself that has not sent yet.
func newSeries(at *place, series *telemetry.Series) *watched {
	metric := series.Labels.Get(telemetry.MetricName)
	learned := baseline.New(natureOf(metric))
	s := &watched{habit: &learned, lone: &lone{series: series}, place: at, kept: kept{Series: series.Labels.String()}}
	if isCounter(metric) {
		s.counter = &rate{}
	}
	return s
}

// unit returns that of the values, "" if it is not known.
func (s *watched) unit() string {
	if s.Rule == nil {
		return ""
	}
	return s.Rule.Unit
}

// value returns what is to be judged at the moment of a sample that was heard.
func (s *watched) value(sample telemetry.Sample) (float64, bool) {
	switch {
	case s.Rule != nil:
		use, _, ok := s.Evaluate(sample.TimeMillis)
		return use, ok
	case s.counter != nil:
		return s.counter.next(sample)
	}
	return sample.Value, true
}

const (
	// quiet is how long, at the least, a sender must have been silent before another one of the same signal is listened
	// to, quietIntervals how many samples of it must be missing.
	quiet          = 5 * time.Minute
	quietIntervals = 3
)

// listensTo reports whether a sender is the one that is listened to, and changes over to it if that has stopped.
func (s *watched) listensTo(group uint64, millis int64) bool {
	if s.Last != 0 && s.Group == group {
		return true
	}
	wait := max(quiet.Milliseconds(), int64(quietIntervals*1000*s.habit.Pace()))
	if s.Last != 0 && millis-s.Last <= wait {
		return false
	}
	s.Group = group
	s.Forget()
	return true
}

// open begins an episode. Its id is made of what a replay sees again.
func (w *Watcher) open(s *watched, at time.Time, j *baseline.Judgement) {
	s.Episode = &episode{ID: s.newEpisode(at), Opened: at.UnixMilli(), Severity: finding.Info, Bad: s.Rule != nil && s.wrong(j)}
	w.unusual++
	w.due = min(w.due, s.due())
}

// close ends the episode.
func (w *Watcher) close(s *watched) {
	s.Episode = nil
	w.unusual--
}

// wrong tells whether a value lies where the rule looks for trouble.
func (s *watched) wrong(j *baseline.Judgement) bool {
	above := j.Value > (j.Low+j.High)/2
	return above == (s.Rule.Direction != signal.Down)
}

// newEpisode names an episode that begins.
func (s *watched) newEpisode(at time.Time) string {
	id := xxhash.Sum64String(s.key())
	if s.lone != nil {
		id = s.series.Fingerprint
	}
	return fmt.Sprintf("%016x-%d", id, at.UnixMilli())
}
