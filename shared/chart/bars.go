package chart

import (
	"errors"
	"fmt"
	"strconv"
	"time"
)

// Bars is counts per bucket of time, stacked: how often a pattern was logged, by severity.
type Bars struct {
	Frame // usually 720 by 200
	// Unit is a noun, "lines".
	Unit string
	// Starts are those of the buckets, Bucket is how long each is.
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

// domains returns from when to when the buckets reach, and how high the highest bar is.
func (b Bars) domains() (times, values span) {
	times, values = nothing(), span{0, 0}
	for i, t := range b.Starts {
		if !inHistory(t) {
			continue
		}
		times = times.with(seconds(t)).with(seconds(t) + b.Bucket.Seconds())
		var sum float64
		for _, k := range b.Stacks {
			sum += count(k.Counts[i])
		}
		values = values.with(sum)
	}
	if values.hi == 0 {
		values.hi = 1
	}
	return times, span{0, values.hi * 1.06}
}

func (b Bars) draw(s *sheet) {
	top := s.title()
	times, values := b.domains()
	if times.empty() {
		s.noData(top)
		return
	}
	top = s.legend(top, b.Stacks) + s.unitHeight(b.Unit)
	frame := box{pad, top, float64(s.Width) - pad, s.axisTop()}
	frame.x0 += s.labelWidth(valueTicks(values, b.Unit, tickCount(frame.height(), s.size)))
	p := newPlot(frame, times, values)
	if p.width() < 24 || p.height() < 16 {
		return
	}
	s.axes(p, b.Unit)
	s.bars(p, b)
}
