package demo

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/forewarn/forewarn/services/forewarn/internal/backtest"
	"github.com/forewarn/forewarn/services/forewarn/internal/backtest/contest"
	"github.com/forewarn/forewarn/shared/entity"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/incident"
	"github.com/forewarn/forewarn/shared/signal"
)

var update = flag.Bool("update", false, "write the golden files")

// on returns a time of November 2026.
func on(day, hour int) *time.Time {
	t := time.Date(2026, 11, day, hour, 0, 0, 0, time.UTC)
	return &t
}

func account() *Account {
	volume := entity.Entity{ID: "volume:demo-db-01:/u01", Name: "/u01 on demo-db-01"}
	fault := func(id string, day int, state incident.State, title i18n.Text) *incident.Incident {
		return &incident.Incident{
			ID: id, State: state, OpenedAt: *on(day, 9), UpdatedAt: *on(day+1, 9), Title: title, Severity: finding.Warning, Entity: volume,
		}
	}
	title := i18n.Text{En: "Full soon: /u01\x1b[2J", Zh: "即将用满：/u01"}
	reached, open, ended := fault("A", 2, incident.Resolved, title), fault("B", 20, incident.Open, title), fault("C", 21, incident.Resolved, title)
	reached.Outcome = &finding.Outcome{What: finding.Reached, Time: *on(5, 10)}
	reached.Notified = &incident.Notice{Reason: incident.ReasonOpened}
	reached.ConfirmedBy = []incident.Confirmation{{Title: i18n.Text{En: "No space left", Zh: "没有剩余空间"}, Since: *on(5, 11)}}
	open.ETA.P50 = on(28, 7)
	return &Account{
		Start: *on(1, 0), End: *on(25, 0), Samples: 538361, Signals: 43, Hosts: 6,
		Incidents: []*incident.Incident{reached, open, ended, fault("D", 22, incident.Open, title)}, Cards: []*incident.Incident{reached},
		Rules: backtest.Rules{Subjects: 43, Standings: []contest.Standing{{Name: contest.Ours, Alarms: 4, Signals: 4, Failures: 3, Warned: 3, LeadHours: 90, Rate: 0.25}}},
		Risks: []signal.State{
			{Entity: volume, ETA: finding.ETA{P10: on(27, 0), P50: on(28, 7)}},
			{Entity: entity.Entity{Name: "weblogic"}, ETA: finding.ETA{P50: on(29, 7), P90: on(30, 7)}},
			{Entity: entity.Entity{Name: "demo-app-01:443"}, ETA: finding.ETA{P10: on(30, 7), P50: on(30, 7), P90: on(30, 7)}},
		},
		Harmless: []Harmless{
			{volume, i18n.Text{En: "fills and empties", Zh: "满了又空"}},
			{entity.Entity{ID: "volume:demo-db-01:/u02", Name: "/u02"}, i18n.Text{En: "is old", Zh: "一向如此"}},
		},
	}
}

// TestAccount: what a person reads in the end, in both languages.
func TestAccount(t *testing.T) {
	for name, lang := range map[string]i18n.Language{"account-en.txt": i18n.English, "account-zh.txt": i18n.Chinese} {
		var out bytes.Buffer
		a, r := account(), Reader{Language: lang, Zone: time.UTC, URL: "http://127.0.0.1:8686"}
		if err := a.Write(&out, r, 31*time.Second); err != nil {
			t.Fatal(err)
		}
		if err := a.Links(&out, r); err != nil {
			t.Fatal(err)
		}
		golden := filepath.Join("testdata", name)
		if *update {
			if err := os.WriteFile(golden, out.Bytes(), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), out.String()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
