package console

import (
	"testing"
	"time"

	"github.com/forewarn/forewarn/shared/entity"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/incident"
	"github.com/forewarn/forewarn/shared/signal"
)

// TestLikelyCauses: the page shows the likeliest cause beside the title, all of them with what speaks for each, what else is in
// trouble, and where a merged incident goes on; the API has them, too.
func TestLikelyCauses(t *testing.T) {
	v := volume("erp-01", "/u01", 0.95, 0.93)
	f := start(t, []signal.State{v}, nil)
	in := fault(v, finding.Critical, 2*time.Hour)
	db := entity.Outermost(entity.Host, "", "db-01")
	in.Causes = []incident.Cause{{
		Entity: db, Kind: finding.Anomaly, Signal: "disk-latency/host:db-01", Severity: finding.Info, Since: in.OpenedAt, Weight: 0.7,
		Title:   i18n.Text{En: "Disk latency is unusual <b>", Zh: "磁盘延迟异常"},
		Reasons: []i18n.Text{{En: "it began first, 6 min before the others", Zh: "最早出现，比其他问题早 6 分钟"}, {En: "second reason", Zh: "第二条依据"}},
	}, {Entity: in.Entity, Kind: in.Kind, Signal: in.Signal, Severity: in.Severity, Title: in.Title, Since: in.OpenedAt, Weight: 0.2}}
	about := incident.Trouble{Kind: finding.Anomaly, Signal: "disk-latency/host:db-01", Entity: db}
	in.Episodes, in.Marks = append(in.Episodes, "note"), append(in.Marks, incident.Mark{Note: true, Trouble: &about})
	f.open(in)
	page := f.page("/incidents/"+in.ID, "Accept-Language", "en")
	page.says(t, "Likely cause:", "Disk latency is unusual <b>", "Also in trouble", "db-01", "None of it is proven",
		"it began first, 6 min before the others", "second reason")
	f.page("/incidents/"+in.ID, "Accept-Language", "zh-CN").says(t, "可能原因", "磁盘延迟异常", "同时出现问题", "未经证实", "第二条依据")
	var got struct {
		Causes []incident.Cause `json:"causes"`
	}
	f.getJSON("/api/v1/incidents/"+in.ID, &got)
	if len(got.Causes) != 2 || got.Causes[0].Weight != 0.7 || got.Causes[0].Reasons[1].Zh != "第二条依据" {
		t.Errorf("the API says %+v", got.Causes)
	}
	merged := fault(volume("erp-02", "/u01", 0.95, 0.93), finding.Warning, time.Hour)
	merged.MergedInto = in.ID
	f.open(merged)
	f.page("/incidents/"+merged.ID, "Accept-Language", "en").says(t, "It goes on as part of", "another incident, which is likely of the same fault")
}
