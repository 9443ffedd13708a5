package exhaustion

import (
	"math"
	"slices"

	"github.com/forewarn/forewarn/models/robust"
)

// maxPoints is how many a path looks at, at most.
const maxPoints = dayBuckets

// points are up to maxPoints samples of a trend: times in seconds, increasing, and shares of the limit.
type points struct {
	t, y [maxPoints]float64
	n    int
}

func (p *points) add(t, y float64) { p.t[p.n], p.y[p.n] = t, y; p.n++ }

// from drops the points before index i.
func (p *points) from(i int) {
	p.n = copy(p.t[:], p.t[i:p.n])
	copy(p.y[:], p.y[i:i+p.n])
}

func (p *points) span() float64 { return p.t[p.n-1] - p.t[0] }

// height is the range of the shares, which no line through them rises by more than.
func (p *points) height() float64 { return slices.Max(p.y[:p.n]) - slices.Min(p.y[:p.n]) }

// bigFall is the share of a climb's height by which it falls when it has ended.
const bigFall = 0.25

// runUp drops all points before the present run-up: those before the last big fall, and those of the plain
// before the climb. What is left starts at its own lowest point.
func (p *points) runUp() {
	low, high := slices.Min(p.y[:p.n]), slices.Max(p.y[:p.n])
	const foot = 0.02 // share of the range seen
	start, peak := 0, p.y[0]
	for i := range p.n {
		if peak = max(peak, p.y[i]); peak-p.y[i] > bigFall*(high-low) {
			start, peak = i, p.y[i]
		}
	}
	low = slices.Min(p.y[start:p.n])
	for i := start; i < p.n; i++ {
		if p.y[i] <= low+foot*(p.y[p.n-1]-low) {
			start = i
		}
	}
	p.from(start)
}

// maxFit bounds the points of one Theil-Sen fit, whose cost grows with their square.
const maxFit = 14

// theilSen returns the median of the slopes between all pairs of up to maxFit evenly chosen points of
// [from, to), per second (Theil 1950, Sen 1968): up to 29 % of wild points do not move it.
func (p *points) theilSen(from, to int) float64 {
	var slopes [maxFit * (maxFit - 1) / 2]float64
	m, step := 0, max(1, float64(to-from-1)/(maxFit-1))
	for a := 0.0; int(a+0.5) < to-from; a += step {
		i := from + int(a+0.5)
		for b := a + step; int(b+0.5) < to-from && m < len(slopes); b += step {
			j := from + int(b+0.5)
			slopes[m] = (p.y[j] - p.y[i]) / (p.t[j] - p.t[i])
			m++
		}
	}
	if m == 0 {
		return 0
	}
	return robust.Median(slopes[:m])
}

// stalled is the share of a climb's slope below which its newest quarter counts as standing still.
const stalled = 0.1

// trend is a line fitted to points and how well it is known.
type trend struct {
	slope    float64 // shares per second; the lower one of the whole and its newer half
	early    float64 // slope of the older half
	late     float64 // slope of the newer half
	noise    float64 // robust standard deviation around the line, shares
	slopeErr float64 // standard error of the slope, shares per second
	variance float64 // of what adds up over time around the drift, per second
	jitter   float64 // of the increments around the drift, per second
	curve    float64 // by how much the slope grows, shares per second²; 0 unless bend found it
	top      float64 // of what lies above the line, at the newest point: the height that peaks reach, shares
	rise     float64 // of the line over the points, shares
	span     float64 // seconds
	n        int
}

// fit returns the robust trend of the points; there must be at least 3.
func (p *points) fit() trend {
	half := p.n / 2
	whole := p.theilSen(0, p.n)
	tr := trend{early: p.theilSen(0, half+1), late: p.theilSen(half, p.n), n: p.n, span: p.span()}
	tr.slope = whole
	if tr.late < whole { // a climb that slackens is believed to be as slow as it is now
		tr.slope = tr.late
	}
	if p.n >= 2*minPoints { // and one that has stopped is believed to have
		if newest := p.theilSen(p.n-p.n/4, p.n); newest < stalled*whole {
			tr.slope = min(tr.slope, newest)
		}
	}
	var dev [maxPoints]float64
	for i := range p.n {
		dev[i] = p.y[i] - whole*(p.t[i]-p.t[0])
	}
	residuals := dev[:p.n]
	tr.noise = robust.Deviation(residuals)

	tr.top = p.peaks(tr.slope)

	// What comes and goes, as a saw-tooth does, does not add up over time: it is seen from afar.
	tr.jitter = p.wander(1, whole)
	tr.variance = min(tr.jitter, p.wander(max(1, p.n/4), whole))
	tr.rise = min(whole*tr.span, p.height())
	// Errors of a straight line's slope, doubled since neighbours are alike, plus what the halves disagree by,
	// plus a floor: no real growth is a straight line, so 5 % of the slope is never known.
	n := float64(p.n)
	tr.slopeErr = 2*tr.noise*math.Sqrt(12/n)/tr.span + math.Abs(tr.early-tr.late)/(2*math.Sqrt(n)) + 0.05*math.Abs(tr.slope)
	return tr
}

// wander returns the variance a second of what points so many apart differ by, beyond the slope.
func (p *points) wander(apart int, slope float64) float64 {
	var dev [maxPoints]float64
	for i := apart; i < p.n; i++ {
		dt := max(p.t[i]-p.t[i-apart], 1)
		dev[i-apart] = (p.y[i] - p.y[i-apart] - slope*dt) / math.Sqrt(dt)
	}
	return square(robust.Deviation(dev[:p.n-apart]))
}

// peaks returns how high the line of a slope through the newer half of the points lies at the newest, if it is raised to
// what nine in ten of them stay below.
func (p *points) peaks(slope float64) float64 {
	var above [maxPoints]float64
	n := 0
	for i := p.n / 2; i < p.n; i++ {
		above[n] = p.y[i] + slope*(p.t[p.n-1]-p.t[i])
		n++
	}
	return robust.Quantile(above[:n], 0.9)
}

// bend notes that the slope grows, if the halves differ by more than noise explains: the newest slope is then beyond
// that of the newer half, and growth goes on to grow.
func (tr *trend) bend() {
	differ := tr.late - tr.early
	// What neighbours differ by, since what lies off the line is the bend itself.
	noise := math.Sqrt(tr.jitter * tr.span / float64(tr.n-1) / 2)
	err := 2 * noise * math.Sqrt(24/float64(tr.n)) / (tr.span / 2)
	if tr.n < minPoints || differ <= 3*err || tr.early < tr.late/5 { // a clean-up at first bends the line, too
		return
	}
	tr.slope = tr.late + differ/2
	tr.curve = differ / (tr.span / 2)
}

func square(x float64) float64 { return x * x }

// passage returns the law of covering the distance along this trend.
func (tr trend) passage(distance, reach float64) passage {
	slope := max(tr.slope, 0)
	p := passage{distance: distance, drift: slope, curve: tr.curve, bends: tr.span / 2, reach: reach}
	if slope > 0 {
		// Not knowing the drift widens the law as much as extra noise would at the expected time, or at the end
		// of the reach if that comes first: later times are not told.
		p.variance = tr.variance + square(tr.slopeErr)*min(distance/slope, reach)
	}
	return p
}
