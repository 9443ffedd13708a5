package exhaustion

import (
	"math"
	"slices"
	"time"

	"github.com/forewarn/forewarn/models/robust"
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
	// Rising tells that it climbs towards the limit, although that may lie beyond what was seen for long enough to
	// give a date.
	Rising bool
	// Learning is true until any path has seen enough to speak at all.
	Learning bool
	// Seen is how long the signal has been known. Nothing is told about times beyond a small multiple of it.
	Seen time.Duration
}

// What a path must have seen before it speaks, and how far it may look ahead. A climb is followed for at most
// three times as long as it lasted: by then it has eaten a quarter of its runway. Days are smoother.
const (
	minPoints     = 8
	minSpan       = time.Minute
	minDays       = 3
	fastReach     = 3.0
	slowReach     = 4.0
	minFastRise   = 0.02
	minSlowRise   = 0.01
	clearOfNoise  = 6.0
	unusuallyHigh = 1.25
)

// Forecast returns what the remembered samples say about the limit. It costs microseconds for a signal that rests and
// tens of them for one that climbs.
func (f *Forecaster) Forecast() Forecast {
	out := Forecast{
		Used: f.Share, P10: Never, P50: Never, P90: Never,
		Learning: true, Seen: time.Duration(f.LastMillis-f.FirstMillis) * time.Millisecond,
	}
	if f.FirstMillis == 0 {
		return out
	}
	if f.Share >= 1 {
		return out.full()
	}
	var views [resolutions]view
	novelty := f.novelty()
	for r := fine; r < day; r++ {
		views[r] = f.fast(r, novelty)
	}
	views[day] = f.slow()
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
	path  Path
	ready bool    // has seen enough to speak
	grade float64 // how much the law is believed, 0 to 1; 0 where it is silent
	trend trend
	law   passage
}

// certain is the most that is ever said of the future: somebody may clean up.
const certain = 0.995

func (v *view) within(seconds float64) float64 {
	if v.grade == 0 {
		return 0
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
	if out.P50 != Never {
		_, who = within(out.P50.Seconds())
	}
	if who != nil {
		out.Path, out.PerSecond, out.Rise = who.path, who.trend.slope, who.trend.rise
		out.Span = time.Duration(who.trend.span * float64(time.Second))
	}
	return out
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

// fast judges the present run-up at one resolution.
func (f *Forecaster) fast(resolution int, novelty float64) view {
	v := view{path: [...]Path{FastSeconds, FastMinutes, FastHours}[resolution]}
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
		v.grade = novelty
		v.law = v.trend.passage(1-p.y[p.n-1], fastReach*v.trend.span)
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
// never is, little if the like comes and goes. Before there is a habit there is nothing to go by.
func (f *Forecaster) novelty() float64 {
	usual, level := f.usual()
	if level == 0 {
		return 1
	}
	low := f.Share
	f.ring(quarter).each(f.LastMillis-dayMillis, func(_ int64, b *bucket) { low = min(low, float64(b.Min)) })
	steep, high := f.Share-low > unusuallyHigh*usual, f.Share > level
	switch {
	case steep && high:
		return 1
	case steep:
		return 0.5
	case high:
		return 0.2
	}
	return 0.05
}

// slow judges the maxima of the complete days.
func (f *Forecaster) slow() view {
	v := view{path: SlowDays}
	p := f.maxima(day)
	if p.n--; p.n < minDays { // today is not over
		return v
	}
	v.ready = true
	p.restart()
	if p.n < minDays || p.height() < minSlowRise {
		return v
	}
	v.trend = p.fit()
	if v.trend.slope <= 0 || v.trend.rise < minSlowRise || v.trend.slope < v.trend.slopeErr {
		return v
	}
	level := f.Share
	f.ring(quarter).each(f.LastMillis-dayMillis, func(_ int64, b *bucket) { level = max(level, float64(b.Max)) })
	v.grade = 1
	v.law = v.trend.passage(1-level, slowReach*v.trend.span)
	return v
}

// restart drops the days before a change of rate: when the newest 5 or 3 daily increments all lie beyond
// what the increments before them explain.
func (p *points) restart() {
	for _, k := range [...]int{5, 3} {
		older := p.n - 1 - k
		if older < 5 {
			continue
		}
		var inc [dayBuckets]float64
		for i := range p.n - 1 {
			inc[i] = p.y[i+1] - p.y[i]
		}
		newest := slices.Min(inc[older : p.n-1])
		usual := robust.Median(inc[:older])
		if newest > usual+3*(robust.Deviation(inc[:older])+0.001) {
			p.from(older)
			return
		}
	}
}
