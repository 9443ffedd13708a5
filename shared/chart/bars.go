package chart

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"strconv"
	"time"
)

// Bars is counts per bucket of time, stacked: how often a pattern was logged, by severity.
type Bars struct {
	Frame // usually 720 by 200
	// Unit is a noun, "lines".
	Unit string
	// Starts are those of the buckets, Bucket is how long each is. Where there are more than a picture can show, neighbours
	// are added up.
	Starts []time.Time
	Bucket time.Duration
	// Stacks are drawn from the bottom up: the most severe first. The first four differ in filling.
	Stacks []Stack
}

// Stack is one part of all bars, as many counts as there are buckets. NaN and what is negative counts as none.
type Stack struct {
	Name   string
	Counts []float64
}

func (b Bars) frame() (Frame, error) {
	f, err := b.size(720, 200)
	if b.Bucket <= 0 && len(b.Starts) > 0 {
		err = errors.Join(err, fmt.Errorf("bucket: %v is not a length; give how long each bucket is", b.Bucket))
	}
	for _, k := range b.Stacks {
		err = errors.Join(err, equalLengths("stack "+strconv.Quote(clean(k.Name)), len(b.Starts), len(k.Counts)))
	}
	return f, err
}

// count returns what is drawn of a count.
func count(v float64) float64 {
	if !drawable(v) {
		return 0
	}
	return max(v, 0)
}

// leastBar is how wide a bucket is drawn at least, in pixels; narrower ones are added up.
const leastBar = 3

// buckets are bars ready to draw: begin[i] is when one begins, in seconds since 1970, counts[k][i] what it holds of stack k.
type buckets struct {
	begin  []float64
	length float64
	counts [][]float64
	times  span
	most   float64
}

// buckets returns the bars, added up until no more than most of them cover the whole time.
func (b Bars) buckets(most int) buckets {
	out := buckets{times: nothing(), length: b.Bucket.Seconds()}
	for _, t := range b.Starts {
		if inHistory(t) {
			out.times = out.times.with(seconds(t)).with(seconds(t) + out.length)
		}
	}
	out.times = timeDomain(out.times)
	if n := math.Ceil((out.times.hi - out.times.lo) / out.length / float64(most)); n > 1 {
		out.length *= n
	}
	out.counts = make([][]float64, len(b.Stacks))
	at := map[int]int{} // from the number of a bucket to its place
	for i, t := range b.Starts {
		if !inHistory(t) {
			continue
		}
		number := int((seconds(t) - out.times.lo) / out.length)
		place, ok := at[number]
		if !ok {
			place = out.add(out.times.lo + float64(number)*out.length)
			at[number] = place
		}
		for k, stack := range b.Stacks {
			out.counts[k][place] += count(stack.Counts[i])
		}
	}
	for i := range out.begin {
		out.most = max(out.most, out.sum(i))
	}
	return out
}

// add appends an empty bucket and returns its place.
func (b *buckets) add(begin float64) int {
	b.begin = append(b.begin, begin)
	for k := range b.counts {
		b.counts[k] = append(b.counts[k], 0)
	}
	return len(b.begin) - 1
}

func (b *buckets) sum(i int) float64 {
	var sum float64
	for _, stack := range b.counts {
		sum += stack[i]
	}
	return sum
}

func (b Bars) draw(s *sheet) {
	top := s.title()
	data := b.buckets(s.Width / leastBar)
	if len(data.begin) == 0 {
		s.noData(box{0, top, float64(s.Width), float64(s.Height)})
		return
	}
	values := span{0, cmp.Or(data.most, 1) * 1.06}
	top = s.legend(top, b.Stacks) + s.unitHeight(b.Unit)
	frame := box{pad, top, float64(s.Width) - pad, s.axisTop()}
	frame.x0 += s.labelWidth(valueTicks(values, b.Unit, tickCount(frame.height(), s.size)))
	p := newPlot(frame, data.times, values)
	if p.width() < 24 || p.height() < 16 {
		return
	}
	s.axes(p, b.Unit)
	s.bars(p, data)
}
