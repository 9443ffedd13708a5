package exhaustion

import (
	"math"
	"time"
)

// Never stands for a time beyond [MaxETA].
const Never = time.Duration(math.MaxInt64)

// MaxETA is the farthest date that is ever told.
const MaxETA = 180 * 24 * time.Hour

// Horizons are the times ahead for which probabilities are told.
func Horizons() [4]time.Duration {
	return [4]time.Duration{4 * time.Hour, 24 * time.Hour, 7 * 24 * time.Hour, 30 * 24 * time.Hour}
}

// Path says which view of the signal a forecast rests on.
type Path string

// The paths.
const (
	None     Path = ""
	FastPath Path = "fast"  // the present run-up: maxima of seconds to hours, of minutes to two days
	SlowPath Path = "slow"  // daily maxima of the last weeks, or the peaks of a saw-tooth with long teeth
	Tooth    Path = "tooth" // the present tooth of a saw-tooth, or what it keeps of each
)

// Forecast is what a Forecaster makes of its signal at its newest sample.
type Forecast struct {
	// Used is the newest use as a share of the limit; above 1 where it is overcommitted.
	Used float64
	// Within holds the probability that the limit is reached within each of Horizons, increasing.
	Within [4]float64
	// P10, P50 and P90 are quantiles of the time from the newest sample to the limit; Never beyond MaxETA,
	// and where the probability of ever reaching it stays below the quantile.
	P10, P50, P90 time.Duration
	// Path is the view that the forecast rests on; None if nothing points towards the limit.
	Path Path
	// PerSecond is the growth that the path sees, in shares of the limit a second; Rise is what the signal grew
	// by while it was seen, over Span.
	PerSecond float64
	Rise      float64
	Span      time.Duration
	// Usual is how high the signal is known to stand, as a share of the limit: its third-highest day. 0 while fewer than
	// three days are known.
	Usual float64
	// Rising tells that it climbs towards the limit, although that may lie beyond what was seen for long enough to
	// give a date.
	Rising bool
	// Learning is true until any path has seen enough to speak at all.
	Learning bool
	// Seen is how long the signal has been known. Nothing is told about times beyond a small multiple of it.
	Seen time.Duration
}

// Probability returns that of reaching the limit within a time ahead, 0 to 1: what is told of the nearest horizons and
// quantiles before and after it, joined by a line in the logarithm of time.
func (out *Forecast) Probability(ahead time.Duration) float64 {
	before, after := point{1, 0}, point{MaxETA, max(out.Within[3], 0)}
	for i, h := range Horizons() {
		before, after = enclose(before, after, point{h, out.Within[i]}, ahead)
	}
	for _, q := range [...]point{{out.P10, 0.1}, {out.P50, 0.5}, {out.P90, 0.9}} {
		if q.at > 0 && q.at != Never {
			before, after = enclose(before, after, q, ahead)
		}
	}
	if ahead <= before.at || after.p <= before.p {
		return before.p
	}
	along := ramp(math.Log(float64(before.at)), math.Log(float64(after.at)), math.Log(float64(ahead)))
	return before.p + along*(after.p-before.p)
}

// point is a probability at a time ahead.
type point struct {
	at time.Duration
	p  float64
}

// enclose replaces before or after by q if that lies nearer to a time ahead.
func enclose(before, after, q point, ahead time.Duration) (point, point) {
	if q.at <= ahead && q.at >= before.at {
		return point{q.at, max(q.p, before.p)}, after
	}
	if q.at > ahead && q.at < after.at {
		return before, q
	}
	return before, after
}

// What a path must have seen before it speaks, and how far it may look ahead, as a multiple of how long a climb has
// lasted. After three times as long it has eaten a quarter of its runway. What climbs for hours is followed half as far,
// since most of that comes and goes. Days are smoother.
const (
	minPoints     = 8
	minSpan       = time.Minute
	minDays       = 3
	fastReach     = 3.0
	hoursReach    = 1.5
	slowReach     = 4.0
	minFastRise   = 0.02
	minSlowRise   = 0.01
	clearOfNoise  = 6.0
	unusuallyHigh = 1.25
)

