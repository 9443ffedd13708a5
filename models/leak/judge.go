package leak

import (
	"math"
	"slices"

	"github.com/forewarn/forewarn/models/robust"
)

// Reason is why something is not called a leak.
type Reason string

// The reasons, from the one that knows least to the one that knows most.
const (
	None       Reason = ""           // it is a leak
	Learning   Reason = "learning"   // too few floors
	Flat       Reason = "flat"       // it does not grow, or by too little to matter
	Noise      Reason = "noise"      // it grows by no more than it wanders anyway
	Step       Reason = "step"       // it grew at once, as by a release, and not since
	WarmUp     Reason = "warm-up"    // it grew at first, and hardly any more
	Saturating Reason = "saturating" // it grows ever more slowly, towards a level below the limit
)

// rules are what a resolution asks of a leak.
type rules struct {
	min    int     // floors
	filled float64 // share of the stretches that have one
	z      float64 // of the trend
	wander float64 // by how many deviations of a random walk it must have grown
	// walk is the variance per day of the random walk that the floors before the window are; 0 if not known.
	walk float64
}

// finding is what the tests found in a window, in the window's units and days.
type finding struct {
	reason   Reason
	z        float64
	slope    robust.Slope
	now      float64 // of the line, at the newest floor
	at       float64 // time of the newest floor, days
	grown    float64 // over the time seen
	noise    float64 // robust standard deviation about the line
	variance float64 // of a random walk that would wander as much, per day
	seen     float64 // days, without the gaps between processes
	step     float64 // days
	segments int
}

const (
	growthDays = 7
	// minGrowth is the growth in a week that matters, as a share of the limit; without a limit, of the present amount.
	minGrowth          = 0.04
	minGrowthUnlimited = 0.10

	// slackens is the growth of a third against that of the one before, below which it is held to go on slackening.
	// Without a limit there is no telling whether it matters, so that it must slacken much.
	slackens     = 0.85
	slackensMuch = 0.6

	// youngDays is how many days of floors are so few that only a straight rise can be told from a slow warm-up.
	youngDays = 3.0

	// z80 is the normal deviate that 80 % lie within.
	z80 = 1.2816

	clearOfNoise = 3.0
	maxSlopes    = 24 * 23 / 2
)

// scratch is room for the statistics, on the caller's stack.
type scratch struct {
	a, b   [maxPoints]float64
	slopes [maxSlopes]float64
}

// judge tests whether the floors of a window grow as a leak does.
func (w *window) judge(r rules, minWeek float64) (f finding) {
	f.step, f.at = w.step, w.t[max(0, w.n-1)]
	if w.n < r.min || float64(w.n) < r.filled*float64(w.slots) {
		f.reason = Learning
		return f
	}
	if w.rise()*growthDays < minWeek/4 { // most signals, most of the time
		f.reason = Flat
		return f
	}
	var s scratch
	trend := w.kendall(&f, &s)
	if f.z = trend.Z(1); f.z <= r.z {
		f.reason = Flat
		return f
	}
	slopes, every := w.slopes(&s)
	f.slope.Mid = robust.Median(slopes)
	w.residuals(&f, &s)
	inflation := robust.HamedRao(s.a[:w.n], s.b[:])
	f.z = trend.Z(inflation)
	// S of every k-th floor varies by k to the power of 3/2 less.
	f.slope = robust.TheilSen(slopes, z80, math.Sqrt(trend.Variance*inflation)/math.Pow(float64(every), 1.5))
	f.noise = robust.Deviation(s.a[:w.n])
	f.grown = f.slope.Mid * f.seen
	f.variance = w.wander()
	if r.walk > 0 {
		f.variance = min(f.variance, r.walk)
	}
	switch {
	case !(f.slope.Mid*growthDays >= minWeek):
		f.reason = Flat
	case f.z <= r.z || f.grown < clearOfNoise*f.noise || f.grown < r.wander*math.Sqrt(f.variance*f.seen):
		f.reason = Noise
	case w.stepped(&s):
		f.reason = Step
	case w.stopped(f.slope.Mid):
		f.reason = WarmUp
	}
	f.now = w.present(f.slope.Mid, &s)
	return f
}

// present returns where the line stands at the newest floor: the median of the newest day of floors, carried along it.
func (w *window) present(slope float64, s *scratch) float64 {
	n := 0
	for i := max(0, w.n-phases); i < w.n; i++ {
		s.b[n] = w.y[i] + slope*(w.t[w.n-1]-w.t[i])
		n++
	}
	return robust.Median(s.b[:n])
}

// rise returns the growth a day from the first third of each process's floors to the last.
func (w *window) rise() float64 {
	grown, days := 0.0, 0.0
	w.segments(func(from, to int) {
		third := max(1, (to-from)/3)
		grown += mean(w.y[to-third:to]) - mean(w.y[from:from+third])
		days += mean(w.t[to-third:to]) - mean(w.t[from:from+third])
	})
	return grown / max(days, w.step)
}

