package peer

import (
	"net/http"
	"testing"
	"time"
)

// FuzzRetryAfter: whatever a peer asks for, it is left alone for an hour at most.
func FuzzRetryAfter(f *testing.F) {
	now := time.Date(2026, 1, 27, 9, 0, 0, 0, time.UTC)
	f.Add("7")
	f.Add("-1")
	f.Add("99999999999999999999")
	f.Add(now.Add(time.Minute).Format(http.TimeFormat))
	f.Add("Mon, 01 Jan 0001 00:00:00 GMT")
	f.Add("soon")
	f.Fuzz(func(t *testing.T, v string) {
		if d := retryAfter(v, now); d < 0 || d > time.Hour {
			t.Errorf("retryAfter(%q) = %v", v, d)
		}
	})
}
