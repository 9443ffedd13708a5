package trend

import (
	"fmt"
	"slices"
	"time"

	"github.com/forewarn/forewarn/models/exhaustion"
	"github.com/forewarn/forewarn/models/leak"
	"github.com/forewarn/forewarn/shared/entity"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/signal"
)

// tracked is all that is known of one signal.
type tracked struct {
	rule  *signal.Rule
	model model
	// account is what outcomes are counted under.
	account string
	// raw and leak are the newest forecast and verdict; they are derived from model. last is the forecast as people are
	// told it, by the table of that version.
	raw, last exhaustion.Forecast
	leak      *leak.Verdict // nil of what cannot leak
	version   uint64
	foretold  predictions
	// startInput and requestsInput are the rule's inputs of these names, -1 if it has none.
	startInput, requestsInput int
	kept
}

// kept is what a snapshot holds of a signal beside its model.
type kept struct {
	Key    string        `json:"key"`
	Rule   string        `json:"rule"`
	Entity entity.Packed `json:"entity"`
	// Feeds are the senders of this signal, in the order in which they were met; Active is the one listened to.
	Feeds  []*feed `json:"feeds"`
	Active int     `json:"active"`
	// Used and Limit are the newest, in the rule's unit.
	Used  float64 `json:"used"`
	Limit float64 `json:"limit"`
	// Heard is when the bus stored the newest sample, Judged the sample time of the newest forecast; Unix ms.
	Heard int64 `json:"heard"`
	// Judged is when the last forecast was made, of JudgedShare, and Due when the next one is.
	Judged      int64   `json:"judged"`
	JudgedShare float64 `json:"judged_share"`
	Due         int64   `json:"due"`
	Episode     episode `json:"episode"`
	// Runs is the release that runs behind it, as far as its series or others say.
	Runs running `json:"runs,omitzero"`
	// Behind counts samples in a row that were older than the newest by more than maxAhead.
	Behind int `json:"behind"`
}

func newTracked(b signal.Binding, ahead time.Duration) *tracked {
	return tracking(b.Rule, ahead, kept{Key: b.Key, Rule: b.Rule.ID, Entity: entity.Pack(&b.Entity)})
}

// tracking returns a signal of a rule whose model knows nothing.
func tracking(r *signal.Rule, ahead time.Duration, k kept) *tracked {
	s := &tracked{
		rule: r, account: kindOf(r), model: newModel(r.Kind, ahead), kept: k,
		startInput: r.Input(signal.StartTime), requestsInput: r.Input(signal.Requests),
	}
	if r.Kind == signal.Leak {
		s.leak = &leak.Verdict{}
	}
	return s
}

// entity returns what it is a signal of.
func (s *tracked) entity() entity.Entity {
	e, err := s.Entity.Unpack()
	if err != nil {
		panic(err) // it was packed here
	}
	return e
}

// feed is what one sender says about a signal: the last value of each of the rule's inputs.
type feed struct {
	Group  uint64
	Series string // primary input, Prometheus notation
	signal.Reading
	// Interval is the usual time between samples in ms, as an exponential mean; Last the newest moment.
	Interval float64
	Last     int64

	owner *tracked
	round uint64 // of Worker.apply in which it was touched last
	gone  bool   // another feed has taken its place
}

// maxFeeds bounds the senders of one signal. Of more, the one that has been quiet the longest makes room: labels
// that change at every start leave such ones behind. Where none is quiet, further senders are not needed.
const maxFeeds = 8

// feed returns the feed of a binding, a new one if need be; nil if there is no room for it.
func (s *tracked) feed(b signal.Binding) *feed {
	for _, f := range s.Feeds {
		if f.Group == b.Group {
			return f
		}
	}
	f := &feed{Group: b.Group, Reading: signal.NewReading(b.Rule), owner: s}
	if len(s.Feeds) < maxFeeds {
		s.Feeds = append(s.Feeds, f)
		return f
	}
	oldest, newest := -1, int64(0)
	for i, g := range s.Feeds {
		newest = max(newest, g.Last)
		if i != s.Active && (oldest < 0 || g.Last < s.Feeds[oldest].Last) {
			oldest = i
		}
	}
	if newest-s.Feeds[oldest].Last < quietAtLeast.Milliseconds() {
		return nil
	}
	s.Feeds[oldest].gone = true
	s.Feeds[oldest] = f
	return f
}

// quietAtLeast is how long a sender must have been silent before another one of the same signal takes its place.
const quietAtLeast = 5 * time.Minute

// started returns when the process behind the feed was started, in Unix milliseconds, 0 if its sender does not say.
func (f *feed) started(input int, moment int64) int64 {
	if v := f.aside(input, moment); v > 0 && v < 1e11 {
		return int64(v * 1000)
	}
	return 0
}

// aside returns the newest value of an input that may stand in no expression, 0 if its sender does not say. The index is
// -1 where the rule has no such input.
func (f *feed) aside(i int, moment int64) float64 {
	if i < 0 || f.Newest[i].TimeMillis == 0 || moment-f.Newest[i].TimeMillis > signal.LimitFresh.Milliseconds() {
		return 0
	}
	return f.Newest[i].Value
}

