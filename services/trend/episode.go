package trend

import (
	"fmt"
	"math"
	"time"

	"github.com/cespare/xxhash/v2"

	"github.com/forewarn/forewarn/models/exhaustion"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/signal"
)

// episode is one trouble of one signal, with the memory that keeps it from flapping. Times are the samples',
// in Unix milliseconds; 0 is never.
type episode struct {
	ID string `json:"id"` // empty: none is open
	// Suspected and Suspicions say since when, and how often in a row, there has been cause to open one.
	Suspected  int64 `json:"suspected"`
	Suspicions int   `json:"suspicions"`
	// Calm is since when there has been none to keep it open.
	Calm int64 `json:"calm"`
	// What was said last: when, how severe, the date (p50, Unix ms, 0: none) and the share in use.
	Told     int64            `json:"told"`
	Severity finding.Severity `json:"severity"`
	Date     int64            `json:"date"`
	Used     float64          `json:"used"`
	// Opened is when it was opened, and Sure the probability that was told then.
	Opened int64   `json:"opened"`
	Sure   float64 `json:"sure"`
	// Became is what became of it so far, and BecameAt when; Said tells that people know.
	Became   finding.What `json:"became,omitempty"`
	BecameAt int64        `json:"became_at,omitempty"`
	Said     bool         `json:"said,omitempty"`
	// Lower is since when the severity has been below what was said, Higher how often in a row above it.
	Lower  int64 `json:"lower"`
	Higher int   `json:"higher"`
}

const (
	// confirmations and confirmAtLeast: one odd sample opens nothing.
	confirmations  = 3
	confirmAtLeast = 10 * time.Second
	confirmAtMost  = 10 * time.Minute
	// An update is due when the date moved by this share of the time left, or the use by this share of the
	// limit, but not more often than once in a twentieth of the time left, within these bounds.
	dateMoved     = 0.1
	usedMoved     = 0.05
	updateAtLeast = 30 * time.Second
	updateAtMost  = 5 * time.Minute
	// stillOpen is how often an open episode is heard of even if nothing moves: an incident that nobody says anything
	// about for days counts as stale.
	stillOpen = 24 * time.Hour
)

// lingering is the verdict on an episode that nothing would open any more and that is not calm yet.
func lingering(f exhaustion.Forecast) verdict {
	v := verdict{severity: finding.Info, horizon: len(f.Within) - 1}
	for i, p := range f.Within {
		if p >= 0.5 {
			v.horizon = i
			break
		}
	}
	return v
}

// calm reports whether nothing keeps an episode open. Its thresholds are well below those that open one.
func (c *Config) calm(f exhaustion.Forecast) bool {
	const margin = 0.02
	return !full(f, c.FullShare-margin) && f.Within[1] < c.ResolveProbability &&
		f.Within[2] < weekProbability/2 && f.Within[3] < monthProbability/2
}

// calm reports whether nothing keeps the episode open, and how long that must last before it ends. A leak is judged
// once an hour by what days have shown, and takes a day to be disproved.
func (s *tracked) calm(c *Config) (bool, time.Duration) {
	if s.rule.Kind == signal.Leak {
		return !s.leak.Holds, day
	}
	if s.certain() {
		return c.calm(s.last), c.ResolveAfter
	}
	return c.calm(s.last), max(c.ResolveAfter, s.Episode.pause(s.last))
}

// pause is how long a climb that stands still may go on: by night it rests, and is no less a danger. What has come down
// is over.
func (e *episode) pause(f exhaustion.Forecast) time.Duration {
	if e.Date == 0 || f.Used < e.Used-usedMoved {
		return 0
	}
	return min(time.Duration(e.Date-e.Told)*time.Millisecond, pauseAtMost)
}

// pauseAtMost is a night.
const pauseAtMost = 12 * time.Hour

// confirmed reports whether there has been cause to open an episode for long and often enough. Of a signal that sends so
// seldom that three times would take hours, twice must do; a leak was seen for days.
func (s *tracked) confirmed(v verdict, moment int64) bool {
	if s.rule.Kind == signal.Leak || s.certain() {
		return true
	}
	e, lasted := &s.Episode, time.Duration(moment-s.Episode.Suspected)*time.Millisecond
	return lasted >= v.confirm && (e.Suspicions >= confirmations || e.Suspicions > 1 && lasted >= confirmations*confirmAtMost)
}

// judge moves the signal's episode on by the forecast that was just made.
func (s *tracked) judge(c *Config, moment int64) []finding.Finding {
	v := s.cause(c)
	defer s.schedule(c, v, moment)
	if s.Episode.ID == "" {
		return s.open(v, moment)
	}
	return s.follow(c, v, moment)
}

func (s *tracked) open(v verdict, moment int64) []finding.Finding {
	e := &s.Episode
	if v.severity == "" {
		e.Suspected, e.Suspicions = 0, 0
		return nil
	}
	if e.Suspicions == 0 {
		e.Suspected = moment
	}
	e.Suspicions++
	if !s.confirmed(v, moment) {
		return nil
	}
	// The id is made of what a replay sees again.
	*e = episode{ID: fmt.Sprintf("%016x-%d", xxhash.Sum64String(s.Key), moment), Opened: moment, Sure: s.last.Within[v.horizon]}
	return s.tell(finding.Opened, v, moment)
}

