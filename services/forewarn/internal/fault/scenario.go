package fault

import (
	"hash/fnv"
	"math"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/forewarn/forewarn/models/calendar"
	"github.com/forewarn/forewarn/services/forewarn/internal/landscape"
)

// Scenario is a kind of trouble.
type Scenario struct {
	Name string
	// Closing scenarios happen while the books are closed, the others on any working day.
	Closing bool
	// hour is when they begin at the earliest, local time; they begin within three hours of it.
	hour float64
	make func(d *draw) Case
}

// Case is a scenario with all that varies drawn.
type Case struct {
	// Plan is that of the landscape; health lasts from its start to Onset, which is on the day that begins at Day. From Ends on all
	// is repaired.
	Plan             landscape.Plan
	Day, Onset, Ends time.Time
	Truths           []Truth

	lasts time.Duration
	act   func(since time.Duration, t *landscape.Trouble)
	mend  func(t *landscape.Trouble)
}

// Truth is one fault of a case.
type Truth struct {
	Fault string
	// Causes are what may be named as its cause; one of them suffices.
	Causes []Cause
}

// Cause is an entity, and the beginnings of the signals of it that tell of the fault; none: any.
type Cause struct {
	Entity  string
	Signals []string
}

// Is reports whether a signal of an entity is the cause. What lies within the entity counts as the entity.
func (c *Cause) Is(entity, signal string) bool {
	if entity != c.Entity {
		return false
	}
	if len(c.Signals) == 0 {
		return true
	}
	for _, s := range c.Signals {
		if strings.HasPrefix(signal, s) {
			return true
		}
	}
	return false
}

// Act sets what is wrong at a time, which must be asked for in order.
func (c *Case) Act(at time.Time, t *landscape.Trouble) {
	*t = landscape.Trouble{}
	switch {
	case at.Before(c.Onset):
	case at.Before(c.Ends):
		c.act(at.Sub(c.Onset), t)
	case at.Before(c.Ends.Add(c.Plan.Interval)) && c.mend != nil:
		c.mend(t)
	}
}

// Learning is how long all is well before something happens: what is usual takes three weeks to be known.
const Learning = 21 * 24 * time.Hour

// New draws a case, whose day comes after so long a time of health. Until that day begins, the cases of one seed are the same, but
// for those of a close, which have another day.
func (s *Scenario) New(seed uint64, health, interval time.Duration, c *calendar.Calendar) Case {
	day := s.day(seed, c)
	d := &draw{dice: dice(seed, s.Name), interval: interval, site: "bj"}
	d.server = d.dice.IntN(landscape.Servers)
	local := s.hour + 3*d.dice.Float64()
	out := s.make(d)
	out.Day = day.Add(-c.Ahead(day))
	out.Onset = out.Day.Add(time.Duration(local * float64(time.Hour))).Truncate(interval)
	out.Ends = out.Onset.Add(out.lasts).Truncate(interval)
	out.Plan = landscape.Plan{Seed: seed, Site: d.site, Start: out.Day.Add(-health), Interval: interval, Calendar: c}
	return out
}

// day draws a date of the year 2026, in which China's holidays are known.
func (s *Scenario) day(seed uint64, c *calendar.Calendar) time.Time {
	day := time.Date(2026, 1, 25, 0, 0, 0, 0, time.UTC).AddDate(0, 0, dice(seed, "day").IntN(240))
	for !s.suits(c.Day(day.Add(4 * time.Hour))) {
		day = day.AddDate(0, 0, 1)
	}
	return day
}

func dice(seed uint64, name string) *rand.Rand {
	h := fnv.New64a()
	_, _ = h.Write([]byte(name)) // never fails
	return rand.New(rand.NewPCG(seed, h.Sum64()))
}

func (s *Scenario) suits(day calendar.Day) bool {
	if s.Closing {
		return day.Class == calendar.MonthEnd
	}
	return day.Working() && day.Class != calendar.MonthEnd
}

// draw is what varies.
type draw struct {
	dice     *rand.Rand
	interval time.Duration
	site     string
	server   int // which of the application servers
}

// about draws what is within a third of a value.
func (d *draw) about(value float64) float64 { return value * math.Exp(0.3*(2*d.dice.Float64()-1)) }

// hours draws a time that is within a third of so many hours.
func (d *draw) hours(n float64) time.Duration { return time.Duration(d.about(n) * float64(time.Hour)) }

// step is how many hours an interval has.
func (d *draw) step() float64 { return d.interval.Hours() }

// both joins two cases that begin at the same time. It lasts until the later one ends; each is mended at its own end.
func both(a, b Case) Case {
	each := func(since time.Duration, t *landscape.Trouble, interval time.Duration) {
		for _, c := range []*Case{&a, &b} {
			switch {
			case since < c.lasts:
				c.act(since, t)
			case since < c.lasts+interval && c.mend != nil:
				c.mend(t)
			}
		}
	}
	out := Case{Truths: append(a.Truths, b.Truths...), lasts: max(a.lasts, b.lasts) + 10*time.Minute}
	out.act = func(since time.Duration, t *landscape.Trouble) { each(since, t, time.Minute) }
	return out
}
