package console

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/plan"
	"github.com/forewarn/forewarn/shared/signal"
)

// planOf returns a plan of a signal that must be enlarged so many days from now.
func planOf(s signal.State, days int) plan.Plan {
	at := func(d int) *time.Time {
		t := time.Now().UTC().Truncate(24*time.Hour).AddDate(0, 0, d)
		return &t
	}
	p := plan.Plan{
		Signal: s.Key, Rule: s.Rule, Entity: s.Entity, Unit: s.Unit, Used: s.Used, Limit: s.Limit, MadeAt: *at(0),
		Words: i18n.Text{En: s.Entity.Name + ": grows by 2.0 GiB a month", Zh: s.Entity.Name + "：每月增长 2.0 GiB"},
		Outlook: &plan.Outlook{
			Step: "week", GrowthPerMonth: 2 << 30, Full: plan.Dates{P10: at(days), P50: at(days + 20), P90: at(days + 50)},
			Purchase: plan.Purchase{By: at(days), Amount: 20 << 30, Total: 60 << 30, Until: *at(days + 365), ReserveMonths: 12, Confidence: 0.9},
			Basis: plan.Basis{
				Formula: "growth = 1 × vouchers", R2: 0.97, Points: 38, DurbinWatson: 0.7,
				Terms:   []plan.Term{{Name: "constant"}, {Name: "vouchers", Driver: true, Coefficient: 4096, Low: 4000, High: 4200}},
				LeftOut: []plan.LeftOut{{Name: "year end", Why: i18n.Text{En: "it was seen less than twice", Zh: "出现不足两次"}}},
			},
		},
	}
	for m := range 6 {
		p.Forecast = append(p.Forecast, plan.Level{Months: m + 1, From: *at(30 * (m + 1)), P10: 31 << 30, P50: 32 << 30, P90: 33 << 30})
	}
	return p
}

// planner answers as the planner does: by date, page by page, and by signal.
func planner(plans []plan.Plan) func([]byte) any {
	rank := func(p *plan.Plan) string {
		if p.Outlook == nil || p.Purchase.By == nil {
			return "9999 " + p.Signal
		}
		return p.Purchase.By.Format(time.DateOnly) + " " + p.Signal
	}
	slices.SortFunc(plans, func(a, b plan.Plan) int { return cmp.Compare(rank(&a), rank(&b)) })
	ranks := make([]string, len(plans))
	for i := range plans {
		ranks[i] = rank(&plans[i])
	}
	return func(request []byte) any {
		var q plan.Request
		if err := json.Unmarshal(request, &q); err != nil {
			return plan.Reply{Refusal: &plan.Refusal{Code: plan.BadValue, Message: err.Error()}}
		}
		q.Limit = cmp.Or(q.Limit, plan.MaxPage)
		out := plan.Reply{Plans: []plan.Plan{}, Pending: 3}
		for i := range plans {
			p := &plans[i]
			switch {
			case q.Signal == p.Signal && q.Drivers["vouchers"] == "many":
				return plan.Reply{Refusal: &plan.Refusal{Code: plan.BadValue, Message: `driver.vouchers: "many" is no number`}}
			case q.Signal == p.Signal:
				return plan.Reply{Plans: []plan.Plan{*p}}
			case q.Signal != "" || ranks[i] <= q.After || !strings.Contains(p.Signal, q.Text) || q.Rule != "" && p.Rule != q.Rule:
			case len(out.Plans) == q.Limit:
				out.Next = rank(&out.Plans[q.Limit-1])
				return out
			default:
				out.Plans = append(out.Plans, *p)
			}
		}
		if q.Signal != "" {
			out.Refusal = &plan.Refusal{Code: plan.NotFound, Message: "no such signal"}
		}
		return out
	}
}

// TestCapacityPage: every plan is listed once, page by page, filtered by the address, and the same comes as a file.
func TestCapacityPage(t *testing.T) {
	var plans []plan.Plan
	for i := range 120 {
		plans = append(plans, planOf(volume(fmt.Sprintf("erp-%03d", i), "/u01", 0.7, 0), 5*i-2))
	}
	lasting, missing := volume("erp-900", "/u01", 0.1, 0), volume("erp-901", "/u01", 0.2, 0)
	last := planOf(lasting, 0)
	last.Purchase, last.Full, last.GrowthPerMonth = plan.Purchase{}, plan.Dates{}, 0
	plans = append(plans, last, plan.Plan{Signal: missing.Key, Rule: missing.Rule, Entity: missing.Entity, Missing: &i18n.Text{En: "there are 3 weeks of 7", Zh: "仅有 3 周"}})
	f := start(t, nil, nil)
	f.page("/capacity?lang=en").says(t, "The planner did not answer")
	f.keep(plan.Keeper, planner(plans))

	names := f.follow("/capacity?lang=en")
	if len(names) != 122 {
		t.Errorf("%d plans, want 122", len(names))
	}
	f.page("/capacity?lang=en").says(t, "plans still being made: 3", "Growth a month", "In six months", "Slack", "Buy",
		"/u01 on erp-000", "28.0 GiB of 40.0 GiB (70 %)", "+2.0 GiB", "32.0 GiB", "80 %", "none left", "20.0 GiB", "by ", "/u01 on erp-001", "2 days")
	f.page("/capacity?lang=en&q=erp-90").says(t, "/u01 on erp-900", "not within two years", "more than two years", "nothing", "/u01 on erp-901", "there are 3 weeks of 7")
	f.page("/capacity?lang=zh-CN").says(t, "容量：未来六个月", "每月增长", "余地", "采购", "不晚于")
	f.page("/capacity?q=nonsense&lang=en").says(t, "No plan matches")
	for query, want := range map[string]int{"": 122, "?q=erp-00": 10, "?due=30": 7, "?due=183": 38, "?rule=nothing": 0, "?due=x": 122} {
		if got := len(f.rows("/capacity.csv"+query)) - 1; got != want {
			t.Errorf("/capacity.csv%s: %d rows, want %d", query, got, want)
		}
	}
	if row := f.rows("/capacity?format=csv&q=erp-000")[1]; row[0] != plans[0].Signal || row[14] != "2.147483648e+10" {
		t.Errorf("row %q", row)
	}
}

