package score_test

import (
	"math"
	"testing"

	"github.com/forewarn/forewarn/services/forewarn/internal/scenario"
	"github.com/forewarn/forewarn/services/forewarn/internal/score"
)

const (
	hour = 3600
	day  = 24 * hour
)

// failing returns a disk that fills from day 10 to day 30.
func failing() *scenario.Truth {
	onset, failure := int64(10*day), int64(30*day)
	return &scenario.Truth{Kind: scenario.Exhaustion, Family: "linear-fill", End: failure, Onset: &onset, Failure: &failure}
}

// harmless returns a disk of 35 days to which nothing happens.
func harmless() *scenario.Truth {
	return &scenario.Truth{Kind: scenario.Exhaustion, Family: "high-flat", End: 35 * day}
}

func opened(at float64) score.Finding {
	return score.Finding{Time: at, Action: "opened", Severity: "warning", Episode: "e"}
}

func resolved(at float64) score.Finding {
	return score.Finding{Time: at, Action: "resolved", Severity: "warning", Episode: "e"}
}

func TestWarnedInTime(t *testing.T) {
	f := func(want bool, findings ...score.Finding) {
		t.Helper()
		if got := score.Judge(failing(), &score.Said{Findings: findings}); got.Warned != want {
			t.Errorf("warned %v, want %v, for %v", got.Warned, want, findings)
		}
	}
	f(false)
	f(true, opened(20*day))
	f(true, opened(30*day-12*hour))
	f(false, opened(30*day-11*hour))                        // too late
	f(false, opened(8*day))                                 // before the onset
	f(false, opened(20*day), resolved(29*day))              // taken back
	f(true, opened(20*day), resolved(30*day))               // resolved as it fails
	f(true, opened(8*day), resolved(9*day), opened(11*day)) // the second is right
	f(false, score.Finding{Time: 20 * day, Action: "opened", Severity: "info", Episode: "e"})
	f(true, opened(20*day), score.Finding{Time: 21 * day, Action: "updated", Severity: "critical", Episode: "e"})
	f(false, opened(20*day), score.Finding{Time: 21 * day, Action: "updated", Severity: "info", Episode: "e"})
	f(true, score.Finding{Time: 20 * day, Action: "opened", Episode: "e"}) // without severity
}

func TestFalseAlarms(t *testing.T) {
	f := func(wantFalse, wantLearning int, findings ...score.Finding) {
		t.Helper()
		got := score.Judge(harmless(), &score.Said{Findings: findings})
		if got.False != wantFalse || got.Learning != wantLearning || got.Weeks != 3 {
			t.Errorf("%d false, %d while learning, %v weeks; want %d, %d, 3", got.False, got.Learning, got.Weeks, wantFalse, wantLearning)
		}
	}
	f(0, 0)
	f(1, 0, opened(20*day))
	f(0, 1, opened(2*day), resolved(13*day))
	f(1, 0, opened(2*day), resolved(15*day)) // goes on after the learning time
	f(2, 0, opened(20*day), resolved(21*day), opened(22*day), resolved(23*day))
}

func TestAvoidedTroubleIsNoFalseAlarm(t *testing.T) {
	truth := harmless()
	truth.Family = "cleaned-in-time"
	got := score.Judge(truth, &score.Said{Findings: []score.Finding{opened(20 * day), resolved(25 * day)}})
	if !got.Risky || !got.Found || got.False != 0 || got.Weeks != 0 {
		t.Errorf("judged %+v", got)
	}
	truth.Family = "stopped-runaway"
	got = score.Judge(truth, &score.Said{Findings: []score.Finding{opened(20 * day)}})
	if got.Risky || got.False != 0 || got.Weeks != 0 {
		t.Errorf("what ends before it is decided counts: %+v", got)
	}
}

func TestDates(t *testing.T) {
	early := score.Silent(22 * day)
	early.P10, early.P50, early.P90 = 29*day, 31*day, 34*day
	got := score.Judge(failing(), &score.Said{Forecasts: []score.Forecast{early, score.Silent(28 * day)}})
	week, near := got.Dates[score.At7d], got.Dates[score.Near]
	if !week.Asked || math.Abs(week.Error-1.0/8) > 1e-9 || !week.Covered || math.Abs(week.Width-5.0/8) > 1e-9 {
		t.Errorf("at 7 days %+v", week)
	}
	if !near.Asked || near.Error != 1 || near.Covered || !math.IsNaN(near.Width) {
		t.Errorf("a forecast without a date is no miss: %+v", near)
	}
}

func TestOdds(t *testing.T) {
	f := func(truth *scenario.Truth, at, p, wantCount, wantSquares float64) {
		t.Helper()
		forecast := score.Silent(at)
		forecast.Within[score.Within24h] = p
		odds := score.Judge(truth, &score.Said{Forecasts: []score.Forecast{forecast}}).Odds[score.Odds24h]
		count := 0.0
		for _, b := range odds.Bins {
			count += b.Count
		}
		if count != wantCount || math.Abs(odds.Squares-wantSquares) > 1e-9 {
			t.Errorf("%v forecasts, squares %v; want %v, %v", count, odds.Squares, wantCount, wantSquares)
		}
	}
	f(failing(), 20*day, 0.1, 1, 0.01)
	f(failing(), 29.5*day, 0.9, 1, 0.01)
	f(failing(), 31*day, 0.9, 0, 0)        // too late
	f(failing(), 2*day, 0.9, 0, 0)         // too early to know the series
	f(failing(), 20*day, math.NaN(), 0, 0) // nothing said
	f(harmless(), 20*day, 0.2, 1, 0.04)    // nothing came
	f(harmless(), 34.5*day, 0.2, 0, 0)     // the data end first
}

func TestSweepFindsTheBestThreshold(t *testing.T) {
	var results []score.Result
	say := func(truth *scenario.Truth, urgency float64) {
		forecast := score.Silent(25 * day)
		forecast.Urgency = urgency
		results = append(results, score.Judge(truth, &score.Said{Forecasts: []score.Forecast{forecast}}))
	}
	say(failing(), 0.9)
	say(failing(), 0.4)
	say(harmless(), 0.5)
	equal := score.Summarize(results, 1).Equal
	for i, want := range []score.Number{0.5, 0.5, 1} { // a false alarm in three weeks is within 0.5 only
		if equal[i].Recall.Value != want {
			t.Errorf("recall %v at %v, want %v", equal[i].Recall.Value, equal[i].Budget, want)
		}
	}
}
