package console

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/incident"
	"github.com/forewarn/forewarn/shared/outcome"
	"github.com/forewarn/forewarn/shared/signal"
)

// withLosses counts samples that were refused.
func withLosses(_ *Config, s *Settings) {
	registry := prometheus.NewRegistry()
	c := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "forewarn_collector_samples_refused_total"}, []string{"reason"})
	registry.MustRegister(c)
	c.WithLabelValues("future").Add(7)
	c.WithLabelValues("past")
	s.Gatherer = registry
}

// score is a scorecard of two kinds.
func score() *outcome.Scorecard {
	mean := func(v float64) *float64 { return &v }
	lead := int64(90_000)
	kind := func(name string, trues uint64) outcome.KindScore {
		h := outcome.HorizonScore{
			Horizon: "7d", Resolved: 1000, Reached: 50, AtLeast80: outcome.Told{From: 0.8, Mean: mean(0.9), CameTrue: trues, Wrong: 3, Prevented: 9},
			AtLeast50: outcome.Told{From: 0.5, Mean: mean(0.8), CameTrue: trues + 6, Wrong: 9, Prevented: 11}, Dates: 38, Covered: 30,
		}
		for i := range 10 {
			h.Rows = append(h.Rows, outcome.Told{From: float64(i) / 10, Mean: mean(float64(i)/10 + 0.05), CameTrue: uint64(i), Wrong: uint64(10 - i)})
		}
		day := h
		day.Horizon = "24h"
		return outcome.KindScore{
			Kind: name, Horizons: []outcome.HorizonScore{day, h},
			Episodes: outcome.EpisodeScore{Reached: 14, Prevented: 37, Enlarged: 6, Faded: 5, Unknown: 2, LeadSeconds: &lead},
		}
	}
	return &outcome.Scorecard{
		Since: time.Now().Add(-80 * 24 * time.Hour), Until: time.Now(), Calibration: 3,
		Prior: &outcome.Prior{Made: "2026-11-25", Revision: "abc1234", Series: 840, Outcomes: 85_954, Fresh: 200},
		Kinds: []outcome.KindScore{kind("all", 27), kind("exhaustion/filesystem-space", 12)},
	}
}

// TestTrackRecord: what was told and what became of it, in numbers, as a picture, one by one, and as a file.
func TestTrackRecord(t *testing.T) {
	f := start(t, nil, nil)
	f.page("/record?lang=en").says(t, "Nobody keeps score right now", "Predictions that have come to an end", "None.")
	card := score()
	f.keep(outcome.Keeper, func([]byte) any { return card })
	for i, what := range []finding.What{finding.Reached, finding.Prevented, finding.Enlarged, finding.Faded, finding.Unknown, ""} {
		in := fault(volume(fmt.Sprintf("erp-%02d", i), "/u01", 0.5, 0), finding.Warning, time.Duration(i+30)*time.Hour)
		at := in.OpenedAt.Add(20 * time.Hour)
		in.State, in.ResolvedAt, in.Outcome = incident.Resolved, &at, &finding.Outcome{What: what, Time: at, LeadSeconds: 7200}
		in.Predicted = &incident.Prediction{Time: in.OpenedAt, Horizons: finding.Horizons{D7: 0.91}, ETA: etaIn(time.Hour), Calibration: 2}
		if what == "" {
			in.Outcome, in.Predicted = &finding.Outcome{What: finding.Faded, Time: at}, nil // which the share in use alone opened
		}
		f.open(in)
	}
	d := f.page("/record?lang=en")
	d.says(t, "Told at ≥ 80 %", "90 % came true", "39 told: 27 came true, 9 prevented, 3 wrong", "Told at ≥ 50 %", "79 % came true", "53 told: 33 came true, 11 prevented, 9 wrong",
		"79 % of 38", "25 h", "Told and happened", "By tenths", "80 % to 90 %", "85 %", "By kind", "all predictions", "exhaustion · disk space", "43", "25 h",
		"brings along", "evaluation of 2026-11-25 (revision abc1234): 840 series", "85954 outcomes", "Predictions that have come to an end",
		"/u01 on erp-00", "91 % within 7 days", "came true", "/u01 on erp-01", "prevented", "/u01 on erp-02", "prevented", "/u01 on erp-03", "wrong", "/u01 on erp-04", "not known")
	if strings.Contains(d.text.String(), "erp-05") {
		t.Error("an incident that nothing foretold is among the predictions")
	}
	if text := f.svg(attr(d.all("img")[0], "src")); !strings.Contains(text, "within 7 days") || !strings.Contains(text, "came true") {
		t.Errorf("the picture says %q", text)
	}
	f.page("/record?lang=en&of=exhaustion/filesystem-space&horizon=24h").says(t, "24 told: 12 came true")
	f.page("/record?lang=zh-CN").says(t, "概率 ≥ 80 % 的预测", "已避免 9", "预测与实际", "先验来自", "已有结果的预测")
	for query, want := range map[string]int{"": 5, "?outcome=reached": 1, "?outcome=nonsense": 0, "?q=erp-03": 1} {
		if got := len(f.rows("/record.csv"+query)) - 1; got != want {
			t.Errorf("/record.csv%s: %d rows, want %d", query, got, want)
		}
	}
	if row := f.rows("/record?format=csv&outcome=reached")[1]; row[13] != "reached" || row[15] != "7200" || row[16] != "2" {
		t.Errorf("row %q", row)
	}
	d.says(t, "What people said", "These are opinions", "Nobody has said of an incident yet what it was worth")
	card.Verdicts = []outcome.Verdicts{{Kind: "anomaly", Expected: 6}, {Kind: "leak", Useful: 1}, {Kind: "exhaustion", Useful: 11, Prevented: 4, FalseAlarm: 1}}
	card.TeamVerdicts = []outcome.Verdicts{{Team: "erp<b>", Useful: 7}}
	card.Incidents = &outcome.Tallies{
		Kinds: []outcome.Tally{
			{Name: "exhaustion/filesystem-space", AtLeast50: outcome.Kept{CameTrue: 3, Prevented: 5, Wrong: 1}},
			{Name: "exhaustion/host-memory", AtLeast50: outcome.Kept{CameTrue: 1, Wrong: 1}},
			{Name: "leakage/x", AtLeast50: outcome.Kept{Wrong: 9}},
		},
		Teams: []outcome.Tally{{Name: "erp<b>", AtLeast50: outcome.Kept{CameTrue: 2}}},
	}
	card.Kinds[0].Episodes.Corrected = 4
	d = f.page("/record?lang=en")
	d.says(t, "by their word 4 predictions", "useful", "prevented by us", "false alarm", "anomaly", "6", "nothing was foretold", "leak", "–",
		"exhaustion", "11", "4", "1", "11: 4 true, 5 prevented, 2 wrong", "erp<b>", "7", "2: 2 true, 0 prevented, 0 wrong", "judged by people or not")
	if len(d.all("b")) != 0 {
		t.Error("the name of a team made an element")
	}
	f.page("/record?lang=zh-CN").says(t, "人员评价", "仅代表个人意见", "有 4 个预测据此计为", "有用", "误报", "异常", "无预测", "耗尽", "11：发生 4，已避免 5，未发生 2", "团队")
	card.OwnOutcomes, card.Prior = 812, nil
	f.page("/record?lang=en").says(t, "fitted to 812 outcomes of this install")
	card.Kinds = nil
	f.page("/record?lang=en").says(t, "No prediction has come to an end yet", "What people said", "exhaustion", "11")
}