func (s *tracked) follow(c *Config, v verdict, moment int64) []finding.Finding {
	e := &s.Episode
	if calm, last := s.calm(c); !calm {
		e.Calm = 0
	} else if e.Calm == 0 {
		e.Calm = moment
	} else if moment-e.Calm >= last.Milliseconds() {
		out := s.tell(finding.Resolved, verdict{severity: e.Severity, horizon: 1, static: s.last.Used >= c.FullShare}, moment)
		*e = episode{}
		return out
	}
	if v.severity == "" {
		v = s.linger()
	}
	f := s.last
	if s.rule.Kind == signal.Leak {
		f.Used = e.Used // goes up and down between collections, which is no news
	}
	if due := e.due(c, v, f, moment); !due {
		return nil
	}
	return s.tell(finding.Updated, v, moment)
}

// linger returns what is said of an episode that nothing would open any more and that is not calm yet.
func (s *tracked) linger() verdict {
	if s.rule.Kind == signal.Leak {
		return verdict{severity: s.Episode.Severity, horizon: len(s.last.Within) - 1}
	}
	return lingering(s.last)
}

// due decides whether people should hear of the change: if it got worse and stays so, after ResolveAfter if better,
// and when the date or the use moved.
func (e *episode) due(c *Config, v verdict, f exhaustion.Forecast, moment int64) bool {
	if e.unsaid() {
		return true
	}
	if v.severity.Rank() > e.Severity.Rank() {
		e.Lower = 0
		e.Higher++
		return e.Higher >= confirmations || f.Used >= 1
	}
	e.Higher = 0
	if v.severity == e.Severity {
		e.Lower = 0
	} else if e.Lower == 0 {
		e.Lower = moment
	} else if moment-e.Lower >= max(c.ResolveAfter, e.pause(f)).Milliseconds() {
		return true
	}
	pause := updateAtMost
	if f.P50 != exhaustion.Never {
		pause = min(max(f.P50/20, updateAtLeast), updateAtMost)
	}
	if e.Lower != 0 || moment-e.Told < pause.Milliseconds() {
		return false
	}
	if math.Abs(f.Used-e.Used) > usedMoved {
		return true
	}
	if moment-e.Told >= stillOpen.Milliseconds() {
		return true
	}
	date := dateOf(f, moment)
	if date == 0 || e.Date == 0 {
		return date != e.Date && v.severity != finding.Info
	}
	if f.P50 == 0 && e.Date <= e.Told {
		return false // it was full when that was told last, and still is
	}
	left := float64(max(e.Date-moment, int64(confirmAtLeast/time.Millisecond)))
	return math.Abs(float64(date-e.Date)) > dateMoved*left
}

// dateOf returns the p50 date in Unix milliseconds, 0 for none.
func dateOf(f exhaustion.Forecast, moment int64) int64 {
	if f.P50 == exhaustion.Never {
		return 0
	}
	return moment + f.P50.Milliseconds()
}

// tell makes the finding and remembers what was said.
func (s *tracked) tell(a finding.Action, v verdict, moment int64) []finding.Finding {
	e := &s.Episode
	e.Told, e.Severity, e.Date, e.Used, e.Lower, e.Higher = moment, v.severity, dateOf(s.last, moment), s.last.Used, 0, 0
	at := time.UnixMilli(moment).UTC()
	f := s.finding(a, v.severity, at)
	f.Probability, f.Horizons, f.ETA = s.last.Within[v.horizon], horizons(s.last), eta(s.last, at)
	f.Outcome = e.outcome(a, s.unharmed(), moment)
	f.Message, f.Evidence = s.explain(a, v), s.evidence()
	return []finding.Finding{f}
}

// unharmed is what became of an episode that ends without anything having been seen: what names another date was renewed.
func (s *tracked) unharmed() finding.What {
	if s.certain() {
		return finding.Prevented
	}
	return finding.Faded
}

// lost ends the episode of a signal that sends nothing any more.
func (s *tracked) lost(now time.Time) finding.Finding {
	f := s.finding(finding.Resolved, s.Episode.Severity, now.UTC())
	f.Outcome = s.Episode.outcome(finding.Resolved, finding.Unknown, now.UnixMilli())
	f.Message = s.sayLost(now)
	s.Episode = episode{}
	return f
}

// finding fills in what does not depend on the forecast.
func (s *tracked) finding(a finding.Action, severity finding.Severity, at time.Time) finding.Finding {
	return finding.Finding{
		Episode: s.Episode.ID, Action: a, Time: at, Kind: troubleOf(s.rule), Signal: s.Key, Series: s.series(),
		Group: s.group(), Entity: s.entity(), Severity: severity, Used: s.Used, Limit: s.Limit, Unit: s.rule.Unit,
		Title: s.title(), Advice: s.rule.Advice, Calibration: s.version,
	}
}
