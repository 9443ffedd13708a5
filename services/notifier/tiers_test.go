package notifier

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/forewarn/forewarn/models/calendar"
	"github.com/forewarn/forewarn/services/notifier/internal/person"
	"github.com/forewarn/forewarn/services/notifier/internal/route"
	"github.com/forewarn/forewarn/shared/config"
	"github.com/forewarn/forewarn/shared/entity"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/incident"
)

// TestShippedTiers: the example of the handbook's tiers is valid, and tells whom it says that it does.
func TestShippedTiers(t *testing.T) {
	for name, v := range map[string]string{
		"MAIL_LI": "li@example.com", "MAIL_WANG": "wang@example.com", "MAIL_ZHAO": "zhao@example.com", "PHONE_LI": "+8613800000001",
		"PHONE_WANG": "+8613800000002", "PHONE_ZHAO": "+8613800000003", "MAIL_PASSWORD": "x", "SMS_SECRET": "x", "DINGTALK_SECRET": "x",
		"DINGTALK_URL": "https://oapi.dingtalk.com/robot/send?access_token=x",
	} {
		t.Setenv(name, v)
	}
	data, err := os.ReadFile("../../deploy/routes/tiers.yaml")
	if err != nil {
		t.Fatal(err)
	}
	c := DefaultConfig()
	if err := config.Load(data, nil, config.Section{Name: "notifier", Into: &c}); err != nil {
		t.Fatal(err)
	}
	if gaps := Gaps(c); gaps != nil {
		t.Errorf("gaps: %v", gaps)
	}
	people, err := person.NewDirectory(c.People)
	if err != nil {
		t.Fatal(err)
	}
	cal, err := calendar.New(calendar.Config{Zone: time.UTC, Country: calendar.China})
	if err != nil {
		t.Fatal(err)
	}
	table, err := route.New(c.routing(people, cal))
	if err != nil {
		t.Fatal(err)
	}
	f := func(day string, typ entity.Type, s finding.Severity, want string) {
		t.Helper()
		at, err := time.Parse("2006-01-02 15:04", day)
		if err != nil {
			t.Fatal(err)
		}
		i := &incident.Incident{Kind: finding.Silence, Severity: s, Worst: s, Entity: entity.Outermost(typ, "", "x")}
		var got []string
		for _, told := range table.Decide(i, at).Targets {
			got = append(got, told.Channel+": "+strings.Join(told.To, " "))
		}
		slices.Sort(got)
		if diff := cmp.Diff(want, strings.Join(got, ", ")); diff != "" {
			t.Errorf("%s %s of a %s (-want +got):\n%s", day, s, typ, diff)
		}
	}
	f("2026-01-14 12:00", entity.Database, finding.Critical, "robot: wang.fang, sms: wang.fang")
	f("2026-01-07 12:00", entity.Database, finding.Warning, "post: li.wei wang.fang")
	f("2026-01-30 12:00", entity.Database, finding.Warning, "post: li.wei wang.fang, robot: wang.fang")
	f("2026-01-07 12:00", entity.Host, finding.Critical, "robot: zhao.min, sms: zhao.min")
	f("2026-02-17 12:00", entity.Database, finding.Critical, "robot: wang.fang, sms: wang.fang") // stands in
}
