package scrape

import (
	"strings"
	"testing"
	"time"

	"github.com/forewarn/forewarn/services/collector/internal/edge"
)

// TestTrouble: what a scrape that went well did not bring is said with what to do.
func TestTrouble(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	f := func(r edge.Round, want string) {
		t.Helper()
		got := trouble(r, edge.DefaultLimits(), now)
		if (want == "") != (got == "") || !strings.Contains(got, want) {
			t.Errorf("%+v: %q, want %q", r, got, want)
		}
	}
	f(edge.Round{}, "")
	f(edge.Round{Newest: now.Add(-time.Minute).UnixMilli()}, "")
	f(edge.Round{Newest: now.Add(-5 * time.Hour).UnixMilli()}, "5h0m0s behind this machine's clock")
	f(edge.Round{Future: 2}, "2 samples are more than 10m0s ahead")
	f(edge.Round{Past: 2}, "2 samples are more than 1008h0m0s behind")
	f(edge.Round{Malformed: 3}, "3 series have too many, too long or nameless labels")
	f(edge.Round{OverSamples: 3}, "raise limits.samples")
	f(edge.Round{Limit: "too many series", Future: 2}, "too many series")
}
