package score

import "math"

// Budgets returns the rates of false alarms, per series-week, at which methods are compared: the goal for production,
// ten times and a hundred times as many.
func Budgets() []float64 { return []float64{0.005, 0.05, 0.5} }

// AtBudget is the best recall that a threshold on the method's own urgency reaches within a rate of false alarms.
type AtBudget struct {
	Budget Number `json:"budget"`
	Recall Figure `json:"recall"`
	// Threshold is the urgency from which an alarm is raised. It and the recall are null if none keeps the budget.
	Threshold Number `json:"threshold"`
}

// atBudget finds the threshold on all results. The interval of the recall holds for that threshold.
func atBudget(results []Result, budget float64, b *bootstrap) AtBudget {
	best, at := -1.0, -1
	for i := range Thresholds {
		if r := sweptRecall(i)(b.all); sweptRate(results, i) <= budget && r > best {
			best, at = r, i
		}
	}
	if at < 0 {
		none := Number(math.NaN())
		return AtBudget{Number(budget), Figure{none, none, none}, none}
	}
	return AtBudget{Number(budget), b.figure(sweptRecall(at)), Number(Threshold(at))}
}

func sweptRecall(threshold int) statistic {
	return func(results []*Result) float64 {
		fails, warned := 0, 0
		for _, r := range results {
			fails += number(r.Fails)
			warned += number(r.Fails && r.Sweep[threshold].Warned)
		}
		return float64(warned) / float64(fails)
	}
}

func sweptRate(results []Result, threshold int) float64 {
	alarms, weeks := 0, 0.0
	for i := range results {
		alarms += int(results[i].Sweep[threshold].False)
		weeks += results[i].Weeks
	}
	return float64(alarms) / weeks
}