// listensTo decides whether the feed speaks for its signal at this moment: of several senders the one with
// the denser samples, until it falls silent.
func (s *tracked) listensTo(f *feed, moment int64) bool {
	if f.Last != 0 && moment > f.Last {
		gap := float64(moment - f.Last)
		if f.Interval == 0 {
			f.Interval = gap
		}
		f.Interval += 0.2 * (min(gap, 4*f.Interval) - f.Interval) // an outage is no interval
	}
	f.Last = max(f.Last, moment)
	active := s.Feeds[s.Active]
	if active == f {
		return true
	}
	if f.gone {
		return false
	}
	quiet := moment-active.Last > int64(3*active.Interval)+quietAtLeast.Milliseconds()
	denser := f.Interval > 0 && f.Interval < 0.7*active.Interval
	if active.Last == 0 || quiet || denser {
		s.Active = slices.Index(s.Feeds, f)
	}
	return s.Feeds[s.Active] == f
}

// clockWentBack tells, after several samples in a row that are far behind the newest, that the clock of who sends
// them had been ahead and was corrected. Late samples of an outage come before newer ones, not after them.
func (s *tracked) clockWentBack(moment int64) bool {
	const inARow = 5
	if _, last := s.model.known(); last-moment <= maxAhead.Milliseconds() {
		s.Behind = 0
		return false
	}
	s.Behind++
	return s.Behind >= inARow
}

// patience is how long nothing need be heard of the signal by its own habit: three of its intervals.
func (s *tracked) patience() time.Duration {
	if s.Active < len(s.Feeds) {
		return time.Duration(3*s.Feeds[s.Active].Interval) * time.Millisecond
	}
	return 0
}

// rewind forgets what was seen under a clock that was ahead.
func (s *tracked) rewind(moment int64) {
	s.Behind = 0
	s.model.rewind(moment)
	s.Runs.rewind(moment)
	s.foretold.rewind()
	s.Judged, s.Due = min(s.Judged, moment), min(s.Due, moment)
	for _, f := range s.Feeds {
		f.Last = min(f.Last, moment)
	}
	e := &s.Episode
	e.Suspected, e.Calm, e.Told, e.Lower = min(e.Suspected, moment), min(e.Calm, moment), min(e.Told, moment), min(e.Lower, moment)
}

// seen returns for how long the signal has been known, in milliseconds.
func (s *tracked) seen() int64 {
	first, last := s.model.known()
	return last - first
}

// series returns the use series of the feed that is listened to.
func (s *tracked) series() string {
	if s.Active >= 0 && s.Active < len(s.Feeds) && s.Feeds[s.Active] != nil && s.Feeds[s.Active].Series != "" {
		return s.Feeds[s.Active].Series
	}
	return s.Key // only limits have been seen so far
}

// state returns what queries are told.
func (s *tracked) state(silent bool) signal.State {
	f := s.last
	first, last := s.model.known()
	at := time.UnixMilli(last)
	st := signal.State{
		Key: s.Key, Rule: s.Rule, Series: s.series(), Kind: s.rule.Kind, Entity: s.entity(), Unit: s.rule.Unit,
		Used: s.Used, Limit: s.Limit, UpdatedAt: at.UTC(), Since: time.UnixMilli(first).UTC(),
		Stage: signal.Ready, Warmup: min(1, f.Seen.Hours()/warmUp.Hours()),
		Probability: horizons(f), ETA: eta(f, at), Rising: f.Rising && f.P50 == exhaustion.Never, Episode: s.Episode.ID,
	}
	switch {
	case silent:
		st.Stage = signal.Silent
	case f.Learning:
		st.Stage = signal.Learning
	}
	st.Sources = append(st.Sources, st.Series)
	for i, g := range s.Feeds {
		if i != s.Active && g.Series != "" {
			st.Sources = append(st.Sources, g.Series)
		}
	}
	return st
}

// warmUp is when the model has seen all that it learns from at first: two weeks, so that every weekday came twice.
const warmUp = 14 * 24 * time.Hour

func horizons(f exhaustion.Forecast) finding.Horizons {
	return finding.Horizons{H4: f.Within[0], H24: f.Within[1], D7: f.Within[2], D30: f.Within[3]}
}

// eta turns spans from a moment into dates.
func eta(f exhaustion.Forecast, at time.Time) finding.ETA {
	date := func(d time.Duration) *time.Time {
		if d == exhaustion.Never {
			return nil
		}
		t := at.Add(d).UTC().Truncate(time.Second)
		return &t
	}
	return finding.ETA{P10: date(f.P10), P50: date(f.P50), P90: date(f.P90)}
}

// restored makes a tracked signal of what a snapshot holds; not ok if the catalogue lost its rule or the
// rule's inputs changed, since then it must be learned anew.
func restored(k kept, cat *signal.Catalogue) (*tracked, error) {
	rule, ok := cat.Rule(k.Rule)
	if !ok {
		return nil, fmt.Errorf("rule %s is no longer in the catalogue", k.Rule)
	}
	if k.Active < 0 || k.Active >= len(k.Feeds) {
		return nil, fmt.Errorf("signal %s has no feed %d", k.Key, k.Active)
	}
	s := tracking(rule, 0, k)
	for _, f := range s.Feeds {
		if f == nil || !f.Resume(rule) {
			return nil, fmt.Errorf("rule %s has other inputs now", k.Rule)
		}
		f.owner = s
	}
	return s, nil
}
