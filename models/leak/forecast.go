package leak

import (
	"math"
	"time"

	"gonum.org/v1/gonum/stat/distuv"
)

// Never stands for a time beyond [MaxETA].
const Never = time.Duration(math.MaxInt64)

// MaxETA is the farthest date that is ever told.
const MaxETA = 180 * 24 * time.Hour

// Horizons are the times ahead for which probabilities are told.
func Horizons() [4]time.Duration {
	return [4]time.Duration{4 * time.Hour, 24 * time.Hour, 7 * 24 * time.Hour, 30 * 24 * time.Hour}
}

// course is how the amount is expected to go on, in shares of the limit and days: a line whose slope is known up to an
// error, about which the amount wanders and jitters. That it has reached the distance after t days is taken for a
// Gaussian event; of a leak, whose drift outweighs its wandering, the first passage differs by little.
type course struct {
	distance, slope       float64
	slopeErr, walk, noise float64 // slopeErr a day, walk a variance per day
}

// within returns the probability that the distance is covered after t days.
func (c course) within(t float64) float64 {
	if c.distance <= 0 {
		return 1
	}
	sd := math.Sqrt(c.walk*t + c.slopeErr*c.slopeErr*t*t + c.noise*c.noise)
	return distuv.UnitNormal.CDF((c.slope*t - c.distance) / max(sd, 1e-9))
}

// quantile returns the time after which the distance is covered with the probability of a normal deviate of z or less:
// the root of (slope t - distance)² = z² (walk t + slopeErr² t² + noise²) on the side of z. Never if there is none.
func (c course) quantile(z float64) time.Duration {
	if c.distance <= 0 {
		return 0
	}
	if z == 0 {
		return days(c.distance / c.slope)
	}
	a := c.slope*c.slope - z*z*c.slopeErr*c.slopeErr
	b := -2*c.slope*c.distance - z*z*c.walk
	q := c.distance*c.distance - z*z*c.noise*c.noise
	root := b*b - 4*a*q
	if root < 0 || a <= 0 && z >= 0 {
		return Never
	}
	t := (-b + math.Copysign(math.Sqrt(root), z)) / (2 * a)
	if a <= 0 { // so badly known that any time is early enough for some slope: the one positive root
		t = (-b - math.Sqrt(root)) / (2 * a)
	}
	return days(max(t, 0))
}

func days(t float64) time.Duration {
	if !(t <= MaxETA.Hours()/24) {
		return Never
	}
	return time.Duration(t * float64(24*time.Hour))
}

// forecast tells when the peaks of a usual day reach the limit.
func (out *Verdict) forecast(f finding, d *Detector, unit float64) {
	if d.Limit == 0 {
		return
	}
	// The peak of a day exceeds its floor also by what leaked in between.
	excess := max(0, float64(d.Excess)/unit-0.85*f.slope.Mid)
	c := course{
		distance: 1 - (f.now + f.slope.Mid*(float64(d.LastMillis)/float64(dayHours*hourMillis)-f.at) + excess),
		slope:    f.slope.Mid, walk: f.variance, noise: f.noise,
		// Half the width of the 80 % interval, and a floor: no real growth is a straight line.
		slopeErr: (f.slope.High-f.slope.Low)/2/z80 + 0.05*f.slope.Mid,
	}
	if d.Used >= d.Limit {
		c.distance = 0
	}
	for i, h := range Horizons() {
		out.Within[i] = c.within(h.Hours() / 24)
		if i > 0 {
			out.Within[i] = max(out.Within[i], out.Within[i-1])
		}
	}
	out.P10, out.P50, out.P90 = c.quantile(-z80), c.quantile(0), c.quantile(z80)
}
