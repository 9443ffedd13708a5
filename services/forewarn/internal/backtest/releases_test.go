package backtest_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/forewarn/forewarn/services/forewarn/internal/backtest"
	"github.com/forewarn/forewarn/services/forewarn/internal/scenario"
	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/telemetry"
)

// said is what the tests read of a line about a finding.
type said struct {
	Type, Action, Episode, Kind, Signal, Series, Severity, Message string

	Time time.Time
}

func findings(t *testing.T, out string) (all []said) {
	t.Helper()
	for line := range strings.Lines(out) {
		if !strings.HasPrefix(line, `{"type":"finding"`) {
			continue
		}
		var s said
		if err := json.Unmarshal([]byte(line), &s); err != nil {
			t.Fatal(err)
		}
		all = append(all, s)
	}
	return all
}

// rollout is a fleet of eight on the day of a release and twelve days after it.
func rollout(t *testing.T, leak, cache float64) string {
	t.Helper()
	var b bytes.Buffer
	series := scenario.Rollout{Instances: 8, Days: 20, At: 8, Leak: leak, Cache: cache}.Make(1, scenario.Weekdays)
	if err := scenario.WriteCSV(&b, series); err != nil {
		t.Fatal(err)
	}
	return write(t, "rollout.csv.gz", b.Bytes())
}

const release = `container_memory_working_set_bytes{component="ledger",version="7.4.1"}`

// TestReleaseThatLeaks: each instance leaks too slowly to be certain of, all together show it, and it is told once, of the
// release.
func TestReleaseThatLeaks(t *testing.T) {
	out, _ := run(t, options(t, rollout(t, 0.03, 0)))
	var of []said
	for _, s := range findings(t, out) {
		switch {
		case s.Series == release:
			of = append(of, s)
		case s.Severity != "info":
			t.Errorf("an instance was certain by itself: %+v", s)
		}
	}
	if len(of) < 2 {
		t.Fatalf("the release was told of %d times:\n%s", len(of), out)
	}
	for i, s := range of {
		if want := map[bool]string{true: "opened", false: "updated"}[i == 0]; s.Action != want || s.Kind != "leak" || s.Episode != of[0].Episode {
			t.Errorf("finding %d: %+v", i, s)
		}
	}
	first := of[0]
	if first.Severity != "warning" || first.Signal != "container-memory-growth/release:ledger/7.4.1" {
		t.Errorf("it was opened as %+v", first)
	}
	for _, words := range []string{"ledger 7.4.1 grows by", "ledger 7.4.0 does not grow", "on 8 instances", "came with this release"} {
		if !strings.Contains(first.Message, words) {
			t.Errorf("%q does not say %q", first.Message, words)
		}
	}
	if labels, err := telemetry.ParseSeries(first.Series); err != nil || labels.Get("version") != scenario.RolloutAfter {
		t.Errorf("series %q: %v", first.Series, err)
	}
}

// TestReleaseThatDoesNotLeak is the same without the leak, and with a cache in its place.
func TestReleaseThatDoesNotLeak(t *testing.T) {
	for _, cache := range []float64{0, 0.1} {
		out, _ := run(t, options(t, rollout(t, 0, cache)))
		for _, s := range findings(t, out) {
			if s.Severity != "info" || s.Series == release {
				t.Errorf("said of a release that fills a cache of %v: %+v", cache, s)
			}
		}
	}
}

// TestReleasesByAnyWorkers: how many share the fleet changes nothing; text and page tell of it, too.
func TestReleasesByAnyWorkers(t *testing.T) {
	file := rollout(t, 0.03, 0)
	var outs []string
	for _, workers := range []int{1, 3} {
		o := options(t, file)
		o.Workers = workers
		out, _ := run(t, o)
		outs = append(outs, out)
	}
	if diff := cmp.Diff(outs[0], outs[1]); diff != "" {
		t.Errorf("one worker and three (-one +three):\n%s", diff)
	}
	for _, form := range []string{backtest.Text, backtest.HTML} {
		o := options(t, file)
		o.Output, o.Language = form, i18n.Chinese
		if out, _ := run(t, o); !strings.Contains(out, "ledger 7.4.1") {
			t.Errorf("%s does not tell of the release", form)
		}
	}
}
