package exhaustion

import (
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

// longTeeth reports whether the signal is a saw-tooth with long teeth, and still goes on as one.
func (f *Forecaster) longTeeth() bool {
	n := f.teeth()
	return n > 0 && f.long() && float64(f.High-f.Low) <= tallTooth*float64(slices.Max(f.Height[:n]))
}

// tooth judges the present tooth by the heights and the paces of those before it. Its grade is the probability that it
// reaches the limit.
func (f *Forecaster) tooth() view {
	v := view{resolution: tooth}
	n := f.teeth()
	if n == 0 {
		return v
	}
	const blur = 0.01 // no two peaks are the same
	var paces [climbs]float64
	longest, low := 0.0, f.share(f.Low)
	for i := range n {
		seconds := 60 * float64(max(f.Minutes[i], 1))
		v.grade += normalCDF((low+f.share(f.Height[i])-1)/blur) / float64(n)
		paces[i] = f.share(f.Height[i]) / seconds
		longest = max(longest, seconds)
	}
	if v.grade < leastGrade {
		v.grade = 0
		return v
	}
	v.trend = trend{rise: f.Share - low, span: float64(f.LastMillis-f.LowMillis) / 1000, n: n}
	v.trend.slope = robust.Median(paces[:n])
	v.trend.slopeErr = max(robust.Deviation(paces[:n]), leastSpread*v.trend.slope)
	v.law = v.trend.passage(1-f.Share, 2*longest)
	return v
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
