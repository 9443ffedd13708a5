package leak

import "math"

// maxPoints is the largest number of floors that a test looks at.
const maxPoints = quarterSlots

// window is a stretch of floors that a test looks at: times in days, increasing, amounts in shares of the limit (of the
// newest floor where there is none), and the number of the process that each belongs to.
type window struct {
	t, y    [maxPoints]float64
	process [maxPoints]uint8
	n       int
	// slots is how many stretches lie between the first and the last floor, and step their width, in days.
	slots int
	step  float64
}

// look fills a window with the floors of a resolution. The stretch in which a process began is left out:
// it shows the start-up.
func (w *window) look(r ring, hour int64, unit float64, count int) {
	w.n, w.step = 0, float64(r.hours)/dayHours
	process, first, last := uint8(0), int64(0), int64(0)
	oldest := hour/r.hours - int64(count)
	r.each(hour, func(n int64, l level, cut bool) {
		if cut {
			process++
		}
		if l == 0 || cut || n < oldest {
			return
		}
		if w.n == 0 {
			first = n
		}
		last = n
		w.t[w.n], w.y[w.n], w.process[w.n] = float64(n)*w.step, l.amount()/unit, process
		w.n++
	})
	w.slots = int(last - first + 1)
}

// recentDays and recentQuarters are how far the shorter looks go back, for what has not leaked for long.
const (
	recentDays     = 12
	recentQuarters = 16
)

// older returns the variance per day of the random walk that the floors before the newest count are; 0 if they are too
// few to tell.
func (w *window) older(count int) float64 {
	past := *w
	if past.n = w.n - count; past.n < 2*phases {
		return 0
	}
	return past.increments(1)
}

// gradual returns by how much the floors rose in all, without the largest rise from one to the next.
func (w *window) gradual() float64 {
	largest := 0.0
	for i := 1; i < w.n; i++ {
		largest = max(largest, w.y[i]-w.y[i-1])
	}
	return w.y[w.n-1] - w.y[0] - largest
}

// newest keeps the floors of the newest process only.
func (w *window) newest() {
	from := w.n
	for from > 0 && w.process[from-1] == w.process[w.n-1] {
		from--
	}
	w.from(from)
}

// recent keeps the floors of the newest stretches.
func (w *window) recent(stretches int) {
	from := 0
	for from < w.n && w.t[from] <= w.t[w.n-1]-float64(stretches)*w.step+w.step/2 {
		from++
	}
	w.from(from)
}

// from drops the floors before an index.
func (w *window) from(i int) {
	w.n = copy(w.t[:], w.t[i:w.n])
	copy(w.y[:], w.y[i:i+w.n])
	copy(w.process[:], w.process[i:i+w.n])
	if w.n > 0 {
		w.slots = int(math.Round((w.t[w.n-1]-w.t[0])/w.step)) + 1
	}
}

// segments calls f for the bounds of each process's floors, oldest first.
func (w *window) segments(f func(from, to int)) {
	for from := 0; from < w.n; {
		to := from + 1
		for to < w.n && w.process[to] == w.process[from] {
			to++
		}
		f(from, to)
		from = to
	}
}

// phases is how many floors of the middle resolution make a day.
const phases = dayHours / quarterHours

// deseason takes the usual deviation of each quarter of the day from the day about it out of the floors: the classical
// decomposition, with medians. It needs two deviations a quarter, or leaves that quarter as it is. What is too short for
// it, but not shorter than two days, is compared with itself a day later.
func (w *window) deseason() {
	var by [phases]deviations
	switch {
	case w.n >= 3*phases:
		w.aboutDays(&by)
	case w.n >= 2*phases:
		w.aboutLine(&by)
	}
	for k := range by {
		if by[k].n < 2 {
			continue
		}
		usual := medianOf(by[k].of[:by[k].n])
		for i := range w.n {
			if w.phase(i) == k {
				w.y[i] -= usual
			}
		}
	}
}

// deviations are those of one quarter of the day.
type deviations struct {
	of [maxPoints]float64
	n  int
}

func (d *deviations) add(x float64) {
	d.of[d.n] = x
	d.n++
}

// aboutDays adds the deviations of floors from the mean of the day about them.
func (w *window) aboutDays(by *[phases]deviations) {
	w.segments(func(from, to int) {
		for i := from + 2; i < to-2; i++ {
			if w.t[i+2]-w.t[i-2] < 4.5*w.step {
				by[w.phase(i)].add(w.y[i] - (w.y[i-2]/2+w.y[i-1]+w.y[i]+w.y[i+1]+w.y[i+2]/2)/4)
			}
		}
	})
}

// aboutLine adds the deviations of the newest process's floors from the line that has their growth from day to day.
func (w *window) aboutLine(by *[phases]deviations) {
	var later deviations
	from := w.n - 1
	for from > 0 && w.process[from-1] == w.process[w.n-1] {
		from--
	}
	for i := from + phases; i < w.n; i++ {
		if w.t[i]-w.t[i-phases] < (phases+0.5)*w.step {
			later.add(w.y[i] - w.y[i-phases])
		}
	}
	if later.n < phases {
		return
	}
	slope := medianOf(later.of[:later.n])
	line := 0.0 // the mean of its first whole days: as many of each quarter
	whole := (w.n - from) / phases * phases
	for i := from; i < from+whole; i++ {
		line += (w.y[i] - slope*w.t[i]) / float64(whole)
	}
	for i := from; i < w.n; i++ {
		by[w.phase(i)].add(w.y[i] - slope*w.t[i] - line)
	}
}

func (w *window) phase(i int) int { return int(math.Round(w.t[i]/w.step)) % phases }
