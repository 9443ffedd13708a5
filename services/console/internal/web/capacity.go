package web

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"go.uber.org/zap"

	"github.com/forewarn/forewarn/shared/plan"
)

const (
	// shownPlanRows is how many plans a page of the list has.
	shownPlanRows = 50
	day           = 24 * time.Hour
)

// planList is one page of the capacity plans, by the date to buy.
type planList struct {
	Rows []planRow
	// Text and Rule select; Due is within how many days there must be something to buy, "" for any plan.
	Text, Rule, Due string
	// After is where this page begins, Next where the next one does; empty on the first and the last.
	After, Next string
	// Pending counts the signals whose first plan is still being made.
	Pending int
	// Refusal is why there are no plans, in the planner's words.
	Refusal string
	Failed  bool
	// Rules are those that one can choose from.
	Rules choice
}

// newPlanList returns the empty page of plans that a query asks for.
func newPlanList(q url.Values) planList {
	l := planList{Text: searched(q), Rule: q.Get("rule"), Due: q.Get("due"), After: q.Get("after")}
	if _, err := strconv.ParseUint(l.Due, 10, 16); err != nil {
		l.Due = ""
	}
	return l
}

func (l *planList) query() url.Values { return chosen("q", l.Text, "rule", l.Rule, "due", l.Due) }

// Filtered reports whether only some plans were asked for.
func (l *planList) Filtered() bool { return len(l.query()) > 0 }

// Link returns the address of the page of the same list that begins after a plan.
func (l *planList) Link(after string) string {
	q := l.query()
	if after != "" {
		q.Set("after", after)
	}
	return address("/capacity", q)
}

// CSV returns the address of the list as a file.
func (l *planList) CSV() string { return address("/capacity.csv", l.query()) }

// within returns those of the plans, which are sorted by the date to buy, that are due; more tells that all of them are.
func (l *planList) within(plans []plan.Plan, now time.Time) (due []plan.Plan, more bool) {
	days, err := strconv.Atoi(l.Due)
	if err != nil {
		return plans, true
	}
	last := now.Add(time.Duration(days) * day)
	for i := range plans {
		if p := &plans[i]; p.Outlook == nil || p.Purchase.By == nil || p.Purchase.By.After(last) {
			return plans[:i], false
		}
	}
	return plans, true
}

// read asks the planner for a page of the list and returns its plans.
func (w *Web) readPlans(ctx context.Context, l *planList, now time.Time, limit int) []plan.Plan {
	reply, err := w.settings.Source.Capacity(ctx, plan.Request{Rule: l.Rule, Text: l.Text, After: l.After, Limit: limit})
	if l.Failed = err != nil; err != nil {
		if ctx.Err() == nil {
			w.settings.Logger.Warn("capacity plans cannot be read", zap.Error(err))
		}
		return nil
	}
	if reply.Refusal != nil {
		l.Refusal = reply.Refusal.Message
	}
	l.Pending = reply.Pending
	plans, more := l.within(reply.Plans, now)
	if l.Next = ""; more {
		l.Next = reply.Next
	}
	return plans
}

// capacity serves the list of capacity plans.
func (w *Web) capacity(rw http.ResponseWriter, r *http.Request) {
	if r.URL.Query().Get("format") == "csv" {
		w.capacityCSV(rw, r)
		return
	}
	p := w.newPage(rw, r)
	l := newPlanList(r.URL.Query())
	for _, one := range w.readPlans(r.Context(), &l, p.Now, shownPlanRows) {
		l.Rows = append(l.Rows, planRow{p.speaker, one})
	}
	l.Rules = w.ruleChoice(p.speaker, l.Rule)
	p.Query = address("", l.query())
	p.Title, p.Content = p.Say("Capacity", "容量"), &l
	w.render(rw, http.StatusOK, "capacity", p)
}

// ruleChoice filters by the rules of the catalogue that have a limit.
func (w *Web) ruleChoice(s speaker, now string) choice {
	c := choice{Name: "rule", Label: s.Say("Resource", "资源"), Value: now, Options: []option{{"", s.Say("all resources", "全部资源")}}}
	known := now == ""
	for _, id := range w.settings.Source.LimitedRules() {
		known = known || id == now
		c.Options = append(c.Options, option{id, s.RuleName(id)})
	}
	if !known {
		c.Options = append(c.Options, option{now, s.Plain(now)})
	}
	return c
}

// DueChoice filters plans by when something must be bought.
func (s speaker) DueChoice(now string) choice {
	return choice{"due", s.Say("To buy", "采购期限"), now, []option{
		{"", s.Say("to buy at any time", "不限采购时间")},
		{"30", s.Say("to buy within 30 days", "30 天内须采购")},
		{"90", s.Say("to buy within 90 days", "90 天内须采购")},
		{"183", s.Say("to buy within six months", "半年内须采购")},
	}}
}

// capacityCSV answers with all plans that pass the filter, the first to buy first.
func (w *Web) capacityCSV(rw http.ResponseWriter, r *http.Request) {
	l := newPlanList(r.URL.Query())
	now := time.Now()
	plans := w.readPlans(r.Context(), &l, now, plan.MaxPage)
	if l.Failed {
		http.Error(rw, "the planner did not answer; try again", http.StatusServiceUnavailable)
		return
	}
	f := newFile(rw, "capacity.csv", "signal", "rule", "entity", "unit", "used", "limit", "growth_per_month",
		"in_6_months_p10", "in_6_months_p50", "in_6_months_p90", "full_p10", "full_p50", "full_p90",
		"buy_by", "buy_amount", "then_lasts_until", "made_at", "missing")
	for {
		for i := range plans {
			f.row(planFields(&plans[i]))
		}
		f.Flush()
		if l.After = l.Next; l.After == "" || f.Error() != nil {
			return
		}
		if plans = w.readPlans(r.Context(), &l, now, plan.MaxPage); l.Failed {
			panic(http.ErrAbortHandler) // a file that ends too soon must not look whole
		}
	}
}

func planFields(p *plan.Plan) []string {
	row := append(make([]string, 0, 18), p.Signal, p.Rule, p.Entity.Name, p.Unit, number(p.Used), number(p.Limit))
	if p.Outlook == nil {
		row = append(row, make([]string, 10)...)
	} else {
		var six plan.Level
		if n := len(p.Forecast); n > 0 {
			six = p.Forecast[n-1]
		}
		row = append(row, number(p.GrowthPerMonth), number(six.P10), number(six.P50), number(six.P90),
			instant(p.Full.P10), instant(p.Full.P50), instant(p.Full.P90), instant(p.Purchase.By), number(p.Purchase.Amount), until(p))
	}
	missing := ""
	if p.Missing != nil {
		missing = p.Missing.En
	}
	return append(row, instant(&p.MadeAt), missing)
}

// until is when a purchase would be used up, "" without one.
func until(p *plan.Plan) string {
	if p.Purchase.By == nil {
		return ""
	}
	return instant(&p.Purchase.Until)
}

// planPath returns the address of the page of a plan.
func planPath(key string) string { return named("/capacity/", key) }

// fullKey returns the key of a signal that an address names; a digest is looked up among the signals that there are.
func (w *Web) fullKey(ctx context.Context, name string) string {
	if s, err := w.settings.Source.Signals(ctx); err == nil {
		if sig := s.Named(name); sig != nil {
			return sig.Key
		}
	}
	return name
}
