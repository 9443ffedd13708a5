package capacity

import (
	"fmt"
	"math"
	"slices"
)

// Scenario is what becomes of the drivers. The zero value carries each on along the line of its newest 13 points, and
// looks six months ahead.
type Scenario struct {
	// Months to look ahead, at most 24; 0 is 6.
	Months int
	// Drivers says what becomes of a driver, by its name.
	Drivers map[string]Course
}

// Course is what becomes of one driver: given values, or growth.
type Course struct {
	// Values in the coming periods; the last one stays.
	Values []float64
	// Growth is the share that it grows by in a year, from where its line stands: 0.2 is 20 % more. It counts where no
	// Values are given; 0 keeps the driver where it is.
	Growth float64
}

const (
	usualMonths = 6
	maxMonths   = 24
	maxGrowth   = 100
)

// months returns how far to look.
func (s *Scenario) months() int {
	if s.Months == 0 {
		return usualMonths
	}
	return s.Months
}

// check returns what is wrong with the scenario for this plan, or nil.
func (p *Plan) check(s *Scenario) error {
	if s.Months < 0 || s.Months > maxMonths {
		return fmt.Errorf("scenario: %d months are not within 1 to %d", s.Months, maxMonths)
	}
	named := 0
	for _, name := range p.problem.Drivers { // in this order, so that the error does not depend on that of the map
		course, ok := s.Drivers[name]
		if !ok {
			continue
		}
		named++
		if i := slices.IndexFunc(p.dropped, func(d Dropped) bool { return d.Name == name }); i >= 0 {
			return fmt.Errorf("scenario: what %q does is not known: %v", name, p.dropped[i].Reason)
		}
		if !(course.Growth > -1 && course.Growth <= maxGrowth) {
			return fmt.Errorf("scenario: growth %v of %q is not above -1 and up to %d", course.Growth, name, maxGrowth)
		}
		if slices.ContainsFunc(course.Values, func(v float64) bool { return !usable(v) }) {
			return fmt.Errorf("scenario: a value of %q is not a number", name)
		}
	}
	if named < len(s.Drivers) {
		return fmt.Errorf("scenario names %d drivers that the plan does not have; it has %q", len(s.Drivers)-named, p.problem.Drivers)
	}
	return nil
}

// driver returns the value of a driver k periods after the last one, and whether it is given rather than carried on.
func (p *Plan) driver(s *Scenario, d, k int) (v float64, given bool) {
	course, given := s.Drivers[p.problem.Drivers[d]]
	l := &p.lines[d]
	switch {
	case !given:
		return l.at(p.last + period(k)), false
	case len(course.Values) > 0:
		return course.Values[min(k, len(course.Values))-1], true
	}
	return l.at(p.last) * math.Pow(1+course.Growth, float64(k)/p.problem.Step.perYear()), true
}

// perYear returns how many periods a year has.
func (s Step) perYear() float64 {
	if s == Weekly {
		return 365.2425 / 7
	}
	return 12
}
