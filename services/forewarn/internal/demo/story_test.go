package demo

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/forewarn/forewarn/models/calendar"
	"github.com/forewarn/forewarn/services/forewarn/internal/backtest/contest"
	"github.com/forewarn/forewarn/services/trend"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/signal"
	"github.com/forewarn/forewarn/shared/telemetry"
)

func china(t *testing.T) *calendar.Calendar {
	t.Helper()
	c, err := calendar.New(calendar.Config{Zone: time.FixedZone("UTC+8", 8*3600), Country: calendar.China})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// told is what a worker says of a story: the signals that it warned of, and those with an open episode at the end.
type told struct {
	warned, open map[string]bool
	result       contest.Result
}

func tell(t *testing.T, p Plan) told {
	t.Helper()
	cat, err := signal.Open(signal.Config{})
	if err != nil {
		t.Fatal(err)
	}
	s, w := NewStory(p), trend.NewWorker(trend.DefaultConfig(), cat, p.Calendar)
	tally := contest.NewTally(w.State)
	w.Watch(tally.Observe)
	out := told{map[string]bool{}, map[string]bool{}, contest.Result{}}
	hear := func(findings []finding.Finding) {
		for i := range findings {
			f := &findings[i]
			tally.Hear(f)
			out.warned[f.Signal] = out.warned[f.Signal] || f.Severity.Rank() >= finding.Warning.Rank()
			out.open[f.Signal] = f.Action != finding.Resolved
		}
	}
	for at := s.Start; !at.After(s.End); at = at.Add(Interval) {
		hear(w.Observe(at, s.Step(at)))
		if at.Truncate(tickEvery).Equal(at) {
			hear(w.Tick(at))
		}
	}
	if signals, _ := w.Len(); signals != len(s.resources) {
		t.Errorf("%d signals are read of %d resources", signals, len(s.resources))
	}
	maps.DeleteFunc(out.warned, func(_ string, warned bool) bool { return !warned })
	out.result = contest.Standings([]*contest.Tally{tally})
	return out
}

// TestStory: whenever it is told, and with whatever dice, what fails is warned of in time, and nothing else but what is
// about to fail.
func TestStory(t *testing.T) {
	const (
		ledger  = "filesystem-space/volume:demo-db-01:/oradata/LEDGER_DATA"
		runaway = "filesystem-space/volume:demo-app-02:/var/log"
		leak    = "process-memory/process:demo-app-01:weblogic:7001"
		exports = "filesystem-space/volume:demo-report-01:/data/exports"
		portal  = "certificate-of-endpoint/certificate:demo-app-01%3A443"
	)
	f := func(seed uint64, days int, end string) {
		t.Run(fmt.Sprintf("%d days to %s", days, end), func(t *testing.T) {
			t.Parallel()
			at, err := time.Parse(time.RFC3339, end)
			if err != nil {
				t.Fatal(err)
			}
			got := tell(t, Plan{Seed: seed, Days: days, End: at, Calendar: china(t)})
			if diff := cmp.Diff([]string{portal, runaway, ledger, exports, leak}, slices.Sorted(maps.Keys(got.warned))); diff != "" {
				t.Errorf("warned of (-want +got):\n%s", diff)
			}
			if !got.open[exports] {
				t.Error("nothing is left open")
			}
			lead := map[string]time.Duration{}
			for _, v := range got.result.Verdicts {
				lead[v.State.Key] = v.Lead
			}
			if len(lead) != 3 || lead[ledger] < 12*time.Hour || lead[leak] < 24*time.Hour || lead[runaway] < time.Hour {
				t.Errorf("warned ahead of the failures by %v", lead)
			}
		})
	}
	f(1, 60, "2026-11-25T19:00:00Z")
	f(2, 21, "2026-02-24T11:50:00Z")
	f(3, 30, "2026-06-18T15:52:31Z")
	f(4, 45, "2026-10-12T02:00:00Z") // after a week of holidays
	f(5, 60, "2027-03-07T23:59:59Z")
}

// play returns the samples of a story's first days as text.
func play(seed uint64, cal *calendar.Calendar) string {
	s := NewStory(Plan{Seed: seed, Days: 30, End: time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC), Calendar: cal})
	var b strings.Builder
	for at := s.Start; at.Before(s.Start.AddDate(0, 0, 2)); at = at.Add(Interval) {
		b.Write(telemetry.AppendBatch(nil, s.Step(at)))
	}
	return b.String()
}

func TestSeeds(t *testing.T) {
	cal := china(t)
	first := play(1, cal)
	if again := play(1, cal); again != first {
		t.Error("the same seed tells another story")
	}
	if play(2, cal) == first {
		t.Error("another seed tells the same story")
	}
}

func TestStairs(t *testing.T) {
	f := func(hour, end, want float64) {
		t.Helper()
		if got := stairs(moment{hour: hour}, 8, 14, 20, end); got != want {
			t.Errorf("at %v, cleaned up at %v: %v steps, want %v", hour, end, got, want)
		}
	}
	f(7.9, 2, 0)
	f(8, 2, 1)
	f(19, 2, 2)
	f(23, 2, 3)
	f(1.9, 2, 3)
	f(2, 2, 0)
	f(21, 22, 3)
	f(22.5, 22, 0)
}

// TestClosing: the ledger fills in a close, unless there was no time to learn before it.
func TestClosing(t *testing.T) {
	f := func(days int, before, want string) {
		t.Helper()
		s := NewStory(Plan{Days: days, End: time.Date(2026, 6, 26, 4, 0, 0, 0, time.UTC), Calendar: china(t)})
		at, err := time.Parse(time.RFC3339, before)
		if err != nil {
			t.Fatal(err)
		}
		if got := s.closing(at, 15).Format(time.RFC3339); got != want {
			t.Errorf("%d days: %s, want %s", days, got, want)
		}
	}
	f(60, "2026-06-23T04:00:00Z", "2026-06-02T07:00:00Z") // two working days after the end of May
	f(21, "2026-06-23T04:00:00Z", "2026-06-18T07:00:00Z") // there was no time to learn before that; and the 19th is a holiday
}
