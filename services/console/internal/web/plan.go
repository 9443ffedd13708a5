package web

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"go.uber.org/zap"

	"github.com/forewarn/forewarn/shared/chart"
	"github.com/forewarn/forewarn/shared/plan"
	"github.com/forewarn/forewarn/shared/view"
)

// driverPrefix begins the parameters that say what becomes of a driver.
const driverPrefix = "driver."

// planPage is the content of the page /capacity/{key}.
type planPage struct {
	planRow
	Figure figure
	// Drivers are those that one can ask about, with what was asked.
	Drivers []driverInput
	// Scenario tells that the plan answers a question.
	Scenario bool
	// Refusal is why a question has no answer, in the planner's words.
	Refusal string
	// Signal is the address of the signal's page, API that of the plan as JSON.
	Signal, API string
}

// driverInput is one field of the form that asks what if.
type driverInput struct{ Name, Param, Value string }

// driversAsked returns what a query says of drivers; of a parameter given twice, the first.
func driversAsked(q url.Values) map[string]string {
	out := map[string]string{}
	for param, v := range q {
		if name, ok := strings.CutPrefix(param, driverPrefix); ok && v[0] != "" {
			out[name] = v[0]
		}
	}
	return out
}

// driverQuery is the query that asks the same again.
func driverQuery(drivers map[string]string) url.Values {
	q := url.Values{}
	for name, v := range drivers {
		q.Set(driverPrefix+name, v)
	}
	return q
}

// findPlan returns the plan that a request names under the drivers, or why there is none.
func (w *Web) findPlan(ctx context.Context, key string, drivers map[string]string) (*plan.Plan, *plan.Refusal, error) {
	reply, err := w.settings.Source.Capacity(ctx, plan.Request{Signal: key, Drivers: drivers})
	switch {
	case err != nil:
		return nil, nil, err
	case reply.Refusal != nil:
		return nil, reply.Refusal, nil
	case len(reply.Plans) != 1:
		return nil, &plan.Refusal{Code: plan.NotFound}, nil
	}
	return &reply.Plans[0], nil, nil
}

// plan serves the page of one plan. A question that has no answer leaves the plan as it is without it, and says why.
func (w *Web) plan(rw http.ResponseWriter, r *http.Request) {
	p, ctx := w.newPage(rw, r), r.Context()
	key, drivers := w.fullKey(ctx, r.PathValue("key")), driversAsked(r.URL.Query())
	found, refusal, err := w.findPlan(ctx, key, drivers)
	c := planPage{Scenario: len(drivers) > 0}
	if refusal != nil && refusal.Code == plan.BadValue && c.Scenario {
		c.Refusal, c.Scenario = refusal.Message, false
		found, refusal, err = w.findPlan(ctx, key, nil)
	}
	if err != nil || refusal != nil {
		w.refusePlan(rw, r, p, refusal, err)
		return
	}
	p.Path = planPath(key)
	c.planRow, c.Drivers = planRow{p.speaker, *found}, driversOf(found, drivers)
	c.Signal, c.API = signalPath(key), "/api/v1/capacity/"+url.PathEscape(key)
	if found.Outlook != nil {
		c.Figure = figure{Path: p.Path + "/chart", Shown: true, Alt: p.Plain(p.Sayf("Chart of %s: the next six months; the table below says the same.",
			"%s 的图表：未来六个月；内容与下表一致。", found.Entity.Name))}
		if c.Scenario {
			c.Figure.Extra = driverQuery(drivers)
			p.Query = address("", c.Figure.Extra)
		}
	}
	p.Title, p.Content = p.Plain(found.Entity.Name)+" · "+p.Say("Capacity", "容量"), &c
	w.render(rw, http.StatusOK, "plan", p)
}

