package console

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/incident"
	"github.com/forewarn/forewarn/shared/signal"
)

// TestConfirmedIncident: the page shows the messages that confirm a prediction with their lines, once each, and whether they are
// still written; the API has them, too.
func TestConfirmedIncident(t *testing.T) {
	v := volume("erp-01", "/u01", 0.95, 0.93)
	f := start(t, []signal.State{v}, nil)
	in := fault(v, finding.Critical, 2*time.Hour)
	stopped := in.OpenedAt.Add(time.Hour)
	in.ConfirmedBy = []incident.Confirmation{{
		Signal: "log-oracle.ora-01653/host:erp-01", Resource: finding.Tablespace, Severity: finding.Critical, Entries: 18,
		Title:   i18n.Text{En: "A table cannot grow", Zh: "表无法扩展"},
		Message: i18n.Text{En: "oracle has written: ORA-01653 <b>", Zh: "oracle 记录了：ORA-01653 <b>"},
		Since:   in.OpenedAt, LastAt: in.OpenedAt,
	}, {
		Signal: "log-os.enospc/host:erp-01", Severity: finding.Warning, Title: i18n.Text{En: "A volume is full", Zh: "卷已满"},
		Since: in.OpenedAt, LastAt: in.OpenedAt, StoppedAt: &stopped,
	}}
	said := finding.Evidence{Name: incident.ConfirmedBy, Text: i18n.Text{En: "Confirmed by a message in the log: ORA-01653 <b>"}}
	in.Evidence = slices.Insert(in.Evidence, 0, said)
	f.open(in)
	d := f.page("/incidents/"+in.ID, "Accept-Language", "en")
	d.says(t, "Confirmed by the log", "not what led to it", "A table cannot grow", "last told", "oracle has written: ORA-01653 <b>",
		"A volume is full", "stopped by", "Why")
	if text := d.text.String(); strings.Count(text, "ORA-01653") != 1 {
		t.Errorf("the line is not shown once:\n%s", text)
	}
	f.page("/incidents/"+in.ID, "Accept-Language", "zh-CN").says(t, "日志印证", "不说明起因", "表无法扩展", "oracle 记录了：ORA-01653", "前已停止")
	var got struct {
		ConfirmedBy []incident.Confirmation `json:"confirmed_by"`
	}
	f.getJSON("/api/v1/incidents/"+in.ID, &got)
	if len(got.ConfirmedBy) != 2 || got.ConfirmedBy[0].Entries != 18 || got.ConfirmedBy[1].StoppedAt == nil {
		t.Errorf("the API says %+v", got.ConfirmedBy)
	}
}
