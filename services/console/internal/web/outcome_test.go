package web

import (
	"strings"
	"testing"
	"time"

	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/incident"
)

// TestOutcomesAreSaid: what was predicted and what became of it is said in both languages, and nothing of nothing.
func TestOutcomesAreSaid(t *testing.T) {
	en, zh := speakers()
	at := time.Date(2026, 11, 22, 4, 0, 0, 0, time.UTC)
	f := func(what finding.What, inEnglish, inChinese string) {
		t.Helper()
		o := &finding.Outcome{What: what, Time: at, LeadSeconds: 7200}
		if got := en.Became(o); !strings.Contains(got, inEnglish) {
			t.Errorf("%s: %q", what, got)
		}
		if got := zh.Became(o); !strings.Contains(got, inChinese) {
			t.Errorf("%s: %q", what, got)
		}
	}
	f(finding.Reached, "2\u00a0h after", "首次迹象")
	f(finding.Prevented, "freed", "已避免")
	f(finding.Enlarged, "raised", "提高了上限")
	f(finding.Faded, "by itself", "自行消失")
	f(finding.Unknown, "not known", "未知")
	p := &incident.Prediction{ETA: finding.ETA{P50: &at}, Horizons: finding.Horizons{D7: 0.9, D30: 0.95}}
	if got := en.Foretold(p); !strings.Contains(got, "90\u00a0% within 7 days") {
		t.Errorf("foretold %q", got)
	}
	p.ETA.P50 = nil
	if got := zh.Foretold(p); !strings.Contains(got, "30 天内 95") {
		t.Errorf("foretold %q", got)
	}
	if en.Became(nil) != "" || en.Foretold(nil) != "" {
		t.Error("something is said of nothing")
	}
}

// TestWritten: it is said whether a message that confirms an incident is still written.
func TestWritten(t *testing.T) {
	en, zh := speakers()
	at := time.Date(2026, 11, 22, 4, 0, 0, 0, time.UTC)
	c := incident.Confirmation{Since: at, LastAt: at.Add(time.Hour)}
	if got := en.Written(c); !strings.HasPrefix(got, "since ") || !strings.Contains(got, "last told") {
		t.Errorf("said %q", got)
	}
	c.StoppedAt = &c.LastAt
	if got := zh.Written(c); !strings.HasPrefix(got, "始于") || !strings.Contains(got, "前已停止") {
		t.Errorf("said %q", got)
	}
}
