package planner

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/forewarn/forewarn/models/capacity"
	"github.com/forewarn/forewarn/shared/plan"
)

// refusal is an error for who asked.
type refusal struct {
	code    plan.Code
	message string
}

func (r *refusal) Error() string { return r.message }

func (a asked) names() []string { return slices.Sorted(maps.Keys(a)) }

// scenarioOf reads what becomes of the drivers.
func scenarioOf(what asked) (capacity.Scenario, error) {
	s := capacity.Scenario{Months: horizon, Drivers: map[string]capacity.Course{}}
	for _, name := range what.names() {
		course, ok := courseOf(what[name])
		if !ok {
			return s, &refusal{plan.BadValue, fmt.Sprintf("driver.%s: %.40q is neither growth in a year such as +20%% (from above -100%% to +1000%%) nor a value such as 120",
				name, what[name])}
		}
		s.Drivers[name] = course
	}
	return s, nil
}

// maxGrowth bounds the growth of a driver within a year, so that nobody plans a typing error.
const maxGrowth = 10

// courseOf reads "+20%", "-5 %", "20%" or "120". A plus that a form has turned into a space is no loss.
func courseOf(text string) (capacity.Course, bool) {
	number, growth := strings.CutSuffix(strings.TrimSpace(text), "%")
	v, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	switch {
	case err != nil || math.IsNaN(v) || math.Abs(v) > 1e15:
		return capacity.Course{}, false
	case !growth:
		return capacity.Course{Values: []float64{v}}, true
	case v <= -100 || v > 100*maxGrowth:
		return capacity.Course{}, false
	}
	return capacity.Course{Growth: v / 100}, true
}
