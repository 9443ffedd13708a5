package calibration

import (
	"math"
	"time"
)

// How far from p50 something happened is counted in half-widths of the interval on the logarithm of time: -1 at p10,
// 1 at p90. Bins are even in asinh(2 score): fine around the interval, coarse far from it, with edges at -1 and 1.
const (
	scoreBins   = 128
	middleBin   = scoreBins / 2 // its lower edge is p50
	binsToEdge  = 20            // bins from p50 to p10, and to p90
	maxScore    = 26            // beyond the outermost edge, 25.4
	narrowest   = 0.02          // half-width below which an interval counts as having this, so that a point can be stretched
	asinhOf2    = 1.4436354751788103
	binsPerUnit = binsToEdge / asinhOf2
)

// scoreBin returns the bin of a finite score; the outermost bins hold all that is beyond.
func scoreBin(score float64) int {
	v := math.Floor(math.Asinh(2*score)*binsPerUnit) + middleBin
	return int(max(0, min(scoreBins-1, v)))
}

// scoreAt returns the score at a position among the bins, such as 64.5 for the middle of the 64th.
func scoreAt(position float64) float64 {
	return math.Sinh((position-middleBin)/binsPerUnit) / 2
}

// interval is an interval of time on the logarithm of seconds.
type interval struct {
	mid, lower, upper float64 // p50, and the half-widths below and above
	open              bool    // p90 is Never: how wide it is above is not known
}

func newInterval(p10, p50, p90 time.Duration) interval {
	mid := logSeconds(p50)
	return interval{
		mid:   mid,
		lower: max(mid-logSeconds(p10), narrowest),
		upper: max(logSeconds(p90)-mid, narrowest),
		open:  p90 == Never,
	}
}

// logSeconds takes times below a second as one: no forecast is finer.
func logSeconds(d time.Duration) float64 { return math.Log(max(1, d.Seconds())) }

// score returns how far from p50 a time is. known is false where that is above p50 of an open interval: it is then only
// known to be above 0.
func (v interval) score(after time.Duration) (score float64, known bool) {
	switch distance := logSeconds(after) - v.mid; {
	case distance <= 0:
		return distance / v.lower, true
	case v.open:
		return 0, false
	default:
		return distance / v.upper, true
	}
}

// time is the inverse of score. Times too long for a Duration are Never.
func (v interval) time(score float64) time.Duration {
	width := v.lower
	if score > 0 {
		width = v.upper
	}
	nanos := math.Exp(v.mid+score*width) * float64(time.Second)
	if nanos >= math.MaxInt64 {
		return Never
	}
	return time.Duration(nanos)
}

// bandOf returns which band of distance a p50 belongs to: each horizon (4 h, 24 h, 7 d, 30 d) is in the middle of one,
// by ratio. Intervals are calibrated by band (Mondrian conformal prediction), as errors of hours and of weeks differ.
func bandOf(p50 time.Duration) int {
	const hour, day = time.Hour, 24 * time.Hour
	switch {
	case p50 < 10*hour:
		return 0
	case p50 < 65*hour:
		return 1
	case p50 < 14*day+12*hour:
		return 2
	}
	return 3
}
