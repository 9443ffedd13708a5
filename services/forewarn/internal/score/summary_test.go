package score_test

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/forewarn/forewarn/services/forewarn/internal/scenario"
	"github.com/forewarn/forewarn/services/forewarn/internal/score"
)

func TestNumbersWithoutValueAreNull(t *testing.T) {
	f := func(n float64, want string) {
		t.Helper()
		if got, err := json.Marshal(score.Number(n)); err != nil || string(got) != want {
			t.Errorf("%v is %s (%v), want %s", n, got, err, want)
		}
	}
	f(math.NaN(), "null")
	f(math.Inf(1), "null")
	f(0.123456, "0.1235")
	f(-0.00001, "0")
	f(1200, "1200")
}

// TestNothingIsSummarized: no series, no figures, and no panic.
func TestNothingIsSummarized(t *testing.T) {
	s := score.Summarize(nil, 1)
	if _, err := json.Marshal(s); err != nil {
		t.Error(err)
	}
	var sb strings.Builder
	if err := score.WriteTables(&sb, []score.Row{{Method: "none", Summary: &s}}); err != nil || strings.Contains(sb.String(), "NaN") {
		t.Errorf("%v:\n%s", err, sb.String())
	}
}

// TestIntervalsComeFromTheSeed: the same seed draws the same samples, and an interval holds its figure.
func TestIntervalsComeFromTheSeed(t *testing.T) {
	var results []score.Result
	for i := range 40 {
		results = append(results, score.Result{Family: "linear-fill", Kind: scenario.Exhaustion, Fails: true, Warned: i%4 != 0})
	}
	a, b := score.Summarize(results, 1), score.Summarize(results, 1)
	if diff := cmp.Diff(marshal(t, a), marshal(t, b)); diff != "" {
		t.Errorf("two runs differ:\n%s", diff)
	}
	if r := a.Recall; r.Value != 0.75 || r.Low >= r.Value || r.High <= r.Value || r.Low < 0.5 {
		t.Errorf("recall %+v", r)
	}
}

func marshal(t *testing.T, s score.Summary) string {
	t.Helper()
	data, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
