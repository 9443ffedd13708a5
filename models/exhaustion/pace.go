package exhaustion

import (
	"math"

	"github.com/forewarn/forewarn/models/robust"
)

// maxAhead is how many days a pace reaches ahead.
const maxAhead = 180

// pace relates the clock to growth: a day on which a signal grows twice as much as usual is two days long in the
// pace's own time, an hour of the night hardly any. In that time growth is even, and lines fit it.
type pace struct {
	length  [maxAhead + 2]float64 // of today and of the days ahead, in seconds of growth
	start   [maxAhead + 2]float64 // of each of them, in seconds of growth from now; today's is in the past
	profile profile
	clock   float64 // seconds of today that are over
	days    int     // how many are filled in; those after are as the last of them
}

// profile is the share of a day's growth that is done when its hour i begins.
type profile [25]float64

// set makes p the pace of a signal from its newest sample on, as far as so many seconds of the clock.
func (p *pace) set(f *Forecaster, ratio *[Kinds]float64, days *Days, reach float64) {
	local := f.LastMillis + int64(f.ZoneMillis)
	today := local / dayMillis
	p.clock = float64(local%dayMillis) / 1000
	f.growthOfDay(&p.profile)
	p.days = min(int(reach/daySeconds)+2, len(p.length))
	for i := range p.days {
		p.length[i] = daySeconds * ratio[days.kind(today+int64(i))]
	}
	p.start[0] = -p.length[0] * p.profile.done(p.clock)
	for i := 1; i < p.days; i++ {
		p.start[i] = p.start[i-1] + p.length[i-1]
	}
}

const daySeconds = 86400.0

// done returns how much of a day's growth is done at a time of day in seconds.
func (p *profile) done(clock float64) float64 {
	hour := min(clock/3600, 24)
	i := min(int(hour), 23)
	return p[i] + (hour-float64(i))*(p[i+1]-p[i])
}

// growth returns how many seconds of growth pass within the next seconds of the clock, or have passed within the last
// ones, by days as today.
func (p *pace) growth(seconds float64) float64 {
	at := p.clock + seconds
	if at < 0 {
		before := math.Floor(at / daySeconds)
		return p.start[0] + p.length[0]*(before+p.profile.done(at-before*daySeconds))
	}
	day := int(at / daySeconds)
	if day >= p.days {
		last := p.days - 1
		return p.start[last] + p.length[last] + at - float64(last+1)*daySeconds
	}
	return p.start[day] + p.length[day]*p.profile.done(at-float64(day)*daySeconds)
}

// evenly is the share of a day's growth that is taken to come evenly, whatever its hours have been so far.
const evenly = 0.15

// growthOfDay fills in how much of a day's growth is done when each hour begins.
func (f *Forecaster) growthOfDay(profile *profile) {
	sum := 0.0
	for _, v := range f.Hour {
		sum += float64(v)
	}
	for i, v := range f.Hour {
		share := 1.0 / 24
		if sum > 0 {
			share = evenly/24 + (1-evenly)*float64(v)/sum
		}
		profile[i+1] = profile[i] + share
	}
}

const (
	// kindsFrom is how many days must be known before kinds of day are told apart.
	kindsFrom = 10
	// doubtKinds is how many times its error a kind must differ by to be believed half.
	doubtKinds = 2.0
	// leastLeft is how much of its growth must be left for kinds of day to be told apart.
	leastLeft = 0.5
	// ownVariance is how many days of a kind tell how much these vary.
	ownVariance = 5
	// leastRatio and mostRatio bound how a kind of day may differ from the others.
	leastRatio, mostRatio = 0.02, 8.0
)

// ratios returns how much each kind of day grows, as a share of what a day grows on average: 1 for all while too little
// is known, and of which kinds days were seen. What a kind seems to differ by is believed the less, the fewer and the more varied its days are (shrinkage
// after James & Stein, 1961).
func ratios(p *points, number *[dayBuckets]int64, days *Days) (out [Kinds]float64, seen [Kinds]bool) {
	for k := range out {
		out[k] = 1
	}
	grown := p.grown(number)
	if grown.n < kindsFrom {
		return out, seen
	}
	c := grown.compare(days, 0)
	// Growth that slackens or gathers pace is put level with the newest, lest the kinds seen early differ; but not where
	// the kinds explain as much.
	if level := grown.compare(days, grown.theilSen(0, grown.n)); level.variance < c.variance/2 {
		if level.average < leastLeft*c.average {
			return out, seen // of what has slackened so much, the first days differ by being first
		}
		c = level
	}
	if c.average <= 0 {
		return out, seen
	}
	follows := false
	for k, n := range c.n {
		if n > 0 {
			out[k], seen[k] = c.ratio(k), true
			follows = follows || n >= followsDays && out[k] < followsBelow
		}
	}
	for k, n := range c.n {
		if n == 0 {
			out[k] = out[days.Like[k]]
			if follows && days.Guess[k] > 0 {
				out[k] = min(out[k]*days.Guess[k], mostRatio)
			}
		}
	}
	return out, seen
}

// comparison is how much days of each kind grow.
type comparison struct {
	n                 [Kinds]int
	mean, deviation   [Kinds]float64
	average, variance float64 // of all days, and within the kinds
}

// compare compares the kinds of the days that grew, less what is due to a drift of so much a day.
func (p *points) compare(days *Days, drift float64) (c comparison) {
	var byKind [Kinds][dayBuckets]float64
	for i, at := range p.t[:p.n] {
		k := days.kind(int64(at))
		byKind[k][c.n[k]] = p.y[i] - drift*(at-p.t[p.n-1])
		c.n[k]++
	}
	spare := 0.0 // degrees of freedom: a single day of a kind tells nothing of how these vary
	for k, n := range c.n {
		if n > 0 {
			c.mean[k], c.deviation[k] = trimmed(byKind[k][:n])
			c.average += float64(n) / float64(p.n) * c.mean[k]
			c.variance += float64(n-1) * square(c.deviation[k])
			spare += float64(n - 1)
		}
	}
	c.variance /= max(spare, 1)
	return c
}

// ratio returns how much a kind grows as a share of the average.
func (c *comparison) ratio(k int) float64 {
	n, variance := float64(c.n[k]), c.variance
	if c.n[k] >= ownVariance {
		variance = square(c.deviation[k])
	}
	differs := c.mean[k] - c.average
	sure := n * differs * differs
	trust := sure / (sure + square(doubtKinds)*variance + 1e-12)
	return min(max((c.average+trust*differs)/c.average, leastRatio), mostRatio)
}

// grown returns the growth of each day after one that is known, the times being their numbers.
func (p *points) grown(number *[dayBuckets]int64) (out points) {
	for i := 1; i < p.n; i++ {
		if number[i] == number[i-1]+1 {
			out.add(float64(number[i]), p.y[i]-p.y[i-1])
		}
	}
	return out
}

// A signal follows the kinds of days if one of them was seen on so many days and grows so little.
const (
	followsDays  = 4
	followsBelow = 0.35
)

// trimmed returns the mean of x without what is far from its median, and its deviation.
func trimmed(x []float64) (mean, deviation float64) {
	var scratch [dayBuckets]float64
	copy(scratch[:], x)
	middle := robust.Median(scratch[:len(x)])
	deviation = robust.Deviation(scratch[:len(x)])
	n := 0
	for _, v := range x {
		if len(x) < 4 || math.Abs(v-middle) <= 3*deviation+1e-4 {
			mean += v
			n++
		}
	}
	return mean / float64(n), deviation
}
