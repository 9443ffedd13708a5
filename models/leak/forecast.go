package leak

import (
	"math"
	"slices"
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

// quantile returns the days after which the distance is covered with the probability of a normal deviate of z or less:
// the root of (slope t - distance)² = z² (walk t + slopeErr² t² + noise²) on the side of z. infinite if there is none.
func (c course) quantile(z float64) float64 {
	if c.distance <= 0 {
		return 0
	}
	if z == 0 {
		return c.distance / c.slope
	}
	a := c.slope*c.slope - z*z*c.slopeErr*c.slopeErr
	b := -2*c.slope*c.distance - z*z*c.walk
	q := c.distance*c.distance - z*z*c.noise*c.noise
	root := b*b - 4*a*q
	if root < 0 || a <= 0 && z >= 0 {
		return math.Inf(1)
	}
	t := (-b + math.Copysign(math.Sqrt(root), z)) / (2 * a)
	if a <= 0 { // so badly known that any time is early enough for some slope: the one positive root
		t = (-b - math.Sqrt(root)) / (2 * a)
	}
	return max(t, 0)
}

func days(t float64) time.Duration {
	if !(t <= MaxETA.Hours()/24) {
		return Never
	}
	return time.Duration(t * float64(24*time.Hour))
}

// forecast tells when the peaks reach the limit.
func (out *Verdict) forecast(g *growth, d *Detector, variance float64) {
	if d.Limit == 0 || !(g.slope > 0) {
		return
	}
	// The peak of an hour is told from its floor, which may be as old as the hour: what leaks meanwhile is no part of it.
	c := course{
		distance: 1 - g.level - max(0, float64(d.Excess/d.Limit)-g.slope/dayHours),
		slope:    g.slope, walk: variance, noise: 1.5 * g.noise,
		// No real growth is a straight line.
		slopeErr: g.err + 0.05*g.slope,
	}
	if rest := restDays - g.since; g.resting() && rest*g.slope < c.distance {
		c.slope, c.distance = g.before, c.distance+rest*(g.before-g.slope)
		c.slopeErr = max(c.slopeErr, (g.before-g.slope)/2/z80)
	}
	if d.Used >= d.Limit {
		c.distance = -1
	}
	for i, h := range Horizons() {
		out.Within[i] = c.within(g.steady(h.Hours()/24, c.slope))
		if i > 0 {
			out.Within[i] = max(out.Within[i], out.Within[i-1])
		}
	}
	date := func(z float64) time.Duration { return g.date(c.quantile(z), c.slope) }
	out.P10, out.P50, out.P90 = date(-z80), date(0), date(z80)
}

// date returns when, by the usual hours of the day, is reached what a straight line reaches after so many days.
func (r *rhythm) date(line, now, slope float64) time.Duration {
	from := max(0, line-slices.Max(r[:])/slope)
	t := from
	for ; t < from+1 && t+r.of(now+t)/slope < line; t += 0.5 / dayHours {
	}
	return days(min(t, max(from, t-0.25/dayHours)))
}

// steady returns how long a straight line takes for what, by the usual hours of the day, is reached within so many days.
func (r *rhythm) steady(within, now, slope float64) float64 {
	line := math.Inf(-1)
	for t := max(0, within-1); t <= within; t += 1.0 / dayHours {
		line = max(line, t+r.of(now+t)/slope)
	}
	return line
}
