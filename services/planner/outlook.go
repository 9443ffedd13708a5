package planner

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/forewarn/forewarn/models/capacity"
	"github.com/forewarn/forewarn/services/planner/internal/past"
	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/plan"
	"github.com/forewarn/forewarn/shared/signal"
)

const (
	// horizon is how many months are told.
	horizon = 6
	// monthlyFrom is how many full months make months the better points: from there on a year has been seen.
	monthlyFrom = 13
	// fewest are the points that a constant and its interval need, and enough of them for an outlook at all.
	fewest = 6
	// mostDrivers of a signal are used, as many as the model takes.
	mostDrivers = 12
)

// maker turns what was used into plans. It is pure.
type maker struct{ cfg Config }

// task is what a plan is made of.
type task struct {
	state   signal.State
	rule    *signal.Rule
	peaks   *past.Peaks
	drivers []series
	now     time.Time
}

// asked is a scenario as people ask for it, by driver.
type asked map[string]string

// plan returns the plan for a scenario. What the past does not tell is said in the plan; an error is about the scenario.
func (m maker) plan(t task, what asked) (plan.Plan, error) {
	out := plan.Plan{
		Signal: t.state.Key, Rule: t.state.Rule, Entity: t.state.Entity, Unit: t.state.Unit,
		Used: t.state.Used, Limit: t.state.Limit, MadeAt: t.now.UTC(),
	}
	problem, leftOut := m.problem(t)
	if n := len(problem.Points); n > 0 {
		out.Used = problem.Points[n-1].Used * problem.scale
	}
	if err := refuse(t.drivers, leftOut, what); err != nil {
		return out, err
	}
	scenario, err := scenarioOf(what)
	if err != nil {
		return out, err
	}
	missing := short(problem, &t)
	if missing == nil {
		out.Outlook, missing, err = m.outlook(problem, scenario)
	}
	if err != nil {
		return out, err
	}
	if out.Missing = missing; out.Missing == nil {
		out.Basis.LeftOut = append(out.Basis.LeftOut, leftOut...)
		out.Basis.Drivers = what
	}
	out.Words = words(&out)
	return out, nil
}

// stale is after how long without data nothing is planned: what became of it is not known.
const stale = 7 * 24 * time.Hour

// problem is what is to be explained, in a unit that people can read: scale of the signal's make one of it.
type problem struct {
	capacity.Problem
	scale float64
}

// readable returns the unit for formulas of what is so large.
func readable(unit string, limit float64) (string, float64) {
	switch {
	case unit != "bytes":
		return unit, 1
	case limit >= 10<<40:
		return "TiB", 1 << 40
	case limit >= 10<<30:
		return "GiB", 1 << 30
	}
	return "MiB", 1 << 20
}

// problem returns what is to be explained, and the drivers that cannot explain it.
func (m maker) problem(t task) (p problem, leftOut []plan.LeftOut) {
	unit, scale := readable(t.state.Unit, t.state.Limit)
	p = problem{scale: scale, Problem: capacity.Problem{
		Resource: t.state.Entity.Name, Unit: unit, Accumulates: t.rule.Accumulates, Step: capacity.Monthly,
		Limit: t.state.Limit / scale, Headroom: m.cfg.Headroom, YearEnd: time.Month(m.cfg.YearEnd),
	}}
	peaks := t.peaks.Months(t.now)
	if len(peaks) < monthlyFrom {
		p.Step, peaks = capacity.Weekly, t.peaks.Weeks(t.now)
	}
	var used []series
	for _, d := range t.drivers {
		switch {
		case d.err != nil:
			leftOut = append(leftOut, plan.LeftOut{Name: d.Name, Why: failing(d.err)})
		case len(used) == mostDrivers:
			leftOut = append(leftOut, plan.LeftOut{Name: d.Name, Why: crowded()})
		default:
			used = append(used, d)
			p.Drivers = append(p.Drivers, d.Name)
		}
	}
	for _, k := range peaks {
		point := capacity.Point{Time: k.Start, Used: k.Used / scale, Drivers: make([]float64, len(used))}
		for i := range used {
			point.Drivers[i] = used[i].days.Mean(k.Start, k.End)
		}
		p.Points = append(p.Points, point)
	}
	return p, leftOut
}

// short says what is missing for an outlook before one is tried, nil if nothing is.
func short(p problem, t *task) *i18n.Text {
	if last := t.state.UpdatedAt; !last.IsZero() && t.now.Sub(last) > stale {
		return silent(last)
	}
	need := fewest
	if p.Accumulates {
		need++ // six growths
	}
	if n := len(p.Points); n < need {
		return tooShort(need, n)
	}
	return nil
}

