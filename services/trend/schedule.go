package trend

import (
	"time"

	"github.com/forewarn/forewarn/models/exhaustion"
	"github.com/forewarn/forewarn/shared/signal"
)

// A forecast costs a hundred times what a sample does, and of most signals it says the same for hours.
const (
	// judgeEvery is the width of the finest bucket: a forecast more often would see nothing new.
	judgeEvery = 5 * time.Second
	// judgeRising and judgeCalm are the longest times between two forecasts: of what climbs without a date, and of all else.
	judgeRising = 30 * time.Minute
	judgeCalm   = time.Hour
	// A move of the share since the last forecast asks for the next at once: of a point and a half, or of a twentieth of what is
	// left where that is less, but not of next to nothing. Up, or down where an episode may end by it.
	judgeMove, judgeLeast = 0.015, 0.0005
	judgeLeft             = 1.0 / 20
)

// due tells whether a forecast is to be made at a moment.
func (s *tracked) due(moment int64) bool {
	if moment-s.Judged < judgeEvery.Milliseconds() {
		return false
	}
	if s.Episode.unsaid() {
		return true
	}
	if s.rule.Kind == signal.Leak || moment >= s.Due {
		return moment >= s.Due
	}
	share := s.Used / s.Limit
	move := min(max(judgeLeft*(1-s.JudgedShare), judgeLeast), judgeMove)
	return share >= min(1, s.JudgedShare+move) || s.Episode.ID != "" && share <= s.JudgedShare-move
}

// schedule notes when the next forecast is due, by what the one made now says and what the episode waits for. It is part
// of the state, so that a replay makes the same forecasts.
func (s *tracked) schedule(c *Config, v verdict, moment int64) {
	f := &s.last
	wait := judgeCalm
	switch {
	case s.rule.Kind == signal.Leak: // whose floors are those of hours
	case f.P50 != exhaustion.Never:
		wait = f.P50 / 50
	case f.Learning:
		wait = judgeEvery
	case f.Rising:
		wait = judgeRising
	}
	wait = max(min(wait, judgeCalm, s.pending(c, v, moment)), judgeEvery)
	s.Judged, s.JudgedShare, s.Due = moment, f.Used, moment+wait.Milliseconds()
}

// pending returns when the episode needs a forecast to open, to become worse or better, or to end.
func (s *tracked) pending(c *Config, v verdict, moment int64) time.Duration {
	e, wait := &s.Episode, judgeCalm
	if e.Suspicions > 0 || e.Higher > 0 {
		wait = v.confirm / confirmations
	}
	if e.Lower != 0 {
		wait = min(wait, max(c.ResolveAfter, e.pause(s.last)))
	}
	if e.Calm != 0 {
		_, last := s.calm(c)
		wait = min(wait, last-time.Duration(moment-e.Calm)*time.Millisecond)
	}
	return wait
}
