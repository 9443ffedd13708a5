package message

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/forewarn/forewarn/shared/checks"
	"github.com/forewarn/forewarn/shared/entity"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/incident"
)

var update = flag.Bool("update", false, "write the golden files")

func at(day, hour, minute int) *time.Time {
	t := time.Date(2026, 1, day, hour, minute, 0, 0, time.UTC)
	return &t
}

func ledger() *incident.Incident {
	return &incident.Incident{
		ID: "01KFYV8M40AAAAAAAAAAAAAAAA", State: incident.Open, Version: 1, Kind: finding.Exhaustion,
		Severity: finding.Critical, Worst: finding.Critical, OpenedAt: *at(27, 1, 0), UpdatedAt: *at(27, 1, 0),
		Entity: entity.Entity{Name: "LEDGER_DATA on erp-01"},
		Title:  i18n.Text{En: "Tablespace is filling up: LEDGER_DATA on erp-01", Zh: "表空间将耗尽：LEDGER_DATA on erp-01"},
		Message: i18n.Text{
			En: "LEDGER_DATA on erp-01 will be full in about 3 days (80 %: 2 days 13 h to 3 days 10 h), probability 92 %; 91 % used, 8.4 GiB left.",
			Zh: "LEDGER_DATA on erp-01 预计约 3 天后用满（80% 区间：2 天 13 小时 至 3 天 10 小时），概率 92 %；已用 91 %，剩余 8.4 GiB。",
		},
		Advice:   i18n.Text{En: "Add a data file, or archive closed periods.", Zh: "增加数据文件，或归档已结账期间。"},
		Evidence: []finding.Evidence{{Name: "growth_per_day", Text: i18n.Text{En: "grows by 2.6 GiB a day", Zh: "每天增长 2.6 GiB"}}},
		ETA:      finding.ETA{P10: at(29, 14, 0), P50: at(30, 6, 0), P90: at(30, 11, 0)},
		Horizons: finding.Horizons{H24: 0.02, D7: 0.923, D30: 0.99}, Probability: 0.923, Used: 85, Limit: 93.4, Unit: "bytes",
	}
}

// voucherChecks are checks in which a lock was found, and permissions could not be seen.
func voucherChecks() *checks.Report {
	r := &checks.Report{Title: i18n.Text{En: "Saving a voucher", Zh: "凭证保存"}, At: *at(27, 1, 0)}
	for _, n := range checks.Names() {
		r.Checks = append(r.Checks, checks.Check{Name: n, Verdict: checks.Clear, Says: i18n.Text{En: "12 things looked at, all as usual", Zh: "查看 12 项，均与平时一致"}})
	}
	r.Checks[1].Verdict = checks.Found
	r.Checks[1].Says = i18n.Text{En: "A transaction waited too long for a lock, erp-app-01: 57 entries", Zh: "erp-app-01 事务等待锁超时：57 条"}
	r.Checks[3].Verdict, r.Checks[3].Says = checks.Unknown, i18n.Text{En: "no log of erp-app-01 is read", Zh: "没有采集 erp-app-01 的日志"}
	return r
}

