package console

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/forewarn/forewarn/shared/bustest"
	"github.com/forewarn/forewarn/shared/checks"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/incident"
	"github.com/forewarn/forewarn/shared/signal"
)

// voucherChecks are checks in which a lock was found, and permissions could not be seen.
func voucherChecks() *checks.Report {
	at := time.Date(2026, 3, 12, 3, 0, 0, 0, time.UTC)
	r := &checks.Report{
		Schema: checks.SchemaVersion, Type: checks.TypeReport, ID: "examiner:x:0", Transaction: "voucher-entry",
		Title: i18n.Text{En: "Saving a voucher", Zh: "凭证保存"}, From: at.Add(-30 * time.Minute), At: at,
	}
	for _, n := range checks.Names() {
		r.Checks = append(r.Checks, checks.Check{Name: n, Verdict: checks.Clear})
	}
	r.Checks[1] = checks.Check{
		Name: checks.Lock, Verdict: checks.Found, Says: i18n.Text{En: "Lock wait <b>, erp-db-01: 57 entries", Zh: "erp-db-01 等待锁超时 <b>：57 条"},
		Looked: []checks.Look{{Name: "message", Verdict: checks.Found, Text: i18n.Text{En: "57 entries; first 18 min before", Zh: "57 条"}, Line: "ORA-00060: <deadlock>"}},
	}
	r.Checks[3] = checks.Check{Name: checks.Permission, Verdict: checks.Unknown, Missing: []i18n.Text{{En: "no log of erp-app-01 is read", Zh: "没有采集 erp-app-01 的日志"}}}
	return r
}

// TestTransactions: the list, the checks of one now and at a time, and what is refused, by pages and by API.
func TestTransactions(t *testing.T) {
	f := start(t, nil, nil)
	if resp, body := f.get("/transactions"); resp.StatusCode != http.StatusServiceUnavailable || !strings.Contains(body, "examiner") {
		t.Errorf("without an examiner: status %d: %s", resp.StatusCode, body)
	}
	want := voucherChecks()
	f.run(func(ctx context.Context) error {
		return f.Bus.Answer(ctx, checks.Keeper, 0, func(request []byte) ([]byte, error) {
			var q checks.Request
			if err := json.Unmarshal(request, &q); err != nil {
				return nil, err
			}
			switch {
			case q.Transaction == "":
				return json.Marshal(checks.Reply{Transactions: []checks.Transaction{{Name: "voucher-entry", Title: want.Title, Impact: 5}}})
			case q.Transaction == "busy":
				return json.Marshal(checks.Reply{Refusal: &checks.Refusal{Code: checks.Busy, Message: "ask again"}})
			case q.Transaction != "voucher-entry" || !q.At.IsZero() && !q.At.Equal(want.At):
				return json.Marshal(checks.Reply{Refusal: &checks.Refusal{Code: checks.NotFound, Message: "no transaction"}})
			}
			return json.Marshal(checks.Reply{Report: want})
		})
	})
	bustest.Until(t, 10*time.Second, "somebody examines", func() bool {
		_, err := f.Bus.Query(t.Context(), checks.Keeper, 0, []byte("{}"))
		return err == nil
	})
	var list struct{ Transactions []checks.Transaction }
	f.getJSON("/api/v1/transactions", &list)
	if len(list.Transactions) != 1 || list.Transactions[0].Name != "voucher-entry" {
		t.Errorf("transactions: %+v", list)
	}
	var got checks.Report
	f.getJSON("/api/v1/transactions/voucher-entry/checks?at=2026-03-12T03:00:00Z", &got)
	if diff := cmp.Diff(*want, got); diff != "" {
		t.Errorf("checks (-want +got):\n%s", diff)
	}
	f.page("/transactions", "Accept-Language", "en").says(t, "Saving a voucher", "impact 5", "Check now")
	f.page("/transactions/voucher-entry", "Accept-Language", "en").says(t, "✓ Network: clear", "✗ Lock: found", "Lock wait <b>",
		"1 looked at, 0 missing", "ORA-00060: <deadlock>", "? Permission: unknown", "no log of erp-app-01 is read", "does not prove")
	f.page("/transactions/voucher-entry?at=2026-03-12T03:00:00Z", "Accept-Language", "zh-CN").says(t, "✓ 网络：未见异常", "✗ 锁：发现异常", "? 权限", "没有采集")
	refused := func(path string, status int, want string) {
		t.Helper()
		if resp, body := f.get(path); resp.StatusCode != status || !strings.Contains(body, want) {
			t.Errorf("%s: status %d: %s; want %d with %q", path, resp.StatusCode, body, status, want)
		}
	}
	refused("/api/v1/transactions/other/checks", http.StatusNotFound, "no transaction")
	refused("/api/v1/transactions/busy/checks", http.StatusTooManyRequests, "ask again")
	refused("/api/v1/transactions/voucher-entry/checks?at=yesterday", http.StatusBadRequest, "is no time")
	refused("/transactions/other?lang=en", http.StatusNotFound, "no such transaction")
	refused("/transactions/busy?lang=en", http.StatusTooManyRequests, "Busy")
	refused("/transactions/voucher-entry?at=x&lang=en", http.StatusBadRequest, "cannot be read")
}

// TestExaminedIncident: the page of an incident shows the four checks once, with signs and words; the API has them.
func TestExaminedIncident(t *testing.T) {
	v := volume("erp-01", "/u01", 0.95, 0.93)
	f := start(t, []signal.State{v}, nil)
	in := fault(v, finding.Critical, 2*time.Hour)
	in.Checks = voucherChecks()
	in.Evidence = append(in.Evidence, finding.Evidence{Name: incident.EvidenceCheck + "lock", Text: i18n.Text{En: "✗ Lock, found: as the message said"}})
	f.open(in)
	d := f.page("/incidents/"+in.ID, "Accept-Language", "en")
	d.says(t, "Four checks", "Saving a voucher", "✗ Lock: found", "? Permission: unknown")
	if strings.Contains(d.text.String(), "as the message said") {
		t.Error("a check is shown twice")
	}
	f.page("/incidents/"+in.ID, "Accept-Language", "zh-CN").says(t, "四项检查", "凭证保存", "✗ 锁：发现异常")
	var got struct {
		Checks *checks.Report `json:"checks"`
	}
	f.getJSON("/api/v1/incidents/"+in.ID, &got)
	if diff := cmp.Diff(in.Checks, got.Checks); diff != "" {
		t.Errorf("checks (-want +got):\n%s", diff)
	}
}
