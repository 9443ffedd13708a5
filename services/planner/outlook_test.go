package planner

import (
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/forewarn/forewarn/services/planner/internal/driver"
	"github.com/forewarn/forewarn/services/planner/internal/past"
	"github.com/forewarn/forewarn/shared/entity"
	"github.com/forewarn/forewarn/shared/plan"
	"github.com/forewarn/forewarn/shared/signal"
)

// taskOf is a signal whose use on each of the days before monday is f of the day's number.
func taskOf(accumulates bool, unit string, limit float64, days int, f func(day int) float64) task {
	var p past.Peaks
	for d := range days {
		p.Add(monday.AddDate(0, 0, d-days).UnixMilli(), f(d))
	}
	return task{
		state: signal.State{Key: "k", Rule: "r", Entity: entity.Entity{Name: "/u01 on erp-01"}, Unit: unit, Limit: limit, UpdatedAt: monday},
		rule:  &signal.Rule{Accumulates: accumulates}, peaks: &p, now: monday,
	}
}

func mustPlan(t *testing.T, cfg Config, k task, what asked) plan.Plan {
	t.Helper()
	p, err := maker{cfg}.plan(k, what)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := json.Marshal(p); err != nil {
		t.Fatalf("cannot be written: %v", err)
	}
	return p
}

// TestSteadyGrowth: 1 GiB a day, 300 GiB used of 500: the dates and amounts are exact, since there is no noise.
func TestSteadyGrowth(t *testing.T) {
	steady := func(d int) float64 { return float64(d+1) * gib }
	k := taskOf(true, "bytes", 500*gib, 300, steady)
	cfg := DefaultConfig()
	p := mustPlan(t, cfg, k, nil)
	if p.Step != "week" || math.Abs(p.GrowthPerMonth/gib-365.2425/12) > 0.01 || math.Abs(p.Used-300*gib) > 1 {
		t.Errorf("by %s, %v GiB a month, used %v GiB", p.Step, p.GrowthPerMonth/gib, p.Used/gib)
	}
	want := monday.AddDate(0, 0, 200-4) // the Monday of the week in which 200 days are over
	if p.Full.P50 == nil || !p.Full.P50.Equal(want) || !p.Full.P10.Equal(want) || !p.Full.P90.Equal(want) {
		t.Errorf("full %+v, want %v", p.Full, want)
	}
	if b := p.Purchase; b.By == nil || !b.By.Equal(want) || math.Abs(b.Amount/gib-(300+53*7-500)) > 0.01 {
		t.Errorf("purchase %+v", b)
	}
	if !strings.HasPrefix(p.Basis.Formula, "/u01 on erp-01, growth a week in GiB = 7 ") {
		t.Errorf("formula %s", p.Basis.Formula)
	}
	if len(p.Forecast) != 6 || math.Abs(p.Forecast[0].P50/gib-(300+4*7)) > 0.01 || math.Abs(p.Forecast[5].P50/gib-(300+27*7)) > 0.01 {
		t.Errorf("forecast %+v", p.Forecast)
	}
	cfg.Headroom, k.state.Limit = 0.5, 1000*gib
	if p := mustPlan(t, cfg, k, nil); !p.Full.P50.Equal(want) {
		t.Errorf("half of twice as much is reached on %v, want %v", p.Full.P50, want)
	}
}

// TestMonthsWhereThereIsAYear: with 13 full months these are the points.
func TestMonthsWhereThereIsAYear(t *testing.T) {
	p := mustPlan(t, DefaultConfig(), taskOf(true, "bytes", 2000*gib, 500, func(d int) float64 { return float64(d) * gib }), nil)
	if p.Step != "month" || p.Basis.Points < 13 || p.Forecast[5].From != time.Date(2027, 4, 1, 0, 0, 0, 0, time.UTC) {
		t.Errorf("by %s, %d points, %+v", p.Step, p.Basis.Points, p.Forecast)
	}
}

// TestLevel: connections follow the users, and go to where they are said to be.
func TestLevel(t *testing.T) {
	users := func(d int) float64 { return 100 + 30*float64(d/14%2) }
	k := taskOf(false, "connections", 2000, 280, func(d int) float64 { return 40 + 3*users(d) })
	s := series{Driver: Driver{Name: "users"}}
	for d := range 280 {
		s.days = append(s.days, driver.Day{Start: monday.AddDate(0, 0, d-280), Value: users(d)})
	}
	k.drivers = []series{s}
	p := mustPlan(t, DefaultConfig(), k, asked{"users": "300"})
	if got := p.Forecast[5].P50; math.Abs(got-940) > 5 {
		t.Errorf("300 users need %v connections, want 940", got)
	}
	if p.Purchase.By != nil || p.Purchase.Amount != 0 || p.Full.P50 != nil {
		t.Errorf("2,000 last: %+v, %+v", p.Full, p.Purchase)
	}
	if want := "not full within two years; what there is lasts until"; !strings.Contains(p.Words.En, want) {
		t.Errorf("words lack %q: %s", want, p.Words.En)
	}
	if diff := cmp.Diff(map[string]string{"users": "300"}, p.Basis.Drivers); diff != "" {
		t.Errorf("scenario (-want +got):\n%s", diff)
	}
	_, err := maker{DefaultConfig()}.plan(k, asked{"users": "many"})
	var r *refusal
	if !errors.As(err, &r) || r.code != plan.BadValue || !strings.Contains(r.message, `driver.users: "many" is neither growth`) {
		t.Errorf("a value that is none: %v", err)
	}
}

// TestMissing: where nothing can be planned, it is said why, and no number is told.
func TestMissing(t *testing.T) {
	flat := func(int) float64 { return gib }
	f := func(want string, k task) {
		t.Helper()
		p := mustPlan(t, DefaultConfig(), k, nil)
		if p.Missing == nil || p.Outlook != nil || !strings.Contains(p.Missing.En, want) || p.Missing.Zh == "" {
			t.Errorf("%+v, want that %q", p.Missing, want)
		}
	}
	f("needs 7 full weeks of history and has 0", taskOf(true, "bytes", gib, 0, flat))
	f("needs 7 full weeks of history and has 5", taskOf(true, "bytes", gib, 40, flat))
	f("needs 6 full weeks of history and has 5", taskOf(false, "bytes", gib, 40, flat))
	quiet := taskOf(true, "bytes", gib, 300, flat)
	quiet.state.UpdatedAt = monday.AddDate(0, 0, -8)
	f("no data since 2026-11-15", quiet)
	f("cannot be explained", taskOf(true, "files", 1e300, 300, flat))
	f("too many holes", taskOf(true, "files", 1e15, 300, func(d int) float64 { return 1e20 + float64(d) }))
	holes := taskOf(true, "bytes", gib, 0, nil)
	for w := range 20 {
		holes.peaks.Add(monday.AddDate(0, 0, 14*(w-20)).UnixMilli(), gib)
	}
	f("too many holes", holes)
}

// TestWords: shrinking and standing still are said as what they are.
func TestWords(t *testing.T) {
	f := func(want string, use func(d int) float64) {
		t.Helper()
		p := mustPlan(t, DefaultConfig(), taskOf(true, "files", 1e6, 300, use), nil)
		if !strings.Contains(p.Words.En, want) {
			t.Errorf("words lack %q: %s", want, p.Words.En)
		}
	}
	f("does not grow; not full within two years", func(int) float64 { return 1000 })
	f("shrinks by ", func(d int) float64 { return 1e5 - 100*float64(d) })
	f("grows by 304 files a month", func(d int) float64 { return 10 * float64(d) })
}