// TestGolden compares what people read, in both languages and time zones.
func TestGolden(t *testing.T) {
	shanghai, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	resolved := ledger()
	resolved.State, resolved.ResolvedAt, resolved.UpdatedAt = incident.Resolved, at(28, 3, 30), *at(28, 3, 30)
	resolved.Message = i18n.Text{En: "LEDGER_DATA on erp-01 is out of danger: 62 % used.", Zh: "LEDGER_DATA on erp-01 已脱离危险：已用 62 %。"}
	again := *resolved
	again.Reopened, again.ReopenedAt = 1, at(28, 3, 0)
	unheard := *resolved
	unheard.Message = i18n.Text{En: "Closed because nothing was heard of it for 8 days.", Zh: "已 8 天没有收到相关信息，因此关闭。"}
	noDate := ledger()
	noDate.ETA, noDate.Horizons, noDate.Probability, noDate.Severity = finding.ETA{}, finding.Horizons{}, 0, finding.Warning
	full := ledger()
	full.Used = full.Limit
	nextYear := ledger()
	far := time.Date(2027, 2, 1, 0, 0, 0, 0, time.UTC)
	nextYear.ETA.P50, nextYear.ETA.P90 = &far, nil
	hostile := ledger()
	hostile.Title = i18n.Text{En: "[click](http://evil.example) @all\n# <b>x</b> ![p](http://evil.example/p.png) www.evil.example", Zh: "[点击](http://evil.example) @所有人\n- 假"}
	hostile.Entity.Name = ""
	examined := ledger()
	examined.Checks = voucherChecks()
	caused := ledger()
	caused.Kind, caused.ETA, caused.Horizons, caused.Probability, caused.Limit = finding.Anomaly, finding.ETA{}, finding.Horizons{}, 0, 0
	caused.Title, caused.Entity.Name = i18n.Text{En: "Vouchers are slow", Zh: "凭证录入变慢"}, "nc-app"
	caused.Causes = []incident.Cause{{
		Kind: finding.Anomaly, Signal: "disk-latency/host:db-01", Entity: entity.Entity{ID: "host:db-01", Name: "db-01"}, Severity: finding.Info,
		Title:   i18n.Text{En: "Disk latency is unusual: db-01", Zh: "磁盘延迟异常：db-01"},
		Reasons: []i18n.Text{{En: "2 of 2 others in trouble rest on it: app-01, app-02", Zh: "其余 2 个出现问题的对象中有 2 个依赖它：app-01, app-02"}},
	}}
	for name, c := range map[string]struct {
		i   *incident.Incident
		why incident.Reason
	}{
		"caused":         {caused, incident.ReasonOpened},
		"cause":          {caused, incident.ReasonCause},
		"opened":         {ledger(), incident.ReasonOpened},
		"raised":         {ledger(), incident.ReasonRaised},
		"moved":          {ledger(), incident.ReasonMoved},
		"moved-away":     {noDate, incident.ReasonMoved},
		"reopened":       {ledger(), incident.ReasonReopened},
		"no-date":        {noDate, incident.ReasonOpened},
		"full":           {full, incident.ReasonRaised},
		"next-year":      {nextYear, incident.ReasonOpened},
		"resolved":       {resolved, incident.ReasonResolved},
		"resolved-again": {&again, incident.ReasonResolved},
		"unheard":        {&unheard, incident.ReasonUnheard},
		"hostile":        {hostile, incident.ReasonOpened},
		"examined":       {examined, incident.ReasonExamined},
	} {
		t.Run(name, func(t *testing.T) {
			en := Reader{Language: i18n.English, Zone: time.UTC, ConsoleURL: "https://ops.example/"}.Render(c.i, c.why)
			zh := Reader{Language: i18n.Chinese, Zone: shanghai, ConsoleURL: "https://ops.example"}.Render(c.i, c.why)
			got := strings.Join([]string{en.Plain(), zh.Plain(), en.Markdown(10_000), zh.Markdown(10_000)}, "\n\n----\n\n") + "\n"
			file := filepath.Join("testdata", name+".golden")
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("text (-want +got):\n%s\nwrite anew with -update", diff)
			}
		})
	}
}

func TestMarkdownFits(t *testing.T) {
	i := ledger()
	i.Message.Zh = strings.Repeat("很长", 5000)
	text := Reader{Language: i18n.Chinese, ConsoleURL: "https://ops.example"}.Render(i, incident.ReasonOpened)
	for _, limit := range []int{200, 500, 1000, 18_000} {
		got := text.Markdown(limit)
		if len(got) > limit || !strings.HasSuffix(got, "(https://ops.example/incidents/"+i.ID+")") || got != strings.ToValidUTF8(got, "") {
			t.Errorf("limit %d gives %d bytes: %.60q", limit, len(got), got)
		}
	}
}

var active = regexp.MustCompile("[@\\[\\]<>`*|~\\\\\\n\\r\\x00]|://|(?i:\\bwww\\.)")

func FuzzEscape(f *testing.F) {
	f.Add("[x](http://e) @all <a> `c` **b** www.e.com WwW.e.com \u202e \u200b@138")
	f.Add("://:////\xff")
	f.Fuzz(func(t *testing.T, s string) {
		if got := Escape(s); active.MatchString(got) {
			t.Errorf("Escape(%q) = %q, which acts", s, got)
		}
	})
}
