package backtest

import (
	"strings"
	"testing"
	"time"
)

func TestParseWhen(t *testing.T) {
	zone := time.FixedZone("", 8*3600)
	f := func(text, want string) {
		t.Helper()
		got, err := ParseTime(text, zone)
		if err != nil || got.UTC().Format(time.RFC3339) != want {
			t.Errorf("ParseTime(%q) = %s, %v; want %s", text, got.UTC(), err, want)
		}
	}
	f("2026-01-31", "2026-01-30T16:00:00Z")
	f("2026-01-31 14:00", "2026-01-31T06:00:00Z")
	f("2026-01-31 14:00:30", "2026-01-31T06:00:30Z")
	f("2026-01-31T14:00:00Z", "2026-01-31T14:00:00Z")
	f("1769868000", "2026-01-31T14:00:00Z")
	for _, text := range []string{"", "yesterday", "2026-02-30", "35d"} {
		if _, err := ParseTime(text, zone); err == nil || !strings.Contains(err.Error(), "such as 2026-01-31") {
			t.Errorf("ParseTime(%q): error %v", text, err)
		}
	}
}
