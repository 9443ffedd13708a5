package digest

import (
	"testing"
	"time"
	_ "time/tzdata"
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// TestWall: hours that clocks skip, show twice, or move by half.
func TestWall(t *testing.T) {
	for _, c := range []struct {
		zone, day string
		hour      int
		want      string // UTC
	}{
		{"Asia/Shanghai", "2026-11-23", 9, "2026-11-23T01:00:00Z"},
		{"Europe/Berlin", "2026-03-29", 2, "2026-03-29T01:00:00Z"},       // 02:00 is skipped: 03:00 is at 01:00 UTC
		{"Europe/Berlin", "2026-03-29", 3, "2026-03-29T01:00:00Z"},       // the same moment
		{"Europe/Berlin", "2026-10-25", 2, "2026-10-25T00:00:00Z"},       // the first of two
		{"Europe/Berlin", "2026-10-25", 3, "2026-10-25T02:00:00Z"},       // once
		{"America/New_York", "2026-03-08", 2, "2026-03-08T07:00:00Z"},    // skipped
		{"America/New_York", "2026-11-01", 1, "2026-11-01T05:00:00Z"},    // the first of two
		{"Australia/Lord_Howe", "2026-10-04", 2, "2026-10-03T15:30:00Z"}, // half an hour is skipped, to 02:30
		{"Africa/Cairo", "2026-04-24", 0, "2026-04-23T22:00:00Z"},        // midnight is skipped
		{"Pacific/Apia", "2011-12-30", 9, "2011-12-30T10:00:00Z"},        // the whole day is
		{"UTC", "2026-11-23", 0, "2026-11-23T00:00:00Z"},
	} {
		day, err := time.Parse(time.DateOnly, c.day)
		if err != nil {
			t.Fatal(err)
		}
		if got := wall(day, c.hour, zone(t, c.zone)).UTC().Format(time.RFC3339); got != c.want {
			t.Errorf("%s %s %d h: %s, want %s", c.zone, c.day, c.hour, got, c.want)
		}
	}
}

// TestZoneOf: no zone is named twice.
func TestZoneOf(t *testing.T) {
	for name, want := range map[string]string{
		"UTC": "UTC", "Asia/Shanghai": "CST, UTC+08:00", "America/Sao_Paulo": "UTC-03:00", "Africa/Abidjan": "GMT, UTC+00:00",
	} {
		if got := zoneOf(time.Date(2026, 11, 23, 9, 0, 0, 0, zone(t, name))); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

func TestLatest(t *testing.T) {
	s := Schedule{Zone: zone(t, "Asia/Shanghai"), Weekday: time.Monday, Hour: 9}
	for _, c := range []struct{ now, week, month string }{
		{"2026-11-23T00:59:59Z", "2026-W47", "2026-10"},
		{"2026-11-23T01:00:00Z", "2026-W48", "2026-10"},
		{"2026-11-29T23:00:00Z", "2026-W48", "2026-10"},
		{"2026-12-01T00:59:00Z", "2026-W49", "2026-10"},
		{"2026-12-01T01:00:00Z", "2026-W49", "2026-11"},
		{"2027-01-01T01:00:00Z", "2026-W53", "2026-12"}, // a year of 53 weeks
		{"2027-01-04T01:00:00Z", "2027-W01", "2026-12"},
	} {
		now, err := time.Parse(time.RFC3339, c.now)
		if err != nil {
			t.Fatal(err)
		}
		week, month := s.Latest(now)
		if week.ID != c.week || month.ID != c.month {
			t.Errorf("%s: %s and %s, want %s and %s", c.now, week.ID, month.ID, c.week, c.month)
		}
		if week.Due.After(now) || month.Due.After(now) || !now.Before(week.Due.Add(8*24*time.Hour)) {
			t.Errorf("%s: due %v and %v", c.now, week.Due, month.Due)
		}
	}
}

// TestEveryWeekOnce: in every zone with odd clocks, each week and month has one digest, which ends where the next begins.
func TestEveryWeekOnce(t *testing.T) {
	for _, name := range []string{"Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Cairo", "America/Santiago", "UTC"} {
		for _, s := range []Schedule{{Weekday: time.Monday, Hour: 9}, {Weekday: time.Sunday, Hour: 2}, {Weekday: time.Friday}} {
			s.Zone = zone(t, name)
			var before Edition
			for now := time.Date(2025, 12, 1, 0, 0, 0, 0, time.UTC); now.Year() < 2028; now = now.Add(6 * time.Hour) {
				week, _ := s.Latest(now)
				if before.ID != "" && week.ID != before.ID && !week.From.Equal(before.Until) {
					t.Fatalf("%s %+v: %s ends %v, %s begins %v", name, s, before.ID, before.Until, week.ID, week.From)
				}
				before = week
				if again, err := s.ParseWeek(week.ID); err != nil || again != week {
					t.Fatalf("%s: %v, %v", week.ID, again, err)
				}
			}
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("2026-W47")
	f.Add("2026-10")
	f.Add("2026-W54")
	s := Schedule{Zone: time.UTC, Weekday: time.Monday, Hour: 9}
	f.Fuzz(func(t *testing.T, id string) {
		if e, err := s.ParseWeek(id); err == nil && (e.ID != id || !e.From.Before(e.Until)) {
			t.Errorf("%q is %+v", id, e)
		}
		if e, err := s.ParseMonth(id); err == nil && (e.ID != id || !e.From.Before(e.Until)) {
			t.Errorf("%q is %+v", id, e)
		}
	})
}
