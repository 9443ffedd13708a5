package leak

import (
	"math"
	"slices"
	"time"
)

// profile is how much of a day's growth is done when each hour of the day, in UTC, begins; all 0 if that is not known.
// What leaks with the requests has a date by day: a line through its nights and days is hours off.
type profile [dayHours + 1]float64

func (p *profile) known() bool { return p[dayHours] > 0 }

const (
	// evenly is the share of a day's growth that is taken to come evenly, whatever its hours have been so far.
	evenly = 0.1
	// comesDown is the share of a day's growth by which floors fall below what they were, where a load comes and goes.
	comesDown = 0.15
	// liveliest bounds by how much one day may grow faster than the usual one: after a weekend twice.
	liveliest = 2
)

// paced takes the hours in which it grows, and the level now, from the floors of the last day. It reports whether it
// could: not if they come down again, nor if a day of them is not known.
func (g *growth) paced(w *window, now float64) bool {
	const n = dayHours + 1
	if w.n < n || w.slots != w.n || !(g.slope > 0) {
		return false
	}
	var fit [n]float64
	t, y := w.t[w.n-n:w.n], w.y[w.n-n:w.n]
	off := monotone(&fit, y)
	grown := fit[n-1] - fit[0]
	if !(grown > 0) || off > comesDown*grown {
		return false
	}
	g.hours.set(t, &fit)
	// The next day is more likely to be like the last one than like the slower days of the weekend that the slope holds.
	// Of a slow one nothing is learned: it may be the first or the last of some.
	g.lively = min(max(1, g.lately), liveliest)
	const middle = 0.5 / dayHours // the lowest sample may be anywhere in its hour
	g.at, g.level = now, fit[n-1]+g.slope*g.lively*(g.hours.done(now)-g.hours.done(t[n-1]+middle))
	return true
}

// set takes the shares of the hours from rising floors of one day.
func (p *profile) set(t []float64, fit *[dayHours + 1]float64) {
	grown := fit[dayHours] - fit[0]
	for i := range dayHours {
		p[hourOf(t[i])+1] = evenly/dayHours + (1-evenly)*(fit[i+1]-fit[i])/grown
	}
	for h := range dayHours {
		p[h+1] += p[h]
	}
}

// hourOf returns the hour of the day, in UTC, that begins at a time in days.
func hourOf(t float64) int { return int(math.Round(t*dayHours)) % dayHours }

// monotone fits rising values to y by least squares, pooling neighbours that fall (Ayer et al., An empirical distribution
// function for sampling with incomplete information, 1955), and returns how far off the farthest is.
func monotone(fit *[dayHours + 1]float64, y []float64) (off float64) {
	var sum, size [dayHours + 1]float64
	n := 0
	for _, v := range y {
		sum[n], size[n] = v, 1
		for n++; n > 1 && sum[n-2]*size[n-1] > sum[n-1]*size[n-2]; n-- {
			sum[n-2], size[n-2] = sum[n-2]+sum[n-1], size[n-2]+size[n-1]
		}
	}
	i := 0
	for k := range n {
		for range int(size[k]) {
			fit[i] = sum[k] / size[k]
			off = max(off, math.Abs(y[i]-fit[i]))
			i++
		}
	}
	return off
}

// done returns how many days of growth are done at a time in days.
func (p *profile) done(t float64) float64 {
	day := math.Floor(t)
	hour := (t - day) * dayHours
	i := min(int(hour), dayHours-1)
	return day + p[i] + (hour-float64(i))*(p[i+1]-p[i])
}

// when is the inverse of done.
func (p *profile) when(grown float64) float64 {
	day := math.Floor(grown)
	part := grown - day
	i := min(max(slices.IndexFunc(p[:], func(x float64) bool { return x > part })-1, 0), dayHours-1)
	return day + (float64(i)+(part-p[i])/(p[i+1]-p[i]))/dayHours
}

// steady returns how long a straight line takes for what is reached within so many days.
func (g *growth) steady(within, slope float64) float64 {
	if !g.hours.known() {
		return g.usual.steady(within, g.at, slope)
	}
	grown := g.hours.done(g.at+within) - g.hours.done(g.at)
	return grown + min(grown, 1)*(g.lively-1)
}

// date returns when is reached what a straight line reaches after so many days.
func (g *growth) date(line, slope float64) time.Duration {
	switch {
	case !g.hours.known() || math.IsInf(line, 0):
		return g.usual.date(line, g.at, slope)
	case line < g.lively:
		line /= g.lively
	default:
		line -= g.lively - 1
	}
	return days(g.hours.when(g.hours.done(g.at)+line) - g.at)
}
