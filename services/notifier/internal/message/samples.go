package message

import (
	"time"

	"github.com/forewarn/forewarn/shared/checks"
	"github.com/forewarn/forewarn/shared/entity"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/incident"
)

// sample is one change of an incident that templates are tried on.
type sample struct {
	incident incident.Incident
	why      incident.Reason
}

// samples returns a change of each kind for each reason, with all that incidents can hold and with as little as they may.
func samples() (out []sample) {
	for _, kind := range []finding.Kind{finding.Exhaustion, finding.Leak, finding.Anomaly, finding.Silence, finding.Log, finding.Expiry} {
		for _, why := range []incident.Reason{
			incident.ReasonOpened, incident.ReasonReopened, incident.ReasonRaised, incident.ReasonMoved, incident.ReasonResolved,
			incident.ReasonCause, incident.ReasonUnheard, incident.ReasonExamined, incident.ReasonUnacknowledged,
		} {
			out = append(out, sample{rich(kind), why}, sample{incident.Incident{
				ID: "01KFYV8M40AAAAAAAAAAAAAAAA", Kind: kind, State: incident.Open, Severity: finding.Info, Signal: "x/host:erp-01", Version: 1,
			}, why})
		}
	}
	return out
}

// rich is a forecast about a tablespace, whatever its kind.
func rich(kind finding.Kind) incident.Incident {
	at := func(hour int) *time.Time { t := time.Date(2026, 1, 27, hour, 0, 0, 0, time.UTC); return &t }
	volume := entity.Entity{ID: "tablespace:erp-01:LEDGER_DATA", Name: "LEDGER_DATA", Root: "host:erp-01"}
	text := func(en, zh string) i18n.Text { return i18n.Text{En: en, Zh: zh} }
	return incident.Incident{
		ID: "01KFYV8M40AAAAAAAAAAAAAAAA", State: incident.Open, Version: 3, Kind: kind, Severity: finding.Critical, Worst: finding.Critical,
		Entity: volume, Signal: "tablespace/" + volume.ID, Series: `oracledb_tablespace_bytes{tablespace="LEDGER_DATA"}`,
		OpenedAt: *at(1), UpdatedAt: *at(2), ResolvedAt: at(3), Reopened: 1, ReopenedAt: at(2),
		Title: text("Tablespace is filling up", "表空间将耗尽"), Message: text("It will be full in 3 days.", "预计 3 天后用满。"),
		Advice:      text("Add a data file.", "增加数据文件。"),
		Evidence:    []finding.Evidence{{Name: "growth_per_day", Text: text("grows by 2.6 GiB a day", "每天增长 2.6 GiB")}},
		Probability: 0.92, Horizons: finding.Horizons{H24: 0.1, D7: 0.92}, ETA: finding.ETA{P10: at(10), P50: at(12), P90: at(20)},
		Used: 85 << 30, Limit: 93 << 30, Unit: "bytes",
		Causes: []incident.Cause{{
			Kind: finding.Anomaly, Signal: "disk-latency/host:db-01", Entity: entity.Entity{ID: "host:db-01", Name: "db-01"},
			Title: text("Disk latency is unusual", "磁盘延迟异常"), Reasons: []i18n.Text{text("2 others rest on it", "另有 2 个对象依赖它")},
		}},
		Work:     incident.Work{Owner: "li.wei", Acknowledged: &incident.Sign{By: "wang.fang", At: *at(2)}},
		Notified: &incident.Notice{Version: 3, Count: 1, P50: at(12), Was: at(14), Told: []incident.Told{{Channel: "sms", To: []string{"li.wei"}, Team: "dba"}}},
		Checks:   &checks.Report{Title: text("Saving a voucher", "凭证保存"), At: *at(2)},
	}
}