// Forecast returns what the remembered samples say about the limit, given the kinds of the days remembered and ahead. It
// costs a microsecond for a signal that rests and some ten of them for one that climbs.
func (f *Forecaster) Forecast(days Days) Forecast {
	out := Forecast{
		Used: f.Share, P10: Never, P50: Never, P90: Never,
		Learning: true, Seen: time.Duration(f.LastMillis-f.FirstMillis) * time.Millisecond,
	}
	if f.FirstMillis == 0 {
		return out
	}
	l := f.learn(&days)
	rise, level := f.usual(l)
	if l.days >= habit {
		out.Usual = level
	}
	if f.Share >= 1 && out.Usual < 1 {
		return out.full()
	}
	var views [paths]view
	var own, hours pace
	next := f.next()
	views[tooth], views[held] = f.tooth(next), f.held(&days)
	news := max(f.novelty(rise, level), next)
	if views[held].explains {
		news, views[tooth].grade = 0, 0
	}
	for r := range fastPaths {
		views[r] = f.fast(r, news, &hours)
	}
	if views[tooth].grade < surely { // else the present tooth ends at the limit, and its own pace tells when
		views[day] = f.slow(l, &days, &own)
	}
	for i := range views {
		out.Learning = out.Learning && !views[i].ready
		out.Rising = out.Rising || views[i].grade >= 0.5
	}
	return out.combine(views[:])
}

// surely is how probably the present tooth must reach the limit for nothing else to be asked.
const surely = 0.9

// full returns the forecast for a signal that is at its limit now.
func (out Forecast) full() Forecast {
	out.Within, out.Learning = [4]float64{1, 1, 1, 1}, false
	out.P10, out.P50, out.P90 = 0, 0, 0
	return out
}

// combine takes the largest probability that any view gives to each time.
func (out Forecast) combine(views []view) Forecast {
	c := curve{views: views}
	c.sample()
	copy(out.Within[:], c.known[1:])
	p10, p50, p90 := c.quantile(0.1), c.quantile(0.5), c.quantile(0.9)
	out.P10, out.P50, out.P90 = told(p10), told(p50), told(p90)
	out.stretch()
	_, i := c.within(min(p50, MaxETA.Seconds()))
	if i < 0 {
		return out
	}
	who := &views[i]
	out.Path, out.PerSecond, out.Rise = who.path(), who.trend.slope, who.trend.rise
	out.Span = time.Duration(who.trend.span * float64(time.Second))
	return out
}

// told returns a time in seconds as it is told.
func told(seconds float64) time.Duration {
	if seconds > MaxETA.Seconds() {
		return Never
	}
	return time.Duration(seconds * float64(time.Second))
}

// What the law leaves out of the interval of the date, by how far away that is: the evaluation's development scenarios
// (docs/evaluation.md) were covered to 80 % when p10 and p90 lay by these factors further from p50.
const (
	stretchNear, near = 1.95, 36 * time.Hour
	stretchFar, far   = 1.2, 6 * 24 * time.Hour
)

// stretch widens the interval of the date.
func (out *Forecast) stretch() {
	if out.P50 == Never {
		return
	}
	along := ramp(math.Log(float64(near)), math.Log(float64(far)), math.Log(float64(max(out.P50, 1))))
	by := stretchNear + along*(stretchFar-stretchNear)
	out.P10 = max(0, out.P50-time.Duration(by*float64(out.P50-out.P10)))
	if out.P90 == Never {
		return
	}
	if out.P90 = out.P50 + time.Duration(by*float64(out.P90-out.P50)); out.P90 > MaxETA {
		out.P90 = Never
	}
}

// ramp rises from 0 at lo to 1 at hi.
func ramp(lo, hi, x float64) float64 { return min(1, max(0, (x-lo)/(hi-lo))) }
