package life

import (
	"strings"
	"testing"

	"github.com/forewarn/forewarn/shared/checks"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/incident"
)

func examined(found, own bool) *checks.Report {
	r := &checks.Report{ID: "examiner:x:0", Title: i18n.Text{En: "Saving a voucher", Zh: "凭证保存"}, At: start, Own: own}
	for _, n := range checks.Names() {
		r.Checks = append(r.Checks, checks.Check{Name: n, Verdict: checks.Clear})
	}
	if found {
		r.Checks[1].Verdict = checks.Found
	}
	return r
}

// TestAttach: the checks are kept once for each opening, told where they say something and no message has said it, and not of what is over.
func TestAttach(t *testing.T) {
	opened := func(evidence ...finding.Evidence) *incident.Incident {
		f := say(0, op, warn, "1", 0)
		f.Evidence = evidence
		return usual.Apply(nil, f, Scene{}).Incident
	}
	f := func(name string, cur *incident.Incident, rep *checks.Report, want incident.Reason) *incident.Incident {
		t.Helper()
		before := *cur
		s := usual.Attach(cur, rep)
		if s == nil || s.Reason != want || s.Incident.Checks != rep || s.Incident.Version != cur.Version+1 || s.Incident.ChecksVersion != s.Incident.Version {
			t.Fatalf("%s: %+v, want reason %q", name, s, want)
		}
		if cur.Version != before.Version || cur.Checks != before.Checks {
			t.Errorf("%s: what it was given has changed", name)
		}
		if s.Change.Time.Before(cur.UpdatedAt) || !strings.Contains(s.Change.Text.En, "Four checks of “Saving a voucher”: ✓ Network, clear;") ||
			!strings.Contains(s.Change.Text.Zh, "四项检查：✓ 网络：未见异常；") {
			t.Errorf("%s: change %+v", name, s.Change)
		}
		return s.Incident
	}
	again := f("found", opened(), examined(true, false), incident.ReasonExamined)
	f("nothing found, of what it runs through", opened(), examined(false, false), "")
	f("nothing found, of the transaction itself", opened(), examined(false, true), incident.ReasonExamined)
	f("told with the opening", opened(finding.Evidence{Name: incident.EvidenceCheck + "lock"}), examined(true, true), "")
	untold := opened()
	untold.Notified = nil
	f("nobody was told of it", untold, examined(true, true), "")
	if s := usual.Attach(again, examined(true, false)); s != nil {
		t.Errorf("the same again: %+v", s)
	}
	other := examined(true, false)
	other.ID = "examiner:x:1"
	f("open again", again, other, incident.ReasonExamined)
	if s := usual.Attach(usual.Apply(opened(), say(9, end, warn, "1", 0), Scene{}).Incident, examined(true, true)); s != nil {
		t.Errorf("of what is over: %+v", s)
	}
}
