package capacity

import (
	"fmt"
	"time"
)

// Dates say when the limit, less the headroom, is reached: the Monday of the week. The zero time stands for a date that
// is more than two years away.
type Dates struct{ P10, P50, P90 time.Time }

// Full returns when the limit is reached under a scenario, whatever its Months. Each date is where that quantile of the use
// crosses, so P10, the early one, belongs to P90 of the use. Where it is over already, all are the week after the
// newest point. It returns the errors of Forecast.
func (p *Plan) Full(s Scenario) (Dates, error) {
	if err := p.check(&s); err != nil {
		return Dates{}, err
	}
	path, spread := p.path(&s, maxMonths), p.spread(0.9)
	return Dates{P10: p.crossing(path, spread), P50: p.crossing(path, 0), P90: p.crossing(path, -spread)}, nil
}

// crossing returns the week in which mean + spread deviations is too much for the first time.
func (p *Plan) crossing(path []moment, spread float64) time.Time {
	most, before := p.problem.Limit*(1-p.problem.Headroom), p.used
	if before >= most {
		return monday(p.problem.Step.start(p.last + 1))
	}
	for _, m := range path {
		level := m.mean + spread*m.deviation
		if level >= most {
			start, end := p.problem.Step.start(m.at), p.problem.Step.start(m.at+1)
			share := (most - before) / (level - before)
			return monday(start.Add(time.Duration(share * float64(end.Sub(start)-1))))
		}
		before = level
	}
	return time.Time{}
}

// monday returns the start of the week.
func monday(t time.Time) time.Time { return Weekly.start(Weekly.periodOf(t)) }

// Purchase is what to buy.
type Purchase struct {
	// Amount to add to the limit, in the unit of the problem; 0 where it lasts as it is.
	Amount float64
	// Total is the limit with it.
	Total float64
	// By when it must be there: the Monday of the week in which the present limit, less the headroom, is reached at this
	// confidence. The zero time if it lasts. How long ordering takes is for the caller to subtract.
	By time.Time
	// Until when it then lasts, at the same confidence.
	Until time.Time
}

// Buy returns what to add so that use stays below the limit, less the headroom, for so many months (1 to 24) from the
// newest point, at a confidence of 0.5 to 0.999 for each period. The Months of the scenario do not matter. It returns the
// errors of Forecast too.
func (p *Plan) Buy(s Scenario, months int, confidence float64) (Purchase, error) {
	switch {
	case months < 1 || months > maxMonths:
		return Purchase{}, fmt.Errorf("buy for %d months: give 1 to %d", months, maxMonths)
	case !(confidence >= 0.5 && confidence <= 0.999):
		return Purchase{}, fmt.Errorf("buy at confidence %v: give 0.5 to 0.999", confidence)
	}
	if err := p.check(&s); err != nil {
		return Purchase{}, err
	}
	path, spread := p.path(&s, months), p.spread(confidence)
	most := p.used
	for _, m := range path {
		most = max(most, m.mean+spread*m.deviation)
	}
	out := Purchase{Total: max(p.problem.Limit, most/(1-p.problem.Headroom)), Until: p.problem.Step.start(path[len(path)-1].at + 1)}
	out.Amount = out.Total - p.problem.Limit
	out.By = p.crossing(path, spread)
	return out, nil
}
