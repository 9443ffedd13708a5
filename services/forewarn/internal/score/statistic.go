package score

import (
	"math"
	"slices"
)

// statistic is a figure of a sample of results; NaN where it does not exist.
type statistic func([]*Result) float64

func recall(results []*Result) float64 {
	fails, warned := 0, 0
	for _, r := range results {
		fails += number(r.Fails)
		warned += number(r.Warned)
	}
	return float64(warned) / float64(fails)
}

func falseRate(results []*Result) float64 {
	alarms, weeks := 0, 0.0
	for _, r := range results {
		alarms += r.False
		weeks += r.Weeks
	}
	return float64(alarms) / weeks
}

func dateError(lead int) statistic {
	return func(results []*Result) float64 {
		var errors []float64
		for _, r := range results {
			if d := &r.Dates[lead]; d.Asked {
				errors = append(errors, d.Error)
			}
		}
		return median(errors)
	}
}

func coverage(lead int) statistic {
	return func(results []*Result) float64 {
		asked, covered := 0, 0
		for _, r := range results {
			asked += number(r.Dates[lead].Asked)
			covered += number(r.Dates[lead].Covered)
		}
		return float64(covered) / float64(asked)
	}
}

func brier(horizon int) statistic {
	return func(results []*Result) float64 {
		var all Odds
		for _, r := range results {
			all.join(&r.Odds[horizon])
		}
		return all.brier()
	}
}

// median returns the middle of x, or the mean of the two middle ones; NaN of nothing. It sorts x.
func median(x []float64) float64 {
	if len(x) == 0 {
		return math.NaN()
	}
	slices.Sort(x)
	return (x[(len(x)-1)/2] + x[len(x)/2]) / 2
}

func pointers(results []Result) []*Result {
	out := make([]*Result, len(results))
	for i := range results {
		out[i] = &results[i]
	}
	return out
}
