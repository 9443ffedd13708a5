package message_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/forewarn/forewarn/services/notifier/internal/message"
	"github.com/forewarn/forewarn/shared/entity"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/incident"
)

// TestSummary: several incidents are said in two lines, with the worst three and how many others there are.
func TestSummary(t *testing.T) {
	at := time.Date(2026, 1, 30, 6, 2, 0, 0, time.UTC)
	one := func(name string, s finding.Severity, state incident.State) *incident.Incident {
		return &incident.Incident{
			ID: incident.NewID(at, name), State: state, Severity: s, OpenedAt: at, UpdatedAt: at.Add(time.Minute), ResolvedAt: &at, Kind: finding.Anomaly,
			Entity: entity.Outermost(entity.Host, "", name), Title: i18n.Text{En: name + " is slow", Zh: name + " 变慢"},
		}
	}
	d := message.Digest{
		Title: "dba",
		Began: []*incident.Incident{one("a", finding.Warning, incident.Open), one("b", finding.Critical, incident.Open)},
		Moved: []*incident.Incident{one("c", finding.Info, incident.Open)}, Passed: []*incident.Incident{one("d", finding.Critical, incident.Resolved)},
	}
	f := func(r message.Reader, d message.Digest, want ...string) {
		t.Helper()
		if diff := cmp.Diff(want, strings.Split(r.Summary(d).Plain(), "\n")); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	shanghai := time.FixedZone("", 8*60*60)
	f(message.Reader{Language: i18n.English, Zone: shanghai, ConsoleURL: "https://x"}, d,
		"[Critical] dba: 3 incidents are open, 1 of them critical",
		"Since Fri 30 Jan 14:02: 2 began or got worse, 1 go on, 1 came and went meanwhile",
		"- [Critical] b is slow; Since Fri 30 Jan 14:02", "- [Warning] a is slow; Since Fri 30 Jan 14:02", "- [Info] c is slow; Since Fri 30 Jan 14:02",
		"- and 1 more", "All of them: https://x/incidents?q=dba")
	f(message.Reader{Language: i18n.Chinese, Zone: shanghai}, message.Digest{Ended: d.Passed},
		"【已恢复】1 个事件均已结束", "自 1月30日（周五）14:02 起：结束 1 个", "- 【已恢复】d 变慢；1月30日（周五）14:02 恢复，历时 0 秒")
	if d.Len() != 4 {
		t.Errorf("length %d", d.Len())
	}
}
