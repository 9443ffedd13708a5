package scenario

import (
	"math"
	"math/rand/v2"
	"time"
)

const secondsPerDay = 86_400

// site is where and when one series is recorded, and the dice for everything about it.
type site struct {
	*rand.Rand

	kind    Kind
	number  int       // tells its name from those of other families
	start   time.Time // of the first sample, local time
	days    float64   // how long it is recorded
	step    float64   // days between samples
	workday func(time.Time) bool
}

// course is what happens to the resource. Its functions are called once per step, in time order, with the days since
// the start; shares are of the limit at the start.
type course struct {
	use func(day float64) float64
	// limit is nil where it stays 1.
	limit func(day float64) float64
	// onset is when trouble begins, in days; never if there is none.
	onset float64
	leaks bool
	// noise is the standard deviation of what is added to the use, a share; it fades within half an hour.
	noise float64
	// silent tells when no sample is sent, mute when no limit is; nil is never.
	silent, mute func(day float64) bool
	// shown turns the limit, in its unit, into what is sent; nil sends it as it is.
	shown func(day, limit float64) float64
	// repeats is the share of samples that are sent twice, or come late.
	repeats float64
	metric  metric
}

// never is the onset of what is no trouble.
const never = -1

// firstDay is the earliest start of a recording; the latest is 300 days later.
const firstDay = 1_768_176_000 // 2026-01-12

func newSite(r *rand.Rand, f *Family, index int, workday func(time.Time) bool) *site {
	s := &site{Rand: r, kind: f.Kind, number: 100*f.number + index, days: 35, step: 300.0 / secondsPerDay, workday: workday}
	if index%4 == 3 {
		s.days = 90
	}
	if s.kind == Leak {
		s.days, s.step = 10, 60.0/secondsPerDay
	}
	zone := time.FixedZone("UTC+8", 8*3600)
	s.start = time.Unix(firstDay+int64(r.IntN(300))*secondsPerDay+int64(r.IntN(60)), 0).In(zone)
	return s
}

// between returns a number from lo to hi, all equally likely.
func (s *site) between(lo, hi float64) float64 { return lo + (hi-lo)*s.Float64() }

// at returns the local time after so many days.
func (s *site) at(day float64) time.Time {
	return s.start.Add(time.Duration(day * secondsPerDay * float64(time.Second)))
}

// hour returns the local hour of the day, with its fraction.
func (s *site) hour(day float64) float64 {
	t := s.at(day)
	return float64(t.Hour()) + float64(t.Minute())/60
}

// works tells whether people work on the local day.
func (s *site) works(day float64) bool { return s.workday(midnight(s.at(day))) }

func midnight(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, t.Location())
}

// load is how busy people keep the system, 0 to 1: a hump over office hours, a third of it on rest days.
func (s *site) load(day float64) float64 {
	hump := math.Max(0, math.Sin((s.hour(day)-7)/13*math.Pi))
	if !s.works(day) {
		hump /= 3
	}
	return 0.1 + 0.9*hump
}

// paced returns a climb from a level to the limit at day full, whose speed follows weight.
func (s *site) paced(from, full float64, weight func(day float64) float64) func(float64) float64 {
	total := 0.0
	for d := 0.0; d < full; d += s.step {
		total += weight(d)
	}
	level := from
	return func(day float64) float64 {
		now := level
		level += (1 - from) * weight(day) / math.Max(total, 1e-9)
		return now
	}
}
