package exhaustion

import (
	"math"
	"slices"
	"time"
)

// Never stands for a time beyond [MaxETA].
const Never = time.Duration(math.MaxInt64)

// MaxETA is the farthest date that is ever told.
const MaxETA = 180 * 24 * time.Hour

// pathOf names the path of a resolution.
func pathOf(resolution int) Path {
	switch resolution {
	case fine:
		return FastSeconds
	case minute:
		return FastMinutes
	case quarter:
		return FastHours
	}
	return SlowDays
}

// Horizons are the times ahead for which probabilities are told.
func Horizons() [4]time.Duration {
	return [4]time.Duration{4 * time.Hour, 24 * time.Hour, 7 * 24 * time.Hour, 30 * 24 * time.Hour}
}

// Path says which view of the signal a forecast rests on.
type Path string

// The paths.
const (
	None        Path = ""
	FastSeconds Path = "fast_seconds" // 5-second maxima of the last minutes
	FastMinutes Path = "fast_minutes" // minute maxima of the last hour
	FastHours   Path = "fast_hours"   // quarter-hour maxima of the last day
	SlowDays    Path = "slow_days"    // daily maxima of the last weeks
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
// costs microseconds for a signal that rests and tens of them for one that climbs.
func (f *Forecaster) Forecast(days Days) Forecast {
	out := Forecast{
		Used: f.Share, P10: Never, P50: Never, P90: Never,
		Learning: true, Seen: time.Duration(f.LastMillis-f.FirstMillis) * time.Millisecond,
	}
	if f.FirstMillis == 0 {
		return out
	}
	rise, level, known := f.usual()
	if known >= habit {
		out.Usual = level
	}
	if f.Share >= 1 && out.Usual < 1 {
		return out.full()
	}
	var views [resolutions]view
	next := f.peaks()
	news := max(f.novelty(rise, level), next)
	for r := fine; r < day; r++ {
		views[r] = f.fast(r, news)
	}
	var own pace
	views[day] = f.slow(&days, &own)
	if next >= 0.5 && slices.ContainsFunc(views[:day], func(v view) bool { return v.grade > 0 }) {
		views[day].grade = 0 // this climb ends at the limit: its own pace tells when
	}
	for i := range views {
		out.Learning = out.Learning && !views[i].ready
		out.Rising = out.Rising || views[i].grade >= 0.5
	}
	return out.combine(views[:])
}

// full returns the forecast for a signal that is at its limit now.
func (out Forecast) full() Forecast {
	out.Within, out.Learning = [4]float64{1, 1, 1, 1}, false
	out.P10, out.P50, out.P90 = 0, 0, 0
	return out
}

// view is what one path makes of the signal.
type view struct {
	resolution int     // what it looks at
	ready      bool    // has seen enough to speak
	grade      float64 // how much the law is believed, 0 to 1; 0 where it is silent
	trend      trend
	law        passage
	pace       *pace // nil: the clock's own
}

// certain is the most that is ever said of the future: somebody may clean up.
const certain = 0.995

func (v *view) within(seconds float64) float64 {
	if v.grade == 0 {
		return 0
	}
	if v.pace != nil {
		seconds = v.pace.growth(min(seconds, v.law.reach))
	}
	return min(certain, v.grade*v.law.within(seconds))
}

// combine takes the largest probability that any view gives to each time.
func (out Forecast) combine(views []view) Forecast {
	within := func(t float64) (best float64, who *view) {
		for i := range views {
			if p := views[i].within(t); p > best {
				best, who = p, &views[i]
			}
		}
		return best, who
	}
	for i, h := range Horizons() {
		out.Within[i], _ = within(h.Seconds())
	}
	_, who := within(MaxETA.Seconds())
	quantile := func(p float64) time.Duration {
		t := solve(func(t float64) bool { q, _ := within(t); return q >= p })
		if t > MaxETA.Seconds() {
			return Never
		}
		return time.Duration(t * float64(time.Second))
	}
	out.P10, out.P50, out.P90 = quantile(0.1), quantile(0.5), quantile(0.9)
	out.stretch()
	if out.P50 != Never {
		_, who = within(out.P50.Seconds())
	}
	if who != nil {
		out.Path, out.PerSecond, out.Rise = pathOf(who.resolution), who.trend.slope, who.trend.rise
		out.Span = time.Duration(who.trend.span * float64(time.Second))
	}
	return out
}

// What the law leaves out of the interval of the date, by how far away that is: the evaluation's development scenarios
// (docs/evaluation.md) were covered to 80 % when p10 and p90 lay by these factors further from p50.
const (
	stretchNear, near = 1.9, 36 * time.Hour
	stretchFar, far   = 1.1, 6 * 24 * time.Hour
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

// solve returns the least time in seconds at which reached becomes true, to 0.1 %; +Inf if that is beyond MaxETA.
func solve(reached func(float64) bool) float64 {
	lo, hi := 0.1, MaxETA.Seconds()
	if !reached(hi) {
		return math.Inf(1)
	}
	for hi/lo > 1.001 {
		if mid := math.Sqrt(lo * hi); reached(mid) {
			hi = mid
		} else {
			lo = mid
		}
	}
	return hi
}

// fast judges the present run-up at one resolution; grade is how much it is believed to go on.
func (f *Forecaster) fast(resolution int, grade float64) view {
	v := view{resolution: resolution}
	p := f.maxima(resolution)
	v.ready = p.n >= minPoints && p.span() >= minSpan.Seconds()
	if !v.ready {
		return v
	}
	p.runUp()
	if p.n < minPoints || p.span() < minSpan.Seconds() || p.height() < minFastRise {
		return v // most signals, most of the time: the fit, which costs the most, is spared
	}
	v.trend = p.fit()
	if v.trend.slope > 0 && v.trend.rise >= max(minFastRise, clearOfNoise*v.trend.noise) {
		v.grade = grade
		reach := fastReach
		if resolution == quarter {
			reach = hoursReach
		}
		v.law = v.trend.passage(1-p.y[p.n-1], reach*v.trend.span)
	}
	return v
}

// maxima returns the maxima of one resolution's buckets, times in seconds relative to the newest sample.
func (f *Forecaster) maxima(resolution int) (p points) {
	f.ring(resolution).each(0, func(endMillis int64, b *bucket) {
		p.add(float64(min(endMillis, f.LastMillis)-f.LastMillis)/1000, float64(b.Max))
	})
	return p
}

// novelty grades a run-up by what the signal is known to do: 1 if it rises as it never does to a level where it
// never is and has eaten enough of what was left, little if the like comes and goes. Before there is a habit there is
// nothing to go by.
func (f *Forecaster) novelty(usual, level float64) float64 {
	if level == 0 {
		return 1
	}
	low := float64(f.Low)
	f.ring(quarter).each(f.LastMillis-dayMillis, func(_ int64, b *bucket) { low = min(low, float64(b.Min)) })
	steep, high := f.Share-low > unusuallyHigh*usual, f.Share > level
	switch {
	case steep && high:
		// Most of what comes in at once also ends: an import, a migration. A runaway does not.
		return ramp(eatenLittle, eatenMuch, (f.Share-low)/max(1-low, minFastRise))
	case steep:
		return 0.5
	case high:
		return 0.2
	}
	return 0.05
}

// peaks returns how probably the present climb reaches the limit if it ends as the climbs before it did: a saw-tooth
// whose next peak lies beyond the limit. 0 while there is no habit.
func (f *Forecaster) peaks() (p float64) {
	if f.Climbs < habit {
		return 0
	}
	const blur = 0.01 // no two peaks are the same
	n := min(f.Climbs, climbs)
	for _, h := range f.Height[:n] {
		p += normalCDF((float64(f.Low+h) - 1) / blur)
	}
	return p / float64(n)
}

// The share of the runway that a run-up must have eaten before it counts as one that goes on.
const (
	eatenLittle = 0.25
	eatenMuch   = 0.45
)

// ramp rises from 0 at lo to 1 at hi.
func ramp(lo, hi, x float64) float64 { return min(1, max(0, (x-lo)/(hi-lo))) }
