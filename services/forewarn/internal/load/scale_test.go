package load

import (
	"bytes"
	"io"
	"strings"
	"testing"
)

// TestScale: each number of processes shares all partitions and works off the same input.
func TestScale(t *testing.T) {
	r, err := Scale(t.Context(), ScaleOptions{Processes: []int{1, 2}, Series: 1000, Partitions: 2, Rounds: 5, Dir: t.TempDir(), Log: io.Discard})
	if err != nil {
		t.Fatal(err)
	}
	for k, want := range []ScaleRow{{Processes: 1, Held: 2}, {Processes: 2, Held: 1}} {
		got := r.Rows[k]
		if got.Processes != want.Processes || got.Held != want.Held || got.Samples != 5000 || got.Took <= 0 || got.PerSecond() <= 0 {
			t.Errorf("%+v, want 5000 samples by %d processes of %d partitions", got, want.Processes, want.Held)
		}
	}
	var out bytes.Buffer
	if err := r.Write(&out); err != nil || !strings.Contains(out.String(), "most held") {
		t.Errorf("%v, %q", err, out.String())
	}
}

// TestScaleOptions: what cannot be measured is said before anything is built.
func TestScaleOptions(t *testing.T) {
	_, err := Scale(t.Context(), ScaleOptions{Processes: []int{0, 3}, Series: 1, Partitions: 2})
	for _, want := range []string{"--processes: 0 ", "--processes: 3 ", "--series: 1 ", "--rounds: 0 "} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}
