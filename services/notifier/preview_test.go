package notifier

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/incident"
)

func TestPreview(t *testing.T) {
	at := time.Date(2026, 1, 27, 1, 0, 0, 0, time.UTC)
	i := &incident.Incident{
		ID: "01KFYV8M40AAAAAAAAAAAAAAAA", Severity: finding.Warning, OpenedAt: at, UpdatedAt: at, Probability: 0.9,
		Title: i18n.Text{En: "Tablespace is filling up", Zh: "表空间将耗尽"}, Advice: i18n.Text{En: "Add a data file.\x1b[2J"},
	}
	if got := Preview(i, i18n.English, time.UTC, ""); got != "" {
		t.Errorf("nothing was told, and the preview says %q", got)
	}
	i.Notified = &incident.Notice{Reason: incident.ReasonRaised}
	want := "[Now warning] Tablespace is filling up\nSince Tue 27 Jan 01:00, probability 90 %\nWhat to do: Add a data file.[2J\nDetails: http://x/incidents/01KFYV8M40AAAAAAAAAAAAAAAA"
	if diff := cmp.Diff(want, Preview(i, i18n.English, time.UTC, "http://x")); diff != "" {
		t.Errorf("preview (-want +got):\n%s", diff)
	}
}
