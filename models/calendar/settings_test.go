package calendar_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/forewarn/forewarn/models/calendar"
)

// TestCalendar: files are added, all that is wrong is told at once, and an unknown zone is told with a remedy.
func TestCalendar(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	own := write("own.yaml", "holidays:\n  - {date: 2026-07-01, name: founding day}\n")
	feed := write("feed.ICS", "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20260702\r\nSUMMARY:inventory\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n")
	c := calendar.Settings{Timezone: "Asia/Shanghai", Country: "CN", Files: []string{own, feed}}
	cal, err := c.Open(os.ReadFile)
	if err != nil {
		t.Fatal(err)
	}
	for date, works := range map[string]bool{"2026-06-30": true, "2026-07-01": false, "2026-07-02": false, "2026-07-03": true, "2026-10-01": false} {
		at, err := time.Parse(time.DateOnly, date)
		if err != nil {
			t.Fatal(err)
		}
		if got := cal.Day(at).Working(); got != works {
			t.Errorf("%s: working %v, want %v", date, got, works)
		}
	}

	f := func(want []string, c calendar.Settings) {
		t.Helper()
		_, err := c.Open(os.ReadFile)
		for _, s := range want {
			if err == nil || !strings.Contains(err.Error(), s) {
				t.Errorf("got %v, want %q", err, s)
			}
		}
	}
	broken, missing := write("broken.yaml", "hollidays: []\n"), filepath.Join(dir, "missing.yaml")
	f([]string{"calendar.files: " + broken, "calendar.files: " + missing}, calendar.Settings{Timezone: "UTC", Country: "CN", Files: []string{broken, missing}})
	f([]string{"country"}, calendar.Settings{Timezone: "UTC", Country: "XX"})
	f([]string{"company"}, calendar.Settings{Timezone: "UTC", Country: "CN", Company: "1000"})
	c.Timezone = "Asia/Peking"
	if err := c.Validate(); err == nil || !strings.Contains(err.Error(), `timezone: there is no zone "Asia/Peking"`) {
		t.Errorf("got %v", err)
	}
}
