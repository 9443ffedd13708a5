package capacity

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"time"
)

const (
	// maxPoints is how many of the newest points are used: the regression costs the square of their number, and
	// what was further back than eight years of months or two of weeks tells little.
	maxPoints = 100
	// maxDrivers bounds how many drivers may be named.
	maxDrivers = 12

	// huge bounds every number, so that no square overflows.
	huge = 1e18
)

// ErrTooFewPoints is returned by Fit when what is usable does not even make a constant with an interval.
var ErrTooFewPoints = errors.New("too few points to plan with")

// Step is the time from one point to the next.
type Step uint8

// The steps.
const (
	Monthly Step = iota // calendar months
	Weekly              // weeks from Monday
)

// Problem is what is to be planned.
type Problem struct {
	// Resource and Unit name what is used, for people: "tablespace GL", "GB".
	Resource, Unit string
	Step           Step
	// Accumulates is true for what is kept, such as disks and tablespaces: drivers then explain the growth of each
	// period. It is false for what follows its drivers up and down, such as connections: they then explain the level.
	Accumulates bool
	// Drivers names the columns of Point.Drivers, the most important first; at most 12.
	Drivers []string
	// Points are the past, one a period at most, in any order. A hole is allowed.
	Points []Point
	// Limit is what there is today, in Unit, positive. Headroom is the share of it that must stay free, 0 to below 1.
	Limit, Headroom float64
	// YearEnd is the last month of the fiscal year; 0 is December.
	YearEnd time.Month
}

// Point is what was seen in one period.
type Point struct {
	// Time is any time in the period. Periods are those of UTC.
	Time time.Time
	// Used is the highest use in the period, in Unit. A point whose use is NaN, infinite or negative is left out.
	Used float64
	// Drivers are the values of the drivers in the period; NaN where one is not known.
	Drivers []float64
}

// check returns all that is wrong with the problem, or nil.
func (p *Problem) check() error {
	var errs []error
	add := func(bad bool, format string, args ...any) {
		if bad {
			errs = append(errs, fmt.Errorf(format, args...))
		}
	}
	add(p.Step > Weekly, "step %d is neither Monthly nor Weekly", p.Step)
	add(!(p.Limit > 0 && p.Limit <= huge), "limit %v is not above 0; give today's in %s", p.Limit, p.Unit)
	add(!(p.Headroom >= 0 && p.Headroom < 1), "headroom %v is not a share from 0 to below 1", p.Headroom)
	add(p.YearEnd < 0 || p.YearEnd > time.December, "year end %d is no month", p.YearEnd)
	add(len(p.Drivers) > maxDrivers, "%d drivers are more than %d; name the most important ones", len(p.Drivers), maxDrivers)
	for i, name := range p.Drivers {
		add(name == "" || slices.Contains(p.Drivers[:i], name), "driver %d, %q, has no name of its own", i, name)
	}
	for i, point := range p.Points {
		add(len(point.Drivers) != len(p.Drivers), "point %d has %d drivers instead of %d", i, len(point.Drivers), len(p.Drivers))
	}
	return errors.Join(errs...)
}

// usable reports whether a number can be reckoned with.
func usable(v float64) bool { return math.Abs(v) <= huge }
