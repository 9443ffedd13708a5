package baseline

import "math"

// Events judges how often something happens that happens seldom, or in numbers too small for a level: deadlocks, aborted
// connections, restarts. What was counted since the sample before is compared with what is usual of such a period, and what was
// counted since the hour began with what is usual of an hour, each by [Counts], as far as these have held so far. More than
// usual is told at once, fewer when the period, or the hour, is over. It is silent on its first day, and opens, ends and
// settles excursions as a [Series] does. The zero value has seen nothing yet. Not safe for concurrent use.
type Events struct{ events }

// events has exported fields only so that encoding/binary can fill them.
type events struct {
	LastMillis int64
	// Samples counts what was learnt from.
	Samples uint32
	// First, Open and Event are as in a Series, in Unix seconds.
	First, Open, Event uint32
	// Interval is the usual time between two samples in seconds.
	Interval float32
	// Calm is for how many hours nothing was hot, Hot for how many something was; the latter wears off.
	Calm, Hot float32
	// Recent is how many events an hour of late has, which are the usual ones if they stay.
	Recent      float32
	Brief, Hour rhythm
	// Sum is what was counted in Seconds of the hour At, which is counted from 1970 on.
	Sum, Seconds float32
	At           uint32
}

const (
	rhythms     = 2   // among which the budget is divided
	leastHour   = 0.5 // of an hour that must be known to judge it
	stretched   = 1.5 // usual intervals from which on a count is brought to the usual one
	recentRate  = 0.2 // of an hour
	mostCounted = 1e9
)

// Observe takes in how many events a period of t.Period seconds has had at a moment, on average since the sample before, and
// tells what is thought of it; the value of a judgement is the number of events in the Seconds that it is about. It is not
// ok for what is no count, is not newer than the newest, or is the first. O(1), no allocation.
func (e *Events) Observe(m Moment, perPeriod float64, t Terms) (j Judgement, ok bool) {
	if !(perPeriod >= 0) || perPeriod > mostCounted || m.Millis <= e.LastMillis || m.Millis/1000 > math.MaxUint32 {
		return j, false
	}
	seconds := float64(m.Millis-e.LastMillis) / 1000
	e.LastMillis = m.Millis
	if e.Samples = min(e.Samples, math.MaxUint32-1) + 1; e.Samples == 1 {
		e.First, e.At = uint32(m.Millis/1000), uint32(m.Millis/hourMillis)
		return j, false
	}
	e.pace(float32(seconds))
	n, usual := math.Round(perPeriod*seconds/max(t.Period, 1)), float64(e.Interval)
	if seconds > stretched*usual {
		n, seconds = math.Round(n*usual/seconds), usual
	}
	j = e.judge(n, seconds, uint32(m.Millis/hourMillis))
	e.decide(&j, m.Millis, seconds/secondsAHour, t.budget())
	return j, true
}

// Began returns when the first sample was taken, in Unix seconds, 0 before there was one.
func (e *Events) Began() int64 { return int64(e.First) }

// Pace returns the usual time between two samples in seconds, 0 before there were two.
func (e *Events) Pace() float64 { return float64(e.Interval) }

// Age returns of how many samples it was learnt.
func (e *Events) Age() uint32 { return e.Samples }

func (e *Events) pace(dt float32) {
	if e.Interval == 0 {
		e.Interval = dt
	}
	e.Interval += paceRate * (min(dt, 3*e.Interval) - e.Interval)
}

// judge compares the period, the hour so far, and the one that is over, with what is usual, and learns.
func (e *Events) judge(n, seconds float64, hour uint32) Judgement {
	j := e.Brief.judged(n, seconds, e.Brief.rarity(n))
	if hour != e.At {
		if sum, ok := e.whole(); ok {
			j = rarer(j, e.Hour.judged(sum, secondsAHour, e.Hour.rarity(sum)))
			e.Hour.learn(sum)
			e.Recent += recentRate * (float32(sum) - e.Recent)
		}
		e.Sum, e.Seconds, e.At = 0, 0, hour
	}
	e.Brief.learn(n)
	e.Sum += float32(n)
	e.Seconds += float32(seconds)
	return rarer(j, e.Hour.judged(float64(e.Sum), float64(e.Seconds), e.Hour.most(float64(e.Sum))))
}

// whole returns what was counted in the hour that is over, as if all of it were known; not ok if too little is.
func (e *Events) whole() (sum float64, ok bool) {
	seconds := float64(e.Seconds)
	if seconds < leastHour*secondsAHour {
		return 0, false
	}
	return math.Round(float64(e.Sum) * secondsAHour / max(seconds, 1)), true
}

func rarer(a, b Judgement) Judgement {
	if b.Rarity > a.Rarity {
		return b
	}
	return a
}

// decide flags what is too rare and moves the excursion on.
func (e *Events) decide(j *Judgement, millis int64, hours, budget float64) {
	age := float64(millis/1000-int64(e.First)) / secondsADay
	chances := 7 * 24.0
	if e.of(j.Seconds) == &e.Brief {
		chances = 7 * secondsADay / float64(e.Interval)
	}
	need := math.Log10(chances * rhythms / max(budget, tiny))
	j.Flagged = age >= silentDays && j.Rarity > need*dawn(age)+caution*youth(age)
	if j.Flagged || e.Open != 0 { // else nobody asks
		j.Low, j.High = e.of(j.Seconds).band()
	}
	j.Score = Onset * j.Rarity / need
	j.Score = min(j.Score, 1)
	j.Event = int64(e.Event)
	if j.Flagged {
		e.Hot, e.Calm = e.Hot+float32(hours), 0
	} else {
		e.Hot, e.Calm = max(0, e.Hot-2*float32(hours)), min(e.Calm+float32(hours), math.MaxFloat32/2)
	}
	switch {
	case e.Open != 0 && e.Hot > adoptHours:
		e.settle()
		j.Action = Settled
	case j.Flagged && e.Open == 0:
		e.Open = uint32(millis / 1000)
		j.Action = Opened
	case e.Open != 0 && e.Calm > endHours:
		e.close()
		j.Action = Ended
	}
}

// of returns the rhythm that a count of so many seconds was compared with: the hour so far counts as a whole one.
func (e *Events) of(seconds float64) *rhythm {
	if seconds <= stretched*float64(e.Interval) {
		return &e.Brief
	}
	return &e.Hour
}

// settle makes what is counted of late the usual.
func (e *Events) settle() {
	e.Hour.become(float64(e.Recent))
	e.Brief.become(float64(e.Recent) * float64(e.Interval) / secondsAHour)
	e.close()
}

func (e *Events) close() { e.Event, e.Open, e.Hot = e.Open, 0, 0 }

// Expected returns what is usual of a period of t.Period seconds, and the band in which 95 % of them lie; not ok before the
// first day is over. It changes nothing.
func (e *Events) Expected(m Moment, t Terms) (low, usual, high float64, ok bool) {
	if e.Brief.Seen < leastSeen || e.Interval == 0 || m.Millis/1000-int64(e.First) < secondsADay {
		return 0, 0, 0, false
	}
	share := t.Period / float64(e.Interval)
	low, high = e.Brief.band()
	return low * share, float64(e.Brief.Mean) * share, high * share, true
}

// Learned returns how much of what it must show for its whole budget is there, from 0 to 1, at a time.
func (e *Events) Learned(millis int64) float64 {
	if e.Samples == 0 {
		return 0
	}
	return min(max(float64(millis/1000-int64(e.First))/secondsADay/fullDays, 0), 1)
}