// outlook fits and looks ahead. missing says why the past does not allow it, an error is about the scenario.
func (m maker) outlook(p problem, s capacity.Scenario) (out *plan.Outlook, missing *i18n.Text, err error) {
	fitted, err := capacity.Fit(p.Problem)
	if err != nil {
		return nil, unfit(err), nil
	}
	levels, err := fitted.Forecast(s)
	if err != nil {
		return nil, nil, &refusal{plan.BadValue, err.Error()}
	}
	full, err1 := fitted.Full(s)
	bought, err2 := fitted.Buy(s, m.cfg.ReserveMonths, m.cfg.Confidence)
	if err := errors.Join(err1, err2); err != nil {
		return nil, nil, &refusal{plan.BadValue, err.Error()}
	}
	out = &plan.Outlook{
		Step: p.Step.String(), Forecast: monthly(levels, p.scale), GrowthPerMonth: growth(levels) * p.scale,
		Full: plan.Dates{P10: date(full.P10), P50: date(full.P50), P90: date(full.P90)},
		Purchase: plan.Purchase{
			By: date(bought.By), Amount: bought.Amount * p.scale, Total: bought.Total * p.scale, Until: bought.Until,
			ReserveMonths: m.cfg.ReserveMonths, Confidence: m.cfg.Confidence, Headroom: m.cfg.Headroom,
		},
		Basis: basis(fitted.Report(), p.Drivers, p.scale),
	}
	if !finite(out) {
		return nil, unfit(errors.New("the numbers are too large to reckon with")), nil
	}
	return out, nil, nil
}

// monthly takes one level for each month ahead.
func monthly(levels []capacity.Level, scale float64) []plan.Level {
	out := make([]plan.Level, horizon)
	for i := range out {
		l := levels[(i+1)*len(levels)/horizon-1]
		out[i] = plan.Level{Months: i + 1, From: l.Start, P10: l.P10 * scale, P50: l.P50 * scale, P90: l.P90 * scale}
	}
	return out
}

// daysPerMonth is the mean length of a month.
const daysPerMonth = 365.2425 / 12

// growth returns the mean growth a month from the first to the last level.
func growth(levels []capacity.Level) float64 {
	first, last := levels[0], levels[len(levels)-1]
	days := last.Start.Sub(first.Start).Hours() / 24
	return (last.P50 - first.P50) / days * daysPerMonth
}

func date(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

func basis(r capacity.Report, drivers []string, scale float64) plan.Basis {
	out := plan.Basis{
		Formula: r.Formula, R2: r.R2, Points: r.Points, Skipped: r.Skipped, DurbinWatson: r.DurbinWatson, LeftOut: []plan.LeftOut{},
	}
	for _, t := range r.Terms {
		out.Terms = append(out.Terms, plan.Term{
			Name: t.Name, Driver: slices.Contains(drivers, t.Name), Coefficient: t.Coefficient * scale, Low: t.Low * scale, High: t.High * scale,
		})
	}
	for _, d := range r.Dropped {
		out.LeftOut = append(out.LeftOut, plan.LeftOut{Name: d.Name, Why: dropped(d.Reason)})
	}
	return out
}

// finite reports whether all that depends on the scenario can be written as JSON.
func finite(o *plan.Outlook) bool {
	sum := o.GrowthPerMonth + o.Purchase.Amount + o.Purchase.Total + o.Basis.R2 + o.Basis.DurbinWatson
	for _, l := range o.Forecast {
		sum += l.P10 + l.P50 + l.P90
	}
	for _, t := range o.Basis.Terms {
		sum += t.Coefficient + t.Low + t.High
	}
	return !math.IsNaN(sum) && !math.IsInf(sum, 0)
}

// refuse returns why a scenario cannot be answered: it names what does not explain the signal.
func refuse(all []series, leftOut []plan.LeftOut, what asked) error {
	for _, name := range what.names() {
		known := false
		var names []string
		for _, d := range all {
			known = known || d.Name == name
			names = append(names, d.Name)
		}
		if !known {
			return &refusal{plan.BadValue, fmt.Sprintf("driver.%s: is no driver of this signal; it has %q (capacity.drivers)", name, names)}
		}
		for _, l := range leftOut {
			if l.Name == name {
				return &refusal{plan.BadValue, fmt.Sprintf("driver.%s: what it does is not known: %s", name, l.Why.En)}
			}
		}
	}
	return nil
}
