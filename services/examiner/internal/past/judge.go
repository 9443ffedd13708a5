package past

import (
	"math"
	"slices"
	"time"

	"github.com/forewarn/forewarn/models/robust"
	"github.com/forewarn/forewarn/services/examiner/internal/evidence"
	"github.com/forewarn/forewarn/shared/checks"
)

const (
	// enough is how many half hours of other days, or else of the day before, must be known to say what is usual.
	enoughDays, enough = 12, 8
	// recent is how long before the judged time half hours of the same day begin to count: what began then is the trouble itself.
	recent = 2 * time.Hour
	// sigmas and times are by how much the usual must be exceeded.
	sigmas, times = 6, 1.5
	// worse is by what factor the highest of the others must be exceeded.
	worse = 1.2
)

// Judgement is what a course says about its end.
type Judgement struct {
	// Verdict is Unknown where there is no data, or too little of it to say what is usual; then Compared is too small.
	Verdict checks.Verdict
	// Now is the value of the worst ten minutes, Usual the median of those of other times and Most the highest.
	Now, Usual, Most float64
	// Compared is with how many half hours it was compared.
	Compared int
	// Data says that there are samples of at least half of the judged time.
	Data bool
	// Last is when the newest sample was taken.
	Last time.Time
	// Since is when the first ten minutes began that were worse than any other time, zero if none were.
	Since time.Time
}

// Judge says whether the half hour at the end of the course is unlike the same time of other days: found if its worst ten minutes are
//
//   - at least the metric's Least, and the counter grew by Events in them,
//   - worse than those of every half hour compared with, by a fifth,
//   - 1.5 times their median, and six robust standard deviations (of the median absolute deviation) above it.
//
// It is compared with the half hours that end within an hour of the same time of day on the days before; where fewer than 12 of
// them have data, with those of the 24 hours before, but for the last two hours. With fewer than 8 of these it is unknown, unless the
// value is one that Surely is found.
func (c *Course) Judge(m *evidence.Metric) Judgement {
	if c.read == evidence.Start {
		return c.judgeStart()
	}
	j := Judgement{Verdict: checks.Unknown, Data: c.has(), Last: c.last}
	if !j.Data {
		return j
	}
	end := len(c.part)
	now, eventful := c.worst(end, m.Events)
	if math.IsNaN(now) {
		return j
	}
	j.Now = now * m.Scale
	others := c.others(m.Scale)
	j.Compared = len(others)
	if len(others) > 0 {
		j.Usual, j.Most = robust.Median(others), slices.Max(others)
	}
	if m.Surely > 0 && j.Now >= m.Surely {
		j.Verdict = checks.Found
	}
	if len(others) < enough {
		return j
	}
	unlike := j.Now > worse*j.Most && j.Now >= times*j.Usual && j.Now > j.Usual+sigmas*robust.Deviation(others)
	j.Verdict = checks.Clear
	if eventful && j.Now >= m.Least && unlike {
		j.Verdict, j.Since = checks.Found, c.since(end, max(worse*j.Most, m.Least)/m.Scale)
	}
	return j
}

// others returns the worst ten minutes of the half hours to compare with.
func (c *Course) others(scale float64) []float64 {
	end := len(c.part)
	const day, half = int(24 * time.Hour / Bucket), window
	var same []float64
	for d := 1; d <= c.days; d++ {
		for off := -int(margin / Bucket); off <= int(margin/Bucket); off += half {
			same = c.known(same, end-d*day+off, scale)
		}
	}
	if len(same) >= enoughDays {
		return same
	}
	var before []float64
	for back := int(recent/Bucket) + half; back < day; back += half {
		before = c.known(before, end-back, scale)
	}
	return before
}

// known appends the worst ten minutes of the half hour that ends before a bucket, if they are known.
func (c *Course) known(list []float64, end int, scale float64) []float64 {
	if v, _ := c.worst(end, 0); !math.IsNaN(v) {
		return append(list, v*scale)
	}
	return list
}

// worst returns the highest value of two buckets on end of the window before a bucket, NaN without any. Where a counter must have
// grown by so much, those in which it did come first; eventful says that there are any.
func (c *Course) worst(end int, events float64) (value float64, eventful bool) {
	value = math.NaN()
	for i := end - window; i+1 < end; i++ {
		v, grown, ok := c.pair(i)
		if !ok {
			continue
		}
		much := grown >= events
		if math.IsNaN(value) || much && !eventful || much == eventful && v > value {
			value, eventful = v, much
		}
	}
	return value, eventful
}

// pair returns the lower value of two buckets on end, which is what lasted through both, and by how much the counter grew in them; that
// of a gauge is infinite.
func (c *Course) pair(i int) (value, grown float64, ok bool) {
	if i < 0 || i+1 >= len(c.part) {
		return 0, 0, false
	}
	grown = math.Inf(1)
	if c.read != evidence.Level && c.read != evidence.Failing {
		grown = c.part[i] + c.part[i+1]
	}
	value = math.Min(c.value(i), c.value(i+1)) // NaN if one is
	return value, grown, !math.IsNaN(value)
}

// value returns the value of a bucket.
func (c *Course) value(i int) float64 {
	switch c.read {
	case evidence.Rate:
		return c.part[i] / Bucket.Seconds()
	case evidence.Share:
		if !(c.whole[i] > 0) {
			return math.NaN()
		}
		return c.part[i] / c.whole[i]
	}
	return c.part[i]
}

// since returns when the first two buckets of the window began that exceed a value.
func (c *Course) since(end int, value float64) time.Time {
	for i := end - window; i+1 < end; i++ {
		if v, _, ok := c.pair(i); ok && v >= value {
			return c.start.Add(time.Duration(i) * Bucket)
		}
	}
	return time.Time{}
}

// judgeStart finds a process that started in the judged time, if it had run before and does not start at that time of day usually.
func (c *Course) judgeStart() Judgement {
	j := Judgement{Verdict: checks.Unknown, Data: c.before || len(c.starts) > 0, Last: c.last}
	if !j.Data {
		return j
	}
	j.Verdict = checks.Clear
	usual, earlier := 0, c.before
	for _, s := range c.starts {
		back := c.at.Sub(s)
		switch {
		case back < 0:
		case back <= Window:
			j.Since = s
		default:
			earlier = true
			if off := (back + margin) % (24 * time.Hour); off <= 2*margin+Window {
				usual++
			}
		}
	}
	if !j.Since.IsZero() && earlier && usual < 2 {
		j.Verdict = checks.Found
		return j
	}
	j.Since = time.Time{}
	return j
}
