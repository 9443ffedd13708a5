package contest

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/signal"
)

const start = int64(1767225600_000) // 2026-01-01

// play observes a use every five minutes for some days.
func play(days float64, observe func(at int64, share float64), share func(day float64) float64) {
	for i := range int64(days * 288) {
		observe(start+5*minute*i, share(float64(i)/288))
	}
}

func TestFailures(t *testing.T) {
	f := func(name string, days float64, share func(day float64) float64, want ...float64) {
		t.Helper()
		var c course
		play(days, c.observe, share)
		c.close()
		var got []float64
		for _, failure := range c.failures {
			got = append(got, math.Round(10*float64(failure.At-start)/float64(day))/10)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: days of failure (-want +got):\n%s", name, diff)
		}
	}
	f("flat", 30, func(float64) float64 { return 0.97 })
	f("fills", 30, func(d float64) float64 { return min(1, d/20) }, 19.9)
	f("full from the start", 30, func(float64) float64 { return 1 })
	f("full from the start, freed, full again", 30, func(d float64) float64 {
		if d < 5 {
			return 1
		}
		return min(1, (d-5)/20)
	}, 24.9)
	f("twice", 30, func(d float64) float64 { return min(1, math.Mod(d, 14)/10) }, 10, 24)
	f("twice without being free in between", 30, func(d float64) float64 {
		if d > 12 && d < 13 {
			return 0.96
		}
		return min(1, d/10)
	}, 10)
	touched := false
	f("touched once", 30, func(d float64) float64 {
		if d > 10 && !touched {
			touched = true
			return 1
		}
		return 0.9
	})
	f("killed at its limit", 10, func(d float64) float64 { return math.Mod(d, 4) / 3.995 }, 4, 8)
	f("ends at its limit", 10.001, func(d float64) float64 { return d / 10 }, 10)
}

// TestOnset: when the trouble began is found in the course.
func TestOnset(t *testing.T) {
	f := func(name string, share func(day float64) float64, want, within float64) {
		t.Helper()
		var c course
		play(40, c.observe, share)
		if len(c.failures) != 1 {
			t.Fatalf("%s: %d failures", name, len(c.failures))
		}
		if got := float64(c.failures[0].Onset-start) / float64(day); math.Abs(got-want) > within {
			t.Errorf("%s: began on day %.2f, want %.2f", name, got, want)
		}
	}
	f("a runaway within six hours", func(d float64) float64 { return min(1, max(0.4, 0.4+(d-30)*2.4)) }, 30, 0.1)
	f("growth for weeks", func(d float64) float64 { return min(1, d/36) }, 17.5, 1.5)
	f("a leak that is restarted", func(d float64) float64 {
		if d < 25 {
			return 0.3 + 0.7*math.Mod(d, 5)/6
		}
		return min(1, 0.3+0.7*(d-25)/5)
	}, 10, 0.6)
	f("a runaway after a disk that was cleared", func(d float64) float64 {
		if d < 20 {
			return 0.3 + d*0.03
		}
		return min(1, max(0.3, 0.3+(d-30)*2.8))
	}, 30, 0.1)
	f("saw-teeth that rise", func(d float64) float64 { return min(1, 0.3+0.018*d+0.04*math.Mod(d, 1)) }, 17.5, 1.5)
}

// known makes a tally that knows one signal, of a disk or of memory.
func known(kind signal.Kind) *Tally {
	return NewTally(func(key string) (signal.State, bool) {
		return signal.State{Key: key, Series: "series of " + strings.TrimPrefix(key, "other "), Kind: kind}, key != "unknown"
	})
}

func opened(at float64, severity finding.Severity) *finding.Finding {
	return &finding.Finding{Signal: "a", Episode: "e", Action: finding.Opened, Severity: severity, Time: time.UnixMilli(start + int64(at*float64(day)))}
}

func standing(t *testing.T, tally *Tally, name string) Standing {
	t.Helper()
	for _, s := range Standings([]*Tally{tally}).Standings {
		if s.Name == name {
			return s
		}
	}
	t.Fatalf("no %s", name)
	return Standing{}
}

// TestStandings: all methods are judged on the same failure by the same rule.
func TestStandings(t *testing.T) {
	tally := known(signal.Saturation)
	play(30, func(at int64, share float64) { tally.Observe("a", at, 100*share, 100) }, func(d float64) float64 { return min(1, 0.4+0.024*d) })
	tally.Hear(opened(15, finding.Info))
	rise := opened(20, finding.Warning)
	rise.Action = finding.Updated
	tally.Hear(rise)
	ours := standing(t, tally, Ours)
	if ours.Alarms != 1 || ours.Signals != 1 || ours.Failures != 1 || ours.Warned != 1 || math.Abs(float64(ours.LeadHours)-115) > 2 || ours.Weeks != 0 {
		t.Errorf("ours %+v; want a warning 4.8 days ahead", ours)
	}
	if s := standing(t, tally, "static_90"); s.Warned != 1 || math.Abs(float64(s.LeadHours)-96) > 3 {
		t.Errorf("static %+v; want a warning 4 days ahead", s)
	}
	if s := standing(t, tally, "predict_linear_1h"); s.Alarms != 1 || s.Warned != 0 {
		t.Errorf("predict_linear %+v; want an alarm too late to count", s)
	}
}

// TestAlarmsWithoutFailure count from the end of the learning time, per week.
func TestAlarmsWithoutFailure(t *testing.T) {
	tally := known(signal.Saturation)
	play(28, func(at int64, share float64) { tally.Observe("a", at, 100*share, 100) }, func(d float64) float64 {
		if d > 20 && d < 21 {
			return 0.95
		}
		return 0.5
	})
	tally.Hear(opened(20, finding.Warning))
	f := func(name string, want int) {
		t.Helper()
		s := standing(t, tally, name)
		if s.Harmless != want || math.Abs(float64(s.Weeks)-2) > 0.01 || math.Abs(float64(s.Rate)-float64(want)/2) > 0.01 || s.Failures != 0 {
			t.Errorf("%s: %+v; want %d in two weeks", name, s, want)
		}
	}
	f(Ours, 1)
	f("static_90", 1)
	f("node_mixin_6h", 1) // a line through a step
}

func TestSubjects(t *testing.T) {
	tally := known(signal.Leak)
	for _, key := range []string{"unknown", "limitless", "a", "other a", "b"} {
		limit := 100.0
		if key == "limitless" {
			limit = 0
		}
		tally.Observe(key, start, 50, limit)
		tally.Observe(key, start-1, 50, limit) // a clock that went back
	}
	var got []string
	for _, s := range Subjects([]*Tally{tally}) {
		got = append(got, s.State.Series)
	}
	if diff := cmp.Diff([]string{"series of a", "series of b"}, got); diff != "" {
		t.Errorf("two signals of a series are one subject (-want +got):\n%s", diff)
	}
	tally.Hear(&finding.Finding{Signal: "never met"})
	data, err := json.Marshal(standing(t, tally, Ours))
	if err != nil || !strings.Contains(string(data), `"lead_hours":null`) || !strings.Contains(string(data), `"alarms_without_failure_per_series_week":null`) {
		t.Errorf("%s, %v", data, err)
	}
}
