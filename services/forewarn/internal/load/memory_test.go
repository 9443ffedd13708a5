package load

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"time"
)

// TestMemory: both workers read what comes, and it is told what they hold.
func TestMemory(t *testing.T) {
	r, err := Memory(t.Context(), MemoryOptions{Series: 1000, Interval: 2 * time.Second, Partitions: 2, Duration: 3 * time.Second, Dir: t.TempDir(), Log: io.Discard})
	if err != nil {
		t.Fatal(err)
	}
	for k, want := range []string{"trend", "anomaly"} {
		if got := r.Rows[k]; got.Service != want || got.Mean < 1<<20 || got.Most < got.Mean || got.CPU <= 0 {
			t.Errorf("%+v, want what %s holds", got, want)
		}
	}
	var out bytes.Buffer
	if err := r.Write(&out); err != nil || !strings.Contains(out.String(), "all") {
		t.Errorf("%v, %q", err, out.String())
	}
	if _, err := Memory(t.Context(), MemoryOptions{Series: 1, Interval: time.Second, Partitions: 2, Duration: time.Second}); err == nil || !strings.Contains(err.Error(), "--series: 1 ") {
		t.Errorf("of one series: %v", err)
	}
}
