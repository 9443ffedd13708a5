package course

import (
	"math"
	"slices"

	"github.com/forewarn/forewarn/shared/telemetry"
)

const (
	// stretches is into how many a course is divided; each gives two points at most, and one limit.
	stretches = 180
	// MaxPoints is how many samples a course has at most, the marks of its gaps included.
	MaxPoints = 400
	// gap is how many times the usual distance between samples is a gap, if it is that many stretches too.
	gap = 6
	// maxGaps keeps the promise of MaxPoints.
	maxGaps = MaxPoints - 2*stretches
	// sameLimit is the relative change of a limit below which it is the same: what a reserve for root trembles by.
	sameLimit = 1e-3
)

// profile is a course in even stretches of time.
type profile struct {
	from, width int64 // milliseconds
	parts       [stretches]stretch
}

// stretch keeps the least and the greatest use, and the last limit; at is 0 where there was no sample.
type stretch struct {
	low, high telemetry.Sample
	limit     telemetry.Sample
}

func newProfile(from, to int64) *profile {
	return &profile{from: from, width: max(1, (to-from)/stretches+1)}
}

func (p *profile) add(at int64, use, limit float64) {
	i := (at - p.from) / p.width
	if i < 0 || i >= stretches {
		return
	}
	s, now := &p.parts[i], telemetry.Sample{TimeMillis: at, Value: use}
	if s.low.TimeMillis == 0 || use < s.low.Value {
		s.low = now
	}
	if s.high.TimeMillis == 0 || use > s.high.Value {
		s.high = now
	}
	s.limit = telemetry.Sample{TimeMillis: at, Value: limit}
}

// draw returns the points of the course.
func (p *profile) draw() (used, limit []telemetry.Sample) {
	gaps, wide := 0, p.wide()
	for i := range p.parts {
		s := &p.parts[i]
		if s.low.TimeMillis == 0 {
			continue
		}
		first, second := s.low, s.high
		if second.TimeMillis < first.TimeMillis {
			first, second = second, first
		}
		if n := len(used); n > 0 && first.TimeMillis-used[n-1].TimeMillis > wide && gaps < maxGaps {
			used = append(used, telemetry.Sample{TimeMillis: used[n-1].TimeMillis + 1, Value: math.NaN()})
			gaps++
		}
		if used = append(used, first); second.TimeMillis != first.TimeMillis {
			used = append(used, second)
		}
		if n := len(limit); s.limit.Value > 0 && (n == 0 || math.Abs(limit[n-1].Value-s.limit.Value) > sameLimit*s.limit.Value) {
			limit = append(limit, s.limit)
		}
	}
	return used, limit
}

// wide returns how far apart samples are that have a gap between them, in milliseconds: several times their usual distance.
func (p *profile) wide() int64 {
	var apart []int64
	last := int64(0)
	for i := range p.parts {
		if at := p.parts[i].low.TimeMillis; at != 0 {
			apart = append(apart, at-last)
			last = at
		}
	}
	if len(apart) < 2 {
		return math.MaxInt64
	}
	apart = apart[1:] // the first has none before it
	slices.Sort(apart)
	return gap * max(p.width, apart[len(apart)/2])
}
