// Package past reads metrics from history, and says whether a time is unlike the same time of other days.
//
// A [Course] holds a metric of one entity in buckets of five minutes. What is judged of half an hour is its worst ten minutes, the lower of
// two buckets on end, so that a spike is nothing and trouble that has just begun is seen; and it is judged by the worst ten minutes of the same half
// hours, an hour before to an hour after, of the days before. See [Course.Judge].
package past

import (
	"math"
	"time"

	"github.com/forewarn/forewarn/services/examiner/internal/evidence"
)

const (
	// Bucket is the resolution.
	Bucket = 5 * time.Minute
	// window is how many buckets are judged together: half an hour.
	window = 6
	// margin is how far from the same time of day half hours of other days may be.
	margin = time.Hour
	// gap is the longest pause of a counter over which its growth still says when it grew.
	gap = 10 * time.Minute
)

// Window is the time that is judged.
const Window = window * Bucket

// Course is a metric of one entity until a time.
type Course struct {
	read  evidence.Read
	at    time.Time
	start time.Time
	days  int
	// part are growths or means, whole growths of what part is of; NaN where there is no data.
	part, whole []float64
	// starts are the times at which something started, within the course; of what was running before it began, before is set.
	starts []time.Time
	before bool
	// last is when the newest sample was taken.
	last time.Time
}

// newCourse returns a course without data.
func newCourse(m *evidence.Metric, at time.Time, days int) *Course {
	start := begin(at, days)
	n := int(at.Sub(start) / Bucket)
	return &Course{read: m.Read, at: at, start: start, days: days, part: blank(n), whole: blank(n)}
}

// begin is when a course begins that compares with so many days.
func begin(at time.Time, days int) time.Time {
	return at.Add(-time.Duration(days)*24*time.Hour - margin - Window)
}

func blank(n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = math.NaN()
	}
	return out
}

// index returns the bucket of a time, -1 for one outside. A bucket holds its end and not its beginning, so that the time that is judged
// is in the last one.
func (c *Course) index(at time.Time) int {
	since := at.Sub(c.start)
	if since <= 0 || at.After(c.at) {
		return -1
	}
	return int((since - 1) / Bucket)
}

// add adds a value to a bucket of a list, the first one to NaN.
func add(list []float64, i int, v float64) {
	if i < 0 || i >= len(list) {
		return
	}
	if math.IsNaN(list[i]) {
		list[i] = 0
	}
	list[i] += v
}

// counter adds the growth of one counter to a list. A counter that falls has begun anew, and grew by what it shows.
type counter struct {
	course *Course
	into   []float64
	last   float64
	lastAt time.Time
}

func (k *counter) sample(at time.Time, v float64) {
	growth, pause := v-k.last, at.Sub(k.lastAt)
	if growth < 0 {
		growth = v
	}
	if !k.lastAt.IsZero() && pause <= gap {
		add(k.into, k.course.index(at), growth)
	}
	k.last, k.lastAt = v, at
}

// gauge collects the means of one gauge, to be merged with those of others.
type gauge struct {
	course *Course
	sums   []float64
	counts []int
}

func (g *gauge) sample(at time.Time, v float64) {
	if i := g.course.index(at); i >= 0 && i < len(g.sums) {
		g.sums[i] += v
		g.counts[i]++
	}
}

// merge puts the gauge's means beside those of the gauges before.
func (g *gauge) merge(over evidence.Over) {
	for i, n := range g.counts {
		if n == 0 {
			continue
		}
		mean, part := g.sums[i]/float64(n), g.course.part
		if g.course.read == evidence.Failing {
			mean = 1 - mean
		}
		switch {
		case math.IsNaN(part[i]):
			part[i] = mean
		case over == evidence.Max:
			part[i] = max(part[i], mean)
		default:
			part[i] += mean
		}
	}
}

// started notes that a process said when it started.
func (c *Course) started(unix float64) {
	at := time.UnixMilli(int64(unix * 1000))
	if !at.After(c.start) {
		c.before = true
		return
	}
	for _, s := range c.starts {
		if s.Sub(at).Abs() < time.Second {
			return
		}
	}
	c.starts = append(c.starts, at)
}

// has reports whether at least half of the judged time has data.
func (c *Course) has() bool {
	n := 0
	for _, v := range c.part[len(c.part)-window:] {
		if !math.IsNaN(v) {
			n++
		}
	}
	return 2*n >= window
}
