package demo

import (
	"hash/fnv"
	"math/rand/v2"
	"time"

	"github.com/forewarn/forewarn/models/calendar"
	"github.com/forewarn/forewarn/shared/telemetry"
)

// Interval is the time between two samples of a series.
const Interval = 5 * time.Minute

// Days that a story may last. In fewer than three weeks there is not enough to learn from before things happen.
const (
	MinDays = 21
	MaxDays = 120
)

// Plan says which story is told.
type Plan struct {
	// Seed of the dice; the same plan gives the same story.
	Seed uint64
	// Days before End that are simulated.
	Days int
	// End is when the past of the story ends: now, for who wants to look at it.
	End      time.Time
	Calendar *calendar.Calendar
}

// Story is the simulated system. It is not safe for concurrent use.
type Story struct {
	// Start and End are the first moment of the past and the last one, on whole intervals.
	Start, End time.Time

	plan      Plan
	resources []*resource
	harmless  []Harmless
	entries   []entry // of logs
	batch     telemetry.Batch
}

// NewStory returns the story of a plan, whose days are within MinDays and MaxDays.
func NewStory(p Plan) *Story {
	end := p.End.UTC().Truncate(Interval)
	s := &Story{Start: end.AddDate(0, 0, -p.Days), End: end, plan: p}
	s.build()
	return s
}

// moment is a time of the story in the forms that curves need.
type moment struct {
	time.Time
	hour float64 // local, 0 to 24
	date time.Time
	day  calendar.Day
}

func (s *Story) moment(t time.Time) moment {
	local := t.Add(s.plan.Calendar.Ahead(t)).UTC()
	date := local.Truncate(24 * time.Hour)
	return moment{Time: t, hour: local.Sub(date).Hours(), date: date, day: s.plan.Calendar.Day(t)}
}

// before returns the time so many days before the end of the past.
func (s *Story) before(days float64) time.Time {
	return s.End.Add(-time.Duration(days * 24 * float64(time.Hour))).Truncate(Interval)
}

// Step returns the samples of a moment; they are valid until the next call. Moments are to be asked for in order, each
// an Interval after the one before.
func (s *Story) Step(t time.Time) *telemetry.Batch {
	m := s.moment(t)
	s.batch.Series = s.batch.Series[:0]
	for _, r := range s.resources {
		r.step(m)
		s.batch.Series = append(s.batch.Series, r.series...)
	}
	return &s.batch
}

// entry is one of a log.
type entry struct {
	at     time.Time
	origin telemetry.Labels
	body   string
}

// Written returns what was written into logs since the moment before this one.
func (s *Story) Written(t time.Time) (out []telemetry.LogBatch) {
	for _, e := range s.entries {
		if e.at.After(t) || !e.at.After(t.Add(-Interval)) {
			continue
		}
		out = append(out, telemetry.LogBatch{
			Origin: e.origin, Records: []telemetry.LogRecord{{TimeMillis: e.at.UnixMilli(), Severity: telemetry.SeverityError, Body: e.body}},
		})
	}
	return out
}

// dice returns dice of their own for a resource, so that one more of them changes no other.
func (s *Story) dice(name string) *rand.Rand {
	h := fnv.New64a()
	_, _ = h.Write([]byte(name)) // never fails
	return rand.New(rand.NewPCG(s.plan.Seed, h.Sum64()))
}