// refusePlan says why there is no plan to show.
func (w *Web) refusePlan(rw http.ResponseWriter, r *http.Request, p *page, refusal *plan.Refusal, err error) {
	if refusal != nil {
		w.say(rw, p, http.StatusNotFound, p.Say("Not found", "未找到"),
			p.Say("There is no capacity plan of this signal.", "该信号没有容量规划。"),
			p.Say("Plans are made of signals with a limit, where history is kept; the list of plans shows what there is.",
				"仅对有上限且保存了历史的信号作规划；请从容量列表查看。"))
		return
	}
	if r.Context().Err() == nil {
		w.settings.Logger.Warn("capacity plan cannot be read", zap.Error(err))
	}
	w.say(rw, p, http.StatusServiceUnavailable, p.Say("Unavailable", "暂不可用"),
		p.Say("The planner did not answer.", "容量规划没有响应。"),
		p.Say("Try again; the page of the pipeline shows what is wrong.", "请重试；链路页面显示各环节状态。"))
}

// driversOf returns the fields of the form: the drivers of the formula, and those that were asked about.
func driversOf(p *plan.Plan, drivers map[string]string) []driverInput {
	if p.Outlook == nil {
		return nil
	}
	var names []string
	for _, t := range p.Basis.Terms {
		if t.Driver {
			names = append(names, t.Name)
		}
	}
	for name := range drivers {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	out := make([]driverInput, len(names))
	for i, name := range names {
		out[i] = driverInput{name, driverPrefix + name, drivers[name]}
	}
	return out
}

// planPast is how much of the past a plan's chart shows.
const planPast = 28 * day

// planChart serves the chart of a plan in one form.
func (w *Web) planChart(draw form) http.HandlerFunc {
	return func(rw http.ResponseWriter, r *http.Request) {
		p, ctx := w.newPage(rw, r), r.Context()
		key := w.fullKey(ctx, r.PathValue("key"))
		found, refusal, err := w.findPlan(ctx, key, driversAsked(r.URL.Query()))
		if err != nil || refusal != nil || found.Outlook == nil {
			w.refusePlan(rw, r, p, whyNone(refusal, err), err)
			return
		}
		c := planPicture(frameOf(r.URL.Query()), p.speaker, found)
		if s, err := w.settings.Source.Signals(ctx); err == nil {
			if sig := s.ByKey(key); sig != nil {
				past := w.course(ctx, view.View{Key: key, Series: sig.Series, From: found.MadeAt.Add(-planPast), Until: found.MadeAt})
				c.History = view.Series(past.Used)
			}
		}
		w.draw(rw, r, draw, c)
	}
}

// whyNone returns the refusal of a plan that has none though it was found.
func whyNone(refusal *plan.Refusal, err error) *plan.Refusal {
	if refusal == nil && err == nil {
		return &plan.Refusal{Code: plan.NotFound}
	}
	return refusal
}

// planPicture draws the use that is planned, and the limit with what is to be bought.
func planPicture(f chart.Frame, s speaker, p *plan.Plan) chart.Chart {
	f.Title, f.Language, f.Zone = p.Entity.Name, s.Lang, time.UTC // plans are made of days of UTC
	c := chart.Chart{Frame: f, Unit: p.Unit, Now: p.MadeAt, Limit: chart.Series{Times: []time.Time{p.MadeAt}, Values: []float64{p.Limit}}}
	c.Forecast = chart.Forecast{
		At: p.MadeAt, Times: []time.Time{p.MadeAt}, Median: []float64{p.Used}, Low80: []float64{p.Used}, High80: []float64{p.Used},
	}
	for _, l := range p.Forecast {
		c.Forecast.Times = append(c.Forecast.Times, l.From)
		c.Forecast.Median = append(c.Forecast.Median, l.P50)
		c.Forecast.Low80, c.Forecast.High80 = append(c.Forecast.Low80, l.P10), append(c.Forecast.High80, l.P90)
	}
	if by := p.Purchase.By; by != nil && by.After(p.MadeAt) {
		c.Limit.Times, c.Limit.Values = append(c.Limit.Times, *by), append(c.Limit.Values, p.Purchase.Total)
		c.Marks = append(c.Marks, chart.Mark{At: *by, Kind: chart.Resized, Label: "+" + s.Amount(p.Purchase.Amount, p.Unit)})
	}
	return c
}
