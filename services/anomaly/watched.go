package anomaly

import (
	"fmt"
	"time"

	"github.com/cespare/xxhash/v2"

	"github.com/forewarn/forewarn/models/baseline"
	"github.com/forewarn/forewarn/shared/entity"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/signal"
	"github.com/forewarn/forewarn/shared/telemetry"
)

// watched is what is judged by one baseline: a signal of the catalogue, or a series by itself. There may be a million of them.
type watched struct {
	kept
	habit habit
	rule  *signal.Rule // nil: the series by itself
	*lone              // nil: a signal
	gone  bool         // forgotten: series that lead to it are bound anew
}

// lone is what is known of a series by itself.
type lone struct {
	series  *telemetry.Series
	counter *rate // nil for gauges
	silence baseline.Silence
	silent  string // the episode of its silence, "" where it speaks
}

// kept is what a snapshot holds beside rule and baseline. Times are Unix milliseconds, 0 for never.
type kept struct {
	Key string `json:"key"`
	// Entity is shared with other signals of the same.
	Entity *entity.Entity `json:"entity"`
	// Series is the primary one in Prometheus notation, Group the sender that is listened to, Last its newest sample.
	Series string `json:"series"`
	Group  uint64 `json:"group"`
	Last   int64  `json:"last"`
	signal.Reading
	// Heard is when the bus stored the newest sample.
	Heard int64 `json:"heard"`
	// Episode is "" where nothing is unusual. Opened is when it was not any more, Bad whether that is where the rule looks
	// for trouble.
	Episode  string           `json:"episode,omitempty"`
	Opened   int64            `json:"opened,omitempty"`
	Bad      bool             `json:"bad,omitempty"`
	Severity finding.Severity `json:"severity,omitempty"`
	// Value is the newest that was judged, Told how far from usual people were told that one was, and ToldAt when.
	Value  float64 `json:"value,omitempty"`
	Told   float64 `json:"told,omitempty"`
	ToldAt int64   `json:"told_at,omitempty"`
	// Beyond is when a value of the open episode was beyond what was expected last, where trouble lies.
	Beyond int64 `json:"beyond,omitempty"`
	// Family is what a pod's signals share with those of other pods of its component, "" if that is not known.
	Family string `json:"family,omitempty"`
}

// newWatched returns what a rule reads of an entity, which has not sent yet.
func newWatched(r *signal.Rule, key string, e *entity.Entity) *watched {
	return &watched{rule: r, habit: newHabit(r), kept: kept{Key: key, Entity: e, Reading: signal.NewReading(r)}}
}

// newSeries returns a series by itself that has not sent yet.
func newSeries(key string, series *telemetry.Series) *watched {
	metric := series.Labels.Get(telemetry.MetricName)
	learned := baseline.New(natureOf(metric))
	s := &watched{habit: &learned, lone: &lone{series: series}, kept: kept{Key: key, Entity: &entity.Entity{}, Series: series.Labels.String()}}
	if isCounter(metric) {
		s.counter = &rate{}
	}
	return s
}

// unit returns that of the values, "" if it is not known.
func (s *watched) unit() string {
	if s.rule == nil {
		return ""
	}
	return s.rule.Unit
}

// value returns what is to be judged at the moment of a sample that was heard.
func (s *watched) value(sample telemetry.Sample) (float64, bool) {
	switch {
	case s.rule != nil:
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
func (s *watched) open(at time.Time, j *baseline.Judgement) {
	s.Episode, s.Opened, s.Severity = s.newEpisode(at), at.UnixMilli(), finding.Info
	s.Bad = s.rule != nil && s.wrong(j)
}

// wrong tells whether a value lies where the rule looks for trouble.
func (s *watched) wrong(j *baseline.Judgement) bool {
	above := j.Value > (j.Low+j.High)/2
	return above == (s.rule.Direction != signal.Down)
}

func (s *watched) close() {
	s.Episode, s.Opened, s.Bad, s.Severity, s.Told, s.ToldAt, s.Beyond = "", 0, false, "", 0, 0, 0
}

// newEpisode names an episode that begins.
func (s *watched) newEpisode(at time.Time) string {
	id := xxhash.Sum64String(s.Key)
	if s.lone != nil {
		id = s.series.Fingerprint
	}
	return fmt.Sprintf("%016x-%d", id, at.UnixMilli())
}