// TestIncidentSaysWhereToLook: the runbook of its rule, what else was in trouble beside it, and what came before.
func TestIncidentSaysWhereToLook(t *testing.T) {
	catalogue, err := signal.Load(signal.File{Name: "runbooks.yaml", Data: []byte("rules:\n" +
		"- {id: filesystem-space, runbook: 'https://wiki.corp.example/\"><b>disk'}\n- {id: host-memory, runbook: {en: '<b>See page 7', zh: 见第 7 页}}")})
	if err != nil {
		t.Fatal(err)
	}
	full, climbing, calm, away := volume("erp-01", "/u01", 0.95, 0.9), volume("erp-01", "/u02", 0.7, 0.9), volume("erp-01", "/u03", 0.1, 0), volume("erp-02", "/u01", 0.7, 0.9)
	mem := memory("erp-01")
	f := start(t, []signal.State{full, climbing, calm, away, mem}, nil, func(_ *Config, s *Settings) { s.Catalogue = catalogue })
	in := fault(full, finding.Critical, 2*time.Hour)
	in.Notified = &incident.Notice{Time: in.OpenedAt, Reason: incident.ReasonOpened, Channels: []string{"ops-chat"}}
	f.open(in)
	before := fault(full, finding.Warning, 90*time.Hour)
	at := before.OpenedAt.Add(time.Hour)
	before.State, before.ResolvedAt, before.Title.En = incident.Resolved, &at, "the last time"
	f.open(before)
	beside := f.open(fault(mem, finding.Warning, 3*time.Hour))
	f.open(fault(away, finding.Warning, 2*time.Hour))
	d := f.page("/incidents/" + in.ID + "?lang=en")
	d.says(t, "What to do", "Runbook:", `https://wiki.corp.example/"><b>disk`, "Why", "It grew 4.8 GiB a day", "4.7 GiB", "1.9 GiB are left", "Likely causes", "not proven",
		"erp-01 is filling up", "60 min before it", "/u02 on erp-01", "Timeline", "People were last told", "ops-chat", "Earlier incidents", "the last time")
	if text := d.text.String(); strings.Contains(text, "/u03") || strings.Contains(text, "erp-02") || len(d.all("b")) != 0 {
		t.Error("what is calm or elsewhere is among the causes, or a runbook made an element")
	}
	f.page("/incidents/"+beside.ID+"?lang=en").says(t, "Runbook:", "<b>See page 7", "Likely causes", "60 min after it")
	f.page("/incidents/"+beside.ID+"?lang=zh-CN").says(t, "处理手册：", "见第 7 页", "可能原因", "晚 60 分钟")
	long := fault(volume("erp-08", "/", 0.9, 0.9), finding.Warning, 40*time.Hour)
	for i := range 30 {
		c := long.Timeline[1]
		c.Time, c.Text.En = c.Time.Add(time.Duration(i+1)*time.Minute), fmt.Sprintf("change %d", i)
		long.Timeline = append(long.Timeline, c)
	}
	f.page("/incidents/"+f.open(long).ID+"?lang=en").says(t, "change 29", "change 20", "22 earlier changes", "change 19", "full tomorrow")
	alone := f.open(fault(volume("erp-09", "/", 0.9, 0.9), finding.Warning, time.Hour))
	f.page("/incidents/"+alone.ID+"?lang=en").says(t, "Nothing else was in trouble")
}
