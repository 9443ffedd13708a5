package rendition_test

import (
	"math"
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/forewarn/forewarn/models/calendar"
	build "github.com/forewarn/forewarn/services/notifier/internal/digest"
	"github.com/forewarn/forewarn/services/notifier/internal/message"
	"github.com/forewarn/forewarn/shared/digest"
	"github.com/forewarn/forewarn/shared/entity"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/incident"
	"github.com/forewarn/forewarn/shared/plan"
	"github.com/forewarn/forewarn/shared/signal"
)

func shanghai(t testing.TB) *time.Location {
	t.Helper()
	z, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// day is a moment of January 2026, UTC.
func day(d, hour int) time.Time { return time.Date(2026, 1, d, hour, 0, 0, 0, time.UTC) }
func at(d, hour int) *time.Time { t := day(d, hour); return &t }

func volume(host, mount string) entity.Entity {
	e := entity.Within(entity.Outermost(entity.Host, "", host), entity.Volume, mount)
	e.Labels = map[string]string{"host": host, "mountpoint": mount}
	return e
}

func growing(id string, e entity.Entity, s finding.Severity, p float64, p10, p50, p90 *time.Time) *incident.Incident {
	return &incident.Incident{
		ID: id, State: incident.Open, Version: 2, Kind: finding.Exhaustion, Severity: s, Worst: s, Entity: e, Signal: "filesystem-space/" + e.ID,
		OpenedAt: day(10, 2), UpdatedAt: day(26, 0), Title: i18n.Text{En: "File system is filling up: " + e.Name, Zh: "文件系统即将写满：" + e.Name},
		Probability: p, Horizons: finding.Horizons{D7: p, D30: p}, ETA: finding.ETA{P10: p10, P50: p50, P90: p90}, Used: 91, Limit: 100, Unit: "bytes",
		Predicted: &incident.Prediction{Time: day(10, 2), Probability: p},
	}
}

func ended(in *incident.Incident, what finding.What, at time.Time, lead time.Duration) *incident.Incident {
	in.State, in.ResolvedAt, in.UpdatedAt = incident.Resolved, &at, at
	in.Outcome = &finding.Outcome{What: what, Time: at, LeadSeconds: int64(lead.Seconds())}
	return in
}

// incidents of two weeks before a month's end.
func incidents() []*incident.Incident {
	ledger := growing("01KFYV8M40AAAAAAAAAAAAAAAA", volume("erp-01", "/u01"), finding.Critical, 0.93, at(29, 14), at(30, 6), at(30, 11))
	logs := growing("01KFYV8M40AAAAAAAAAAAAAAAB", volume("erp-app-02", "/var/log"), finding.Warning, 0.81, at(28, 9), at(34, 3), nil)
	logs.OpenedAt = day(23, 2)
	slow := &incident.Incident{
		ID: "01KFYV8M40AAAAAAAAAAAAAAAC", State: incident.Open, Version: 1, Kind: finding.Anomaly, Severity: finding.Warning, Worst: finding.Warning,
		Entity: entity.Entity{ID: "application:voucher", Type: entity.App, Root: "application:voucher", Name: "凭证服务"},
		Signal: "transaction-latency/application:voucher", OpenedAt: day(25, 9), UpdatedAt: day(25, 10),
		Title: i18n.Text{En: "Vouchers are slow: <b>凭证服务</b>", Zh: "凭证录入变慢：<b>凭证服务</b>"},
	}
	down := &incident.Incident{
		ID: "01KFYV8M40AAAAAAAAAAAAAAAD", State: incident.Resolved, Version: 2, Kind: finding.Anomaly, Severity: finding.Critical, Worst: finding.Critical,
		Entity: entity.Outermost(entity.Host, "", "erp-db"), Signal: "rule-HostDown/host:erp-db:1", OpenedAt: day(21, 1), UpdatedAt: day(21, 3), ResolvedAt: at(21, 3),
		Title: i18n.Text{En: "Host does not answer: erp-db", Zh: "主机无响应：erp-db"}, Episodes: []string{"e"},
		Timeline: []incident.Change{{Time: day(21, 1).Add(6 * time.Minute), Action: incident.Acknowledge}},
	}
	down.Marks = []incident.Mark{{Ended: true, Time: day(21, 3), Trouble: &incident.Trouble{Kind: finding.Anomaly, Signal: down.Signal, Entity: down.Entity, Since: day(21, 1)}}}
	gone := ended(growing("01KFYV8M40AAAAAAAAAAAAAAAE", volume("erp-02", "/backup"), finding.Warning, 0.88, at(24, 0), at(25, 0), at(27, 0)), finding.Prevented, day(22, 6), 0)
	came := ended(growing("01KFYV8M40AAAAAAAAAAAAAAAF", volume("erp-03", "/tmp"), finding.Critical, 0.97, at(14, 0), at(15, 0), at(16, 0)), finding.Reached, day(15, 6), 52*time.Hour)
	early := ended(growing("01KFYV8M40AAAAAAAAAAAAAAAG", volume("erp-04", "/data"), finding.Warning, 0.62, at(13, 0), at(14, 0), at(16, 0)), finding.Reached, day(14, 6), 20*time.Hour)
	faded := ended(growing("01KFYV8M40AAAAAAAAAAAAAAAH", volume("erp-04", "/opt"), finding.Warning, 0.55, at(13, 0), at(18, 0), nil), finding.Faded, day(18, 6), 0)
	return []*incident.Incident{ledger, logs, slow, down, gone, came, early, faded}
}

func inputs(t testing.TB, e build.Edition) build.Inputs {
	t.Helper()
	catalogue, err := signal.Load()
	if err != nil {
		t.Fatal(err)
	}
	cal, err := calendar.New(calendar.Config{Zone: shanghai(t)})
	if err != nil {
		t.Fatal(err)
	}
	was := *incidents()[0]
	was.Severity, was.ETA.P50, was.Horizons.D30 = finding.Warning, at(38, 0), 0.6
	heap := signal.State{
		Key: "jvm-heap/process:erp-app-02:tomcat", Rule: "jvm-heap", Kind: signal.Leak, Stage: signal.Ready, Unit: "bytes", Used: 3, Limit: 4,
		Entity:      entity.Entity{ID: "process:erp-app-02:tomcat", Root: "host:erp-app-02", Name: "tomcat on erp-app-02"},
		Probability: finding.Horizons{D30: 0.71}, ETA: finding.ETA{P10: at(35, 0), P50: at(41, 0), P90: at(55, 0)},
	}
	unlimited := heap
	unlimited.Key, unlimited.Entity.Name, unlimited.Limit, unlimited.Probability, unlimited.ETA = "process-memory/x", "report on erp-app-01", 0, finding.Horizons{}, finding.ETA{}
	learning := unlimited
	learning.Key, learning.Stage = "process-memory/y", signal.Learning
	purchase := plan.Plan{
		Signal: "filesystem-space/volume:erp-01:/u01", Entity: volume("erp-01", "/u01"), Unit: "bytes", Outlook: &plan.Outlook{},
		Words: i18n.Text{En: "Grows by 31 GiB a month, full about 9 Mar.", Zh: "每月增长 31 GiB，约 3月9日 写满。"},
	}
	purchase.Purchase = plan.Purchase{By: at(50, 0), Amount: 40 << 30, Total: 140 << 30, Until: day(220, 0)}
	return build.Inputs{
		Edition: e, Team: "erp", Owner: func(string, *entity.Entity) string { return "erp" }, Now: e.Due.Add(time.Minute), Incidents: incidents(), Before: map[string]*incident.Incident{was.ID: &was},
		Signals: []signal.State{heap, unlimited, learning}, Catalogue: catalogue, Plans: []plan.Plan{purchase}, Planned: true, Calendar: cal,
		Unread: []string{"acme_queue_depth", "acme_queue_size"}, SilentTargets: []string{"node erp-old:9100"}, Surveyed: true,
	}
}

// figures draws every signal as a slow wave that climbs.
func figures(d *digest.Digest) map[string]*digest.Figure {
	out := map[string]*digest.Figure{}
	for i := range d.Risks {
		f := &digest.Figure{Label: "course of " + d.Risks[i].Entity, Limit: 100}
		for h := range 120 {
			f.Times = append(f.Times, d.Until.Add(time.Duration(h-120)*time.Hour))
			f.Values = append(f.Values, 60+float64(h)/4+4*math.Sin(float64(h)/4))
		}
		f.Ahead, f.Median = []time.Time{d.Until, d.Until.Add(30 * time.Hour)}, []float64{f.Values[119], 100}
		out[d.Risks[i].Signal] = f
	}
	return out
}

// The papers that are tried.
const (
	week  = "week"  // of a team
	month = "month" // the same, late
	all   = "all"   // of everything, with teams
	calm  = "calm"  // no risk, and nothing became of a prediction yet
	first = "first" // watched since some days
	blind = "blind" // nothing is watched, and a part did not answer
)

// made returns what a paper is made of.
func made(t testing.TB, kind string) build.Inputs {
	t.Helper()
	s := build.Schedule{Zone: shanghai(t), Weekday: time.Monday, Hour: 9}
	in := inputs(t, s.Week(2026, 5))
	switch kind {
	case month:
		in = inputs(t, s.Month(2026, time.January))
		in.Late, in.Now = true, in.Now.Add(30*time.Hour)
	case all:
		in.Team, in.Owner = "", func(_ string, e *entity.Entity) string {
			switch {
			case e.Root == "host:erp-db" || e.Root == "host:erp-04":
				return "dba"
			case e.Type == entity.Volume:
				return "ops"
			}
			return ""
		}
	case calm, first:
		in.Incidents, in.Plans, in.Unread, in.SilentTargets = nil, nil, nil, nil
		in.Signals[0].Probability.D30 = 0.02
		if kind == first {
			in.Signals = in.Signals[2:]
			in.Signals[0].Since = day(23, 2)
		}
	case blind:
		in.Incidents, in.Plans, in.Signals, in.Planned = nil, nil, []signal.State{}, false
		in.Missing = []i18n.Text{{En: "What must be bought: no plans could be read.", Zh: "无法读取容量计划，不能说明采购需求。"}}
	}
	return in
}

// paper returns the digest of the fixture in a language.
func paper(t testing.TB, l i18n.Language, kind string) *digest.Paper {
	t.Helper()
	in := made(t, kind)
	d := build.Build(in)
	c := build.Composer{
		Reader: message.Reader{Language: l, Zone: shanghai(t), ConsoleURL: "https://forewarn.example"}, Figures: figures(d),
		Title: func(rule string) i18n.Text {
			if r, ok := in.Catalogue.Rule(rule); ok {
				return r.Title
			}
			return i18n.Text{}
		},
	}
	return c.Compose(d)
}
