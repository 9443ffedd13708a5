package notifier

import (
	"strings"

	"github.com/forewarn/forewarn/shared/entity"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/incident"
)

// story is one change of an incident that people are told of.
type story struct {
	incident incident.Incident
	why      incident.Reason
	known    bool // people have heard of it before
	to       []string
}

// stories are the turns in the life of one incident, and one whose labels try what labels can.
func stories() map[string]story {
	moved := ledger()
	moved.Version, moved.UpdatedAt, moved.ETA = 3, *hour(27, 18, 30), finding.ETA{P10: hour(29, 2, 0), P50: hour(29, 13, 0), P90: hour(30, 1, 0)}
	moved.Work.Owner, moved.Work.Acknowledged = "wang.fang", &incident.Sign{By: "li.wei", At: *hour(27, 2, 0)}
	moved.Notified.Reason, moved.Notified.Was = incident.ReasonMoved, ledger().ETA.P50
	waiting := ledger()
	waiting.Version, waiting.UpdatedAt, waiting.Notified.Count, waiting.Notified.Reason = 2, *hour(27, 1, 30), 1, incident.ReasonUnacknowledged
	over := moved
	over.Version, over.State, over.ResolvedAt, over.UpdatedAt = 4, incident.Resolved, hour(28, 3, 30), *hour(28, 3, 30)
	over.Message = i18n.Text{En: "LEDGER_DATA on erp-01 is out of danger: 62 % used.", Zh: "erp-01 的 LEDGER_DATA 已脱离危险：已用 62 %。"}
	hostile := ledger()
	evil := "[x](http://evil.example/a) ![p](http://evil.example/p.png) <at id=all></at> <img src=x onerror=alert(1)> <@all> **b** www.evil.example @所有人\n# h\r\n\x1b[2J "
	hostile.Title = i18n.Text{En: evil + strings.Repeat("a very long name ", 300), Zh: evil + strings.Repeat("很长的表空间名称", 300)}
	hostile.Entity = entity.Entity{Name: evil + strings.Repeat("总账", 500), Labels: map[string]string{"owner": evil}}
	hostile.Message, hostile.Advice, hostile.Notified = hostile.Title, hostile.Title, nil
	one, two := []string{"li.wei"}, []string{"li.wei", "ana"}
	return map[string]story{
		"opened":         {ledger(), incident.ReasonOpened, false, one},
		"moved":          {moved, incident.ReasonMoved, true, one},
		"unacknowledged": {waiting, incident.ReasonUnacknowledged, true, one},
		"resolved":       {over, incident.ReasonResolved, true, one},
		"two-languages":  {ledger(), incident.ReasonOpened, false, two}, // of whom one reads as the channel does
		"hostile":        {hostile, incident.ReasonOpened, false, one},
	}
}

// ledger is a forecast about a tablespace, for which somebody is on call.
func ledger() incident.Incident {
	told := []incident.Told{{Channel: "dingtalk", To: []string{"li.wei"}, Team: "dba"}}
	return incident.Incident{
		Schema: incident.SchemaVersion, ID: "01KFYV8M40AAAAAAAAAAAAAAAA", State: incident.Open, Version: 1, Kind: finding.Exhaustion,
		Severity: finding.Critical, Worst: finding.Critical, OpenedAt: *hour(27, 1, 0), UpdatedAt: *hour(27, 1, 0),
		Entity: entity.Entity{ID: "tablespace:erp-01:LEDGER_DATA", Root: "host:erp-01", Name: "LEDGER_DATA on erp-01"},
		Signal: "tablespace/tablespace:erp-01:LEDGER_DATA",
		Title:  i18n.Text{En: "Tablespace is filling up: LEDGER_DATA on erp-01", Zh: "表空间将耗尽：LEDGER_DATA on erp-01"},
		Message: i18n.Text{
			En: "LEDGER_DATA on erp-01 will be full in about 3 days (80 %: 2 days 13 h to 3 days 10 h), probability 92 %; 91 % used, 8.4 GiB left.",
			Zh: "LEDGER_DATA on erp-01 预计约 3 天后用满（80% 区间：2 天 13 小时 至 3 天 10 小时），概率 92 %；已用 91 %，剩余 8.4 GiB。",
		},
		Advice:   i18n.Text{En: "Add a data file, or archive closed periods.", Zh: "增加数据文件，或归档已结账期间。"},
		Evidence: []finding.Evidence{{Name: "growth_per_day", Text: i18n.Text{En: "grows by 2.6 GiB a day", Zh: "每天增长 2.6 GiB"}}},
		ETA:      finding.ETA{P10: hour(29, 14, 0), P50: hour(30, 6, 0), P90: hour(30, 11, 0)},
		Horizons: finding.Horizons{H24: 0.02, D7: 0.923, D30: 0.99}, Probability: 0.923, Used: 85, Limit: 93.4, Unit: "bytes",
		Notified: &incident.Notice{Version: 1, Time: *hour(27, 1, 0), Reason: incident.ReasonOpened, Severity: finding.Critical, Told: told},
	}
}
