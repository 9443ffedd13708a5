package backtest

import (
	"github.com/forewarn/forewarn/services/forewarn/internal/backtest/contest"
	"github.com/forewarn/forewarn/services/trend"
	"github.com/forewarn/forewarn/shared/finding"
)

// lane runs one worker over its part of every window.
type lane struct {
	number int
	worker *trend.Worker
	tally  *contest.Tally
	in     chan *window
}

func newLane(number int, w *trend.Worker) lane {
	l := lane{number: number, worker: w, tally: contest.NewTally(w.State), in: make(chan *window, inFlight)}
	w.Watch(l.tally.Observe)
	return l
}

func (l *lane) run() {
	for w := range l.in {
		part := &w.lanes[l.number]
		l.hear(part, l.worker.Observe(w.end, &part.batch))
		l.hear(part, l.worker.Tick(w.end))
		if w.forecasts {
			for s := range l.worker.Forecasts() {
				part.said = append(part.said, statement{at: s.UpdatedAt, forecast: &s})
			}
		}
		w.working.Done()
	}
}

func (l *lane) hear(part *share, findings []finding.Finding) {
	for i := range findings {
		l.tally.Hear(&findings[i])
		part.said = append(part.said, statement{at: findings[i].Time, finding: &findings[i]})
	}
}

// about names the series and the signal that a statement is about.
func (s *statement) about() (series, signal string) {
	if s.finding != nil {
		return s.finding.Series, s.finding.Signal
	}
	return s.forecast.Series, s.forecast.Key
}
