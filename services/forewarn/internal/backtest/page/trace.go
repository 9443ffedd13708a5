package page

import (
	"math"
	"slices"
	"time"

	"github.com/forewarn/forewarn/shared/chart"
)

// trace keeps the least and the greatest use of even stretches of time. Where it is full, it forgets its older half, or
// doubles the stretches.
type trace struct {
	width   int64 // of a stretch, in milliseconds
	first   int64 // Unix milliseconds at which the first one begins
	most    int
	sliding bool
	buckets []bucket
}

// bucket is one stretch; low is above high where nothing was seen.
type bucket struct {
	low, high float32
	limit     float32 // the newest, 0 for none
	fell      bool    // the least use came after the greatest
}

func emptyBucket() bucket { return bucket{low: math.MaxFloat32, high: -math.MaxFloat32} }

// newTrace returns one that holds all of its time, ever more coarsely.
func newTrace(most int) trace { return trace{width: time.Minute.Milliseconds(), most: most} }

// newSliding returns one that holds the newest time as finely as ever.
func newSliding(most int, width time.Duration) trace {
	return trace{width: width.Milliseconds(), most: most, sliding: true}
}

// add takes a use; one that is older than all else is left out.
func (t *trace) add(millis int64, used, limit float64) {
	if len(t.buckets) == 0 {
		t.first = millis - millis%t.width
	}
	i := (millis - t.first) / t.width
	if i < 0 {
		return
	}
	for i >= int64(t.most) {
		t.shrink(i)
		i = (millis - t.first) / t.width
	}
	for int64(len(t.buckets)) <= i {
		t.buckets = append(t.buckets, emptyBucket())
	}
	t.buckets[i].add(float32(used), float32(limit))
}

// shrink makes room for stretch number i.
func (t *trace) shrink(i int64) {
	if !t.sliding {
		for j := range (len(t.buckets) + 1) / 2 {
			b := t.buckets[2*j]
			if 2*j+1 < len(t.buckets) {
				b.join(t.buckets[2*j+1])
			}
			t.buckets[j] = b
		}
		t.buckets, t.width = t.buckets[:(len(t.buckets)+1)/2], 2*t.width
		return
	}
	gone := min(max(int64(t.most)/2, i-int64(t.most)+1), int64(len(t.buckets)))
	t.buckets = t.buckets[:copy(t.buckets, t.buckets[gone:])]
	if t.first += gone * t.width; len(t.buckets) == 0 {
		t.first += (i - gone) * t.width
	}
}

func (b *bucket) add(used, limit float32) {
	if used < b.low {
		b.low, b.fell = used, true
	}
	if used > b.high {
		b.high, b.fell = used, false
	}
	b.limit = limit
}

func (b *bucket) join(next bucket) {
	if next.low > next.high {
		return
	}
	if next.low < b.low {
		b.low, b.fell = next.low, true
	}
	if next.high > b.high {
		b.high, b.fell = next.high, false
	}
	b.limit = next.limit
}

// copied returns a trace that shares nothing with t.
func (t *trace) copied() trace {
	out := *t
	out.buckets = slices.Clone(t.buckets)
	return out
}

// course is what is drawn of a signal.
type course struct{ use, limit chart.Series }

// gapFrom is how many stretches without a sample are drawn as a gap.
const gapFrom = 6

// draw appends what lies between two times, the latter excluded.
func (t *trace) draw(c *course, from, to int64) {
	empty := 0
	for i, b := range t.buckets {
		at := t.first + int64(i)*t.width
		switch {
		case b.low > b.high:
			empty++
			continue
		case at+t.width <= from || at >= to:
			empty = 0
			continue
		}
		if empty >= gapFrom && len(c.use.Times) > 0 {
			push(&c.use, at-t.width, math.NaN())
		}
		empty = 0
		b.draw(c, at, t.width)
	}
}

// draw appends the stretch that begins at a time.
func (b *bucket) draw(c *course, at, width int64) {
	if b.low == b.high {
		push(&c.use, at+width/2, float64(b.low))
	} else {
		first, second := b.low, b.high
		if b.fell {
			first, second = second, first
		}
		push(&c.use, at+width/4, float64(first))
		push(&c.use, at+3*width/4, float64(second))
	}
	if n := len(c.limit.Values); b.limit > 0 && (n == 0 || math.Abs(c.limit.Values[n-1]-float64(b.limit)) > 1e-3*float64(b.limit)) {
		push(&c.limit, at, float64(b.limit))
	}
}

func push(s *chart.Series, millis int64, value float64) {
	s.Times, s.Values = append(s.Times, time.UnixMilli(millis)), append(s.Values, value)
}
