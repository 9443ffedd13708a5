package when_test

import (
	"errors"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"go.yaml.in/yaml/v3"

	"github.com/forewarn/forewarn/models/calendar"
	"github.com/forewarn/forewarn/services/notifier/internal/when"
)

func shanghai(t *testing.T) (*time.Location, *calendar.Calendar) {
	t.Helper()
	z, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	cal, err := calendar.New(calendar.Config{Zone: z, Country: calendar.China})
	if err != nil {
		t.Fatal(err)
	}
	return z, cal
}

func local(t *testing.T, z *time.Location, text string) time.Time {
	t.Helper()
	out, err := time.ParseInLocation("2006-01-02 15:04", text, z)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestCondition(t *testing.T) {
	z, cal := shanghai(t)
	f := func(doc, at string, want bool) {
		t.Helper()
		c := when.Condition{Timezone: "Asia/Shanghai"}
		if err := yaml.Unmarshal([]byte(doc), &c); err != nil {
			t.Fatalf("%s: %v", doc, err)
		}
		if errs := c.Problems(""); errs != nil {
			t.Fatalf("%s: %v", doc, errs)
		}
		if got := c.Holds(local(t, z, at), cal); got != want {
			t.Errorf("%s at %s: %v", doc, at, got)
		}
	}
	night := `{weekdays: [fri], from: "22:00", to: "06:00"}`
	f(night, "2026-01-30 21:59", false)
	f(night, "2026-01-30 22:00", true)
	f(night, "2026-01-31 05:59", true)
	f(night, "2026-01-31 06:00", false)
	f(night, "2026-01-30 05:00", false) // that was Thursday's night
	f(`{from: "09:00", to: "18:00"}`, "2026-01-30 18:00", false)
	f(`{from: "00:00", to: "24:00"}`, "2026-01-30 23:59", true)
	f(`{calendar: [month_end]}`, "2026-01-30 12:00", true)
	f(`{calendar: [quarter_end, year_end]}`, "2026-01-30 12:00", false)
	f(`{calendar: [year_end]}`, "2025-12-31 12:00", true)
	f(`{calendar: [holiday]}`, "2026-10-01 12:00", true)
	f(`{calendar: [rest]}`, "2026-01-31 12:00", true)
	f(`{calendar: [working]}`, "2026-01-31 12:00", false)
}

func TestSchedule(t *testing.T) {
	z, cal := shanghai(t)
	f := func(doc, at, until string) {
		t.Helper()
		s := when.Schedule{Timezone: "Asia/Shanghai"}
		if err := yaml.Unmarshal([]byte(doc), &s); err != nil {
			t.Fatalf("%s: %v", doc, err)
		}
		if errs := s.Problems(""); errs != nil {
			t.Fatalf("%s: %v", doc, errs)
		}
		got, ok := s.Active(local(t, z, at), cal)
		if ok != (until != "") || ok && !got.Equal(local(t, z, until)) {
			t.Errorf("%s at %s: until %v, %v", doc, at, got, ok)
		}
	}
	weekly := `{weekdays: [sun], at: "02:00", duration: 2h}`
	f(weekly, "2026-02-01 01:59", "")
	f(weekly, "2026-02-01 02:00", "2026-02-01 04:00")
	f(weekly, "2026-02-01 04:00", "")
	f(weekly, "2026-02-02 03:00", "")
	long := `{weekdays: [sat], at: "20:00", duration: 36h}`
	f(long, "2026-02-02 07:59", "2026-02-02 08:00")
	f(`{days: [-1], at: "22:00", duration: 4h}`, "2026-03-01 01:00", "2026-03-01 02:00")
	f(`{weekdays: [tue], nth: [2], at: "01:00", duration: 1h}`, "2026-02-10 01:30", "2026-02-10 02:00")
	f(`{weekdays: [tue], nth: [2], at: "01:00", duration: 1h}`, "2026-02-17 01:30", "")
	f(`{weekdays: [tue], nth: [-1], at: "01:00", duration: 1h}`, "2026-02-24 01:30", "2026-02-24 02:00")
	f(`{dates: [2026-02-14], at: "10:00", duration: 90m}`, "2026-02-14 11:29", "2026-02-14 11:30")
	f(`{days: [1], months: [2], duration: 24h}`, "2026-02-01 12:00", "2026-02-02 00:00")
	f(`{days: [1], months: [3], duration: 24h}`, "2026-02-01 12:00", "")
	f(`{weekdays: [mon, tue, wed], duration: 24h}`, "2026-02-02 12:00", "2026-02-05 00:00") // three that follow each other
	f(`{calendar: [year_end], duration: 24h}`, "2025-12-31 12:00", "2026-01-06 00:00")
	f(`{calendar: [year_end], duration: 24h}`, "2026-01-30 12:00", "")
}

func TestRefused(t *testing.T) {
	f := func(errs []error, want ...string) {
		t.Helper()
		text := "\n" + errors.Join(errs...).Error()
		for _, w := range want {
			if !strings.Contains(text, "\n"+w) {
				t.Errorf("no %q in %s", w, text)
			}
		}
	}
	var s when.Schedule
	if err := yaml.Unmarshal([]byte(`{nth: [6], days: [0], months: [-1], duration: 1000h, timezone: Mars/Olympus, at: "02:00"}`), &s); err != nil {
		t.Fatal(err)
	}
	f(s.Problems("m."), "m.nth: 6", "m.days: 0", "m.months: -1", "m.duration: 1000h", "m.timezone: \"Mars", "m.nth: says which")
	f((&when.Schedule{Duration: time.Hour}).Problems(""), "weekdays: nothing says")
	f((&when.Condition{Timezone: "x"}).Problems("c."), "c.timezone", "c.weekdays: the condition says nothing")
	var c struct {
		C when.Condition
		D when.Date
		L when.Local
	}
	err := yaml.Unmarshal([]byte("c: {from: 25:00, weekdays: [monday], calendar: [soon]}\nd: tomorrow\nl: [1]\n"), &c)
	for _, want := range []string{"no time of day", "no day of the week", "no phase", "no day;", "single value"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("no %q in %v", want, err)
		}
	}
}
