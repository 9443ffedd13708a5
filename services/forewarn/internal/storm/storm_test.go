package storm_test

import (
	"strings"
	"testing"

	"github.com/forewarn/forewarn/services/forewarn/internal/storm"
)

// TestFew: the measurement itself finds nothing wrong with three findings.
func TestFew(t *testing.T) {
	var out strings.Builder
	if err := storm.Main(t.Context(), []string{"--findings", "3", "--within", "1s"}, &out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"incidents         3, without the receipt of their newest message 0", "messages          3,", "dead letters      0"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in:\n%s", want, out.String())
		}
	}
}
