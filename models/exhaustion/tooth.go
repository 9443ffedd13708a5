package exhaustion

import (
	"math"
	"slices"

	"github.com/forewarn/forewarn/models/robust"
)

// A saw-tooth is what rises and is cleaned up again and again. Once it is a habit, the limit is reached by the present
// tooth if it becomes as high as those before it were, or by one of the next ones if each is higher than the last.

// longTooth is how long a tooth takes, in minutes, to be seen in the maxima of days.
const longTooth = 18 * 60

// tallTooth is by how much a climb must outgrow all teeth before it to be none.
const tallTooth = 1.1

// teeth returns how many climbs are remembered, 0 while they are no habit.
func (f *Forecaster) teeth() int {
	if f.Climbs < habit {
		return 0
	}
	return int(min(f.Climbs, climbs))
}

// long reports whether most teeth take so long that the maxima of days show them.
func (f *Forecaster) long() bool {
	n, long := f.teeth(), 0
	for _, m := range f.Minutes[:n] {
		if m >= longTooth {
			long++
		}
	}
	return 2*long > n
}

// shortTeeth reports whether the signal is a saw-tooth with teeth within a day.
func (f *Forecaster) shortTeeth() bool { return f.teeth() > 0 && !f.long() }

// longTeeth reports whether the signal is a saw-tooth with long teeth, and still goes on as one.
func (f *Forecaster) longTeeth() bool {
	n := f.teeth()
	return n > 0 && f.long() && float64(f.High-f.Low) <= tallTooth*float64(slices.Max(f.Height[:n]))
}

// next returns the probability that the present tooth reaches the limit, by the heights of those before it; 0 where there
// is no habit, and until it climbs: what comes down as slowly as it rises has not reached its low yet.
func (f *Forecaster) next() (p float64) {
	const blur = 0.01 // no two peaks are the same
	n, low := f.teeth(), f.share(f.Low)
	if n == 0 || float64(f.High-f.Low) < climbsFrom*float64(slices.Min(f.Height[:n])) {
		return 0
	}
	for _, h := range f.Height[:n] {
		p += normalCDF((low+f.share(h)-1)/blur) / float64(n)
	}
	return p
}

// climbsFrom is the share of the least of the teeth before it that a tooth must have risen to climb.
const climbsFrom = 0.1

// tooth judges the present tooth, which reaches the limit with probability next, by the paces of those before it. What
// trembles within minutes has no pace.
func (f *Forecaster) tooth(next float64) view {
	v := view{resolution: tooth}
	n := f.teeth()
	if next < leastGrade || slices.Max(f.Minutes[:n]) < shortTooth {
		return v
	}
	v.grade = next
	v.trend = trend{rise: f.Share - f.share(f.Low), span: float64(f.LastMillis-f.LowMillis) / 1000, n: n}
	v.trend.slope, v.trend.slopeErr = f.climbing()
	v.law = v.trend.passage(1-f.Share, 2*60*float64(slices.Max(f.Minutes[:n])))
	return v
}

// shortTooth is how many minutes the longest of some teeth takes at least.
const shortTooth = 15

// climbing returns how fast the teeth climb, and by how much that differs between them, in shares a second.
func (f *Forecaster) climbing() (pace, spread float64) {
	var paces [climbs]float64
	n := f.teeth()
	for i := range n {
		paces[i] = f.share(f.Height[i]) / (60 * float64(max(f.Minutes[i], 1)))
	}
	pace = robust.Median(paces[:n])
	return pace, max(robust.Deviation(paces[:n]), leastSpread*pace)
}

// leastSpread is the least that the paces of teeth are taken to differ by, as a share.
const leastSpread = 0.1

// peaks returns the heights of the teeth, times in seconds before the newest sample.
func (f *Forecaster) peaks() (p points) {
	n := f.teeth()
	for i := range n {
		k := (int(f.Climbs) - n + i) % climbs
		t := float64(int64(f.PeakMinute[k])*minuteMillis-f.LastMillis) / 1000
		if p.n == 0 || t > p.t[p.n-1] {
			p.add(t, f.share(f.Peak[k]))
		}
	}
	return p
}

// rhythm is that of a saw-tooth whose peaks come regularly. A line through the peaks reaches the limit at some moment
// between two of them; the signal does when the second tooth has climbed that high.
type rhythm struct {
	last, period float64 // of the peaks, in seconds; last is before now. A period of 0 is no rhythm
	steep        float64 // by how much the teeth are steeper than the line
}

// rhythm returns the rhythm of the teeth for a line of a slope in shares a second.
func (f *Forecaster) rhythm(slope float64) rhythm {
	p := f.peaks()
	if p.n < habit {
		return rhythm{}
	}
	var gaps [climbs]float64
	for i := 1; i < p.n; i++ {
		gaps[i-1] = p.t[i] - p.t[i-1]
	}
	r := rhythm{last: p.t[p.n-1], period: robust.Median(gaps[:p.n-1])}
	for _, gap := range gaps[:p.n-1] {
		if math.Abs(gap-r.period) > irregular*r.period {
			return rhythm{}
		}
	}
	if pace, _ := f.climbing(); slope > 0 {
		r.steep = max(1, pace/slope)
	}
	return r
}

// irregular is by how much a gap between two peaks may differ from the period, as a share of it.
const irregular = 0.25

// line returns the time by which a line through the peaks must have reached a height if a tooth reaches it within t
// seconds from now.
func (r rhythm) line(t float64) float64 {
	if r.period == 0 || r.steep == 0 {
		return t
	}
	before := r.last + math.Floor((t-r.last)/r.period)*r.period
	after := before + r.period
	return max(0, before, after-(after-t)*r.steep)
}
