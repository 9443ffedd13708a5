package backtest

import (
	"time"

	"github.com/forewarn/forewarn/models/calendar"
	"github.com/forewarn/forewarn/services/anomaly"
	"github.com/forewarn/forewarn/services/forewarn/internal/backtest/contest"
	"github.com/forewarn/forewarn/services/forewarn/internal/backtest/page"
	"github.com/forewarn/forewarn/services/trend"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/telemetry"
)

// lane runs one worker over its part of every window.
type lane struct {
	number int
	worker *trend.Worker
	tally  *contest.Tally
	in     chan *stretch

	calendar *calendar.Calendar
	diaries  map[string]*diary // by signal; nil if nothing is to be explained
	recorder *page.Recorder    // nil if no page is written

	behaviour *anomaly.Watcher // nil if no scores are asked for
	scores    []score          // of the present window
}

// newLane returns a lane with a worker of its own, without diaries.
func newLane(number int, o *Options) *lane {
	w := trend.NewWorker(o.Trend, o.Catalogue, o.Calendar)
	l := &lane{number: number, worker: w, tally: contest.NewTally(w.State), in: make(chan *stretch, inFlight), calendar: o.Calendar}
	if o.Explain != nil {
		l.diaries = map[string]*diary{}
	}
	if o.Scores {
		l.behaviour = anomaly.NewScorer(o.Calendar, l.score)
	}
	if o.Output == HTML {
		l.recorder = page.NewRecorder(w.State)
	}
	w.Watch(l.observe)
	return l
}

func (l *lane) observe(key string, millis int64, used, limit float64) {
	l.tally.Observe(key, millis, used, limit)
	if l.recorder != nil {
		l.recorder.Observe(key, millis, used, limit)
	}
	if l.diaries != nil {
		at, ahead := time.UnixMilli(millis), time.Duration(0)
		if l.calendar != nil {
			ahead = l.calendar.Ahead(at)
		}
		l.diary(key).observe(at, ahead, used, limit)
	}
}

func (l *lane) diary(key string) *diary {
	d, ok := l.diaries[key]
	if !ok {
		d = &diary{}
		l.diaries[key] = d
	}
	return d
}

func (l *lane) run() {
	for s := range l.in {
		for i := range s.windows {
			l.work(&s.windows[i])
		}
		s.working.Done()
	}
}

func (l *lane) work(w *window) {
	part := &w.lanes[l.number]
	l.hear(part, l.worker.Observe(w.end, &part.batch))
	l.hear(part, l.worker.Tick(w.end))
	if of, growth, ok := l.worker.Growths(); ok {
		part.ended, part.growth = of, growth
	}
	if l.behaviour != nil {
		l.judge(part, w.end)
	}
	if w.forecasts {
		for s := range l.worker.Forecasts() {
			part.said = append(part.said, statement{at: s.UpdatedAt, forecast: &s})
		}
	}
	if w.explain {
		l.explain(part, w.end)
	}
}

// judge has the behaviour of every series judged. Contest and page are about limits: they hear nothing of it.
func (l *lane) judge(part *share, end time.Time) {
	l.scores = part.scores
	findings := append(l.behaviour.Observe(end, &part.batch), l.behaviour.Tick(end)...)
	part.scores = l.scores
	for i := range findings {
		part.said = append(part.said, statement{at: findings[i].Time, finding: &findings[i]})
	}
}

func (l *lane) score(series *telemetry.Series, millis int64, value float64) {
	l.scores = append(l.scores, score{series, millis, value})
}

// explain gives account of every signal; which one is meant is known when all lanes have.
func (l *lane) explain(part *share, at time.Time) {
	for key := range l.worker.Signals() {
		if a, ok := l.worker.Explain(key); ok {
			d := l.diary(key)
			d.asked = at
			part.accounts = append(part.accounts, explanation{at: at, Account: a, diary: d, seen: d.until(l.calendar)})
		}
	}
}

func (l *lane) hear(part *share, findings []finding.Finding) {
	for i := range findings {
		l.tally.Hear(&findings[i])
		if l.recorder != nil {
			l.recorder.Hear(&findings[i])
		}
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
