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
	// The longest times between two forecasts: while a cause is being confirmed, while an episode is open, and else.
	judgeSuspected = 5 * time.Minute
	judgeOpen      = 15 * time.Minute
	judgeCalm      = time.Hour
	// judgeMove is a move of the share, since the last forecast, that asks for the next at once: up, or down where an
	// episode may end by it.
	judgeMove = 0.005
)

// due tells whether a forecast is to be made at a moment.
func (s *tracked) due(moment int64) bool {
	if moment-s.Judged < judgeEvery.Milliseconds() {
		return false
	}
	if s.Episode.unsaid() {
		return true
	}
	if s.rule.Kind == signal.Leak {
		return moment >= s.Due
	}
	share := s.Used / s.Limit
	return moment >= s.Due || share >= min(1, s.JudgedShare+judgeMove) || s.Episode.ID != "" && share <= s.JudgedShare-judgeMove
}

// schedule notes when the next forecast is due, by what the one made now says. It is part of the state, so that a
// replay makes the same forecasts.
func (s *tracked) schedule(moment int64) {
	f := &s.last
	wait := judgeCalm
	switch {
	case s.rule.Kind == signal.Leak: // whose floors are those of hours
	case f.P50 != exhaustion.Never:
		wait = f.P50 / 50
	case f.Rising:
		wait = f.Span / 20
	case s.Episode.ID != "" || f.Learning:
		wait = judgeEvery
	}
	most := judgeCalm
	switch {
	case s.Episode.Suspicions > 0:
		most = judgeSuspected
	case s.Episode.ID != "":
		most = judgeOpen
	}
	wait = min(max(wait, judgeEvery), most)
	s.Judged, s.JudgedShare, s.Due = moment, f.Used, moment+wait.Milliseconds()
}
