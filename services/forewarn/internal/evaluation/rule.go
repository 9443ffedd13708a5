package evaluation

import (
	"math"

	"github.com/forewarn/forewarn/services/forewarn/internal/peer"
	"github.com/forewarn/forewarn/services/forewarn/internal/scenario"
	"github.com/forewarn/forewarn/services/forewarn/internal/score"
)

// player makes a method of a rule: an alert that begins to fire opens an episode, one that ends resolves it.
type player struct {
	rule   peer.Rule
	sample peer.Sample // the newest that the rule has seen
	limit  float64     // the newest; 0 before the first
	last   peer.Reading
}

var _ Method = (*player)(nil)

func playing(fresh func() peer.Rule) maker {
	return func(t *scenario.Truth) (Method, error) {
		return &player{rule: fresh(), sample: peer.Sample{Free: t.CountsFree()}}, nil
	}
}

// Observe passes on what has use and limit and is newer than all before, as a query on a time-series database would.
func (p *player) Observe(s scenario.Sample) []score.Finding {
	if s.Limit > 0 {
		p.limit = s.Limit
	}
	at := float64(s.Time)
	if math.IsNaN(s.Use) || p.limit == 0 || at <= p.sample.Time {
		return nil
	}
	p.sample.Time, p.sample.Value, p.sample.Limit = at, s.Use, p.limit
	before := p.last.Firing
	p.last = p.rule.Observe(p.sample)
	switch {
	case p.last.Firing && !before:
		return []score.Finding{{Time: at, Action: "opened", Severity: "warning", Episode: "alert"}}
	case before && !p.last.Firing:
		return []score.Finding{{Time: at, Action: "resolved", Severity: "warning", Episode: "alert"}}
	}
	return nil
}

// Forecast turns the newest reading into dates.
func (p *player) Forecast() score.Forecast {
	f := score.Silent(p.sample.Time)
	if p.limit == 0 {
		return f
	}
	f.Within = p.last.Within
	f.P10, f.P50, f.P90 = date(f.Time, p.last.P10), date(f.Time, p.last.P50), date(f.Time, p.last.P90)
	f.Urgency = p.last.Urgency
	if math.IsNaN(f.Urgency) && !math.IsNaN(p.last.P50) {
		f.Urgency = score.UrgencyOf(p.last.P50)
	}
	return f
}

// farthest is the farthest date that is told, in seconds from now.
const farthest = 180 * 86400

// date returns the Unix time so many seconds on; NaN beyond 180 days.
func date(now, seconds float64) float64 {
	if !(seconds <= farthest) {
		return math.NaN()
	}
	return now + seconds
}