// kendall sums the trend test over the processes.
func (w *window) kendall(f *finding, s *scratch) (k robust.Kendall) {
	w.segments(func(from, to int) {
		k = k.Add(robust.MannKendall(w.y[from:to], s.a[:]))
		f.seen += w.t[to-1] - w.t[from]
		f.segments++
	})
	return k
}

// slopes returns those of the pairs within each process, of every k-th floor if there are many, and k.
func (w *window) slopes(s *scratch) (out []float64, k int) {
	out, k = s.slopes[:0], 1+(w.n-1)/24
	w.segments(func(from, to int) {
		n := 0
		for i := to - 1; i >= from; i -= k {
			s.a[n], s.b[n] = w.t[i], w.y[i]
			n++
		}
		out = robust.Slopes(out, s.a[:n], s.b[:n])
	})
	return out, k
}

// residuals leaves in s.a what the line of each process does not explain.
func (w *window) residuals(f *finding, s *scratch) {
	w.segments(func(from, to int) {
		for i := from; i < to; i++ {
			s.a[i] = w.y[i] - f.slope.Mid*w.t[i]
		}
		level := medianOf(s.b[:copy(s.b[:], s.a[from:to])])
		for i := from; i < to; i++ {
			s.a[i] -= level
		}
	})
}

// wander returns the variance per day of the random walk that has the increments of the floors, whose own drift is taken
// out. Of noise about a line, neighbours differ by more than a walk would, so that distant floors are compared, too, and
// the lower answer counts.
func (w *window) wander() float64 {
	near := w.increments(1)
	if w.n >= 2*phases && w.step < 1 {
		return min(near, w.increments(phases))
	}
	return near
}

func (w *window) increments(lag int) float64 {
	sum, squares, days, n := 0.0, 0.0, 0.0, 0.0
	w.segments(func(from, to int) {
		for i := from + lag; i < to; i++ {
			d := w.y[i] - w.y[i-lag]
			sum, squares, days, n = sum+d, squares+d*d, days+w.t[i]-w.t[i-lag], n+1
		}
	})
	if n < 3 {
		return math.Inf(1)
	}
	return max(0, squares-sum*sum/n) / (n - 1) / (days / n)
}

// stepped reports whether the growth is owed to few stretches: without the largest rises, a fifth of them, less than
// 40 % of it would be left, or the largest alone made half of it.
func (w *window) stepped(s *scratch) bool {
	rises := s.a[:0]
	w.segments(func(from, to int) {
		for i := from + 1; i < to; i++ {
			rises = append(rises, w.y[i]-w.y[i-1])
		}
	})
	total := 0.0
	for _, r := range rises {
		total += r
	}
	slices.Sort(rises)
	left := total
	for i := range (len(rises) + 4) / 5 {
		left -= rises[len(rises)-1-i]
	}
	return rises[len(rises)-1] > total/2 || left < 0.4*total
}

// shape compares the growth from the middle third of each process to the last with that from the first to the middle.
// Slackening growth is a geometric series of thirds, whose sum is where it is headed: not beyond top, if that is not 0.
func (w *window) shape(top float64) Reason { return w.shaped(top, w.young()) }

// shaped is shape where the start of what is young is known to be strict about, or not.
func (w *window) shaped(top float64, young bool) Reason {
	early, late, processes := 0.0, 0.0, 0
	w.segments(func(from, to int) {
		processes++
		if third := (to - from) / 3; third > 0 {
			a, b, c := mean(w.y[from:from+third]), mean(w.y[from+third:to-third]), mean(w.y[to-third:to])
			early, late = early+b-a, late+c-b
		}
	})
	switch {
	case w.n == 0:
		return None
	case late < 0.5*early, young && late < 0.9*early, processes > 2 && late < 0.65*early:
		return WarmUp
	case top == 0 && late < slackensMuch*early,
		top > 0 && late < slackens*early && w.y[w.n-1]+late*late/(early-late) < top:
		return Saturating
	default:
		return None
	}
}

func (w *window) young() bool { return w.n > 0 && w.t[w.n-1]-w.t[0]+w.step < youngDays }

// stopped reports whether the newest process grows at less than half of the slope: what leaked has been mended.
func (w *window) stopped(slope float64) bool {
	from := w.n - 1
	for from > 0 && w.process[from-1] == w.process[from] {
		from--
	}
	third := (w.n - from) / 3
	if w.n-from < 4 {
		return false
	}
	a, c := from, w.n-third
	rise := mean(w.y[c:w.n]) - mean(w.y[a:a+third])
	return rise < slope/2*(mean(w.t[c:w.n])-mean(w.t[a:a+third]))
}

// pausing reports whether the last third of the floors grew by less than a quarter of the slope.
func (w *window) pausing(slope float64) bool {
	third := max(2, w.n/3)
	return w.y[w.n-1]-w.y[w.n-1-third] < slope/4*(w.t[w.n-1]-w.t[w.n-1-third])
}

func mean(x []float64) float64 {
	sum := 0.0
	for _, v := range x {
		sum += v
	}
	return sum / float64(len(x))
}

func medianOf(x []float64) float64 { return robust.Median(x) }