// follow returns the names of all rows of a list, page by page, each once.
func (f *fixture) follow(path string) map[string]bool {
	f.t.Helper()
	seen := map[string]bool{}
	for pages := 0; path != "" && pages < 20; pages++ {
		d := f.page(path)
		for _, name := range d.names() {
			if seen[name] {
				f.t.Errorf("%s is listed twice", name)
			}
			seen[name] = true
		}
		path = ""
		for _, a := range d.all("a") {
			if attr(a, "rel") == "next" {
				path = attr(a, "href")
			}
		}
	}
	return seen
}

// TestPlanPage: one plan with its months, its formula and what if.
func TestPlanPage(t *testing.T) {
	s := volume("erp-01", "/u01", 0.7, 0)
	f := start(t, []signal.State{s}, nil, withHistory(&climb{}))
	f.keep(plan.Keeper, planner([]plan.Plan{planOf(s, 90)}))
	path := "/capacity/" + url.PathEscape(s.Key)
	d := f.page(path + "?lang=en")
	d.says(t, "/u01 on erp-01", "disk space", "grows by 2.0 GiB a month", "Slack", "2 months", "Buy", "20.0 GiB", "The next six months",
		"in a month", "32.0 GiB", "80 %", "in 6 months", "the limit is 60.0 GiB", "at 90 %", "What if", "vouchers", "What it rests on",
		"growth = 1 × vouchers", "4.0 KiB", "left out:", "it was seen less than twice", "R² 0.97", "too narrow")
	if text := f.svg(attr(d.all("img")[0], "src")); !strings.Contains(text, "erp-01") {
		t.Errorf("the chart says %q", text)
	}
	d = f.page(path + "?lang=en&driver.vouchers=%2B20%25")
	d.says(t, "plan of a scenario:", "vouchers = +20%")
	if src := attr(d.all("img")[0], "src"); !strings.Contains(src, "driver.vouchers=%2B20%25") {
		t.Errorf("the chart of the scenario is %s", src)
	}
	f.page(path+"?lang=en&driver.vouchers=many").says(t, "This question has no answer", `"many" is no number`, "The next six months")
	f.page(path+"?lang=zh-CN").says(t, "未来六个月", "假设分析", "依据", "区间偏窄")
	f.page("/signals/"+url.PathEscape(s.Key)+"?lang=en").says(t, "Capacity plan")
	if resp, _ := f.get("/capacity/nothing", "Accept", "text/html"); resp.StatusCode != http.StatusNotFound {
		t.Errorf("unknown plan: status %d", resp.StatusCode)
	}
}

// TestHostilePlans: whatever names, units, drivers and formulas say, it stays text.
func TestHostilePlans(t *testing.T) {
	var signals []signal.State
	var plans []plan.Plan
	for i, name := range hostile() {
		s := volume(fmt.Sprintf("erp-%02d", i), name, 0.7, 0)
		s.Rule, s.Unit = name, name
		p := planOf(s, 90)
		p.Basis.Formula, p.Basis.Terms[1].Name, p.Basis.LeftOut[0].Name = name, name, name
		signals, plans = append(signals, s), append(plans, p)
	}
	f := start(t, signals, nil)
	f.keep(plan.Keeper, planner(plans))
	if d := f.page("/capacity?lang=en"); len(d.all("b")) != 0 || len(d.all("img")) != 0 {
		t.Error("a name made an element of its own")
	}
	for i := range plans {
		key := plans[i].Signal
		path := "/capacity/" + url.PathEscape(key)
		for _, a := range f.page("/signals?lang=en&q=" + url.QueryEscape(fmt.Sprintf("erp-%02d", i))).all("a") {
			if href := attr(a, "href"); strings.HasPrefix(href, "/signals/") {
				path = strings.Replace(href, "/signals/", "/capacity/", 1)
			}
		}
		d := f.page(path + "?lang=en")
		if d.says(t, "What if", "What it rests on"); len(d.all("b")) != 0 || len(d.all("img")) != 1 {
			t.Errorf("%.40q made an element of its own", key)
		}
		f.svg(attr(d.all("img")[0], "src"))
	}
}
