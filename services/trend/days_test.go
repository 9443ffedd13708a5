package trend

import (
	"bytes"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/forewarn/forewarn/models/calendar"
	"github.com/forewarn/forewarn/shared/bustest"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/telemetry"
)

// in returns a calendar of weekends in a zone.
func in(t testing.TB, zone string) *calendar.Calendar {
	t.Helper()
	z, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	cal, err := calendar.New(calendar.Config{Zone: z, Country: "none"})
	if err != nil {
		t.Fatal(err)
	}
	return cal
}

// office is where work is done by Shanghai's clocks.
func office(t testing.TB) *calendar.Calendar { return in(t, "Asia/Shanghai") }

func snapshot(t testing.TB, w *Worker) []byte {
	t.Helper()
	b, err := bustest.State(w)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestOfficeHours: what grows on working days from 9 to 18 is full on a working day in these hours, if there is a calendar.
func TestOfficeHours(t *testing.T) {
	cal := office(t)
	zone := time.FixedZone("CST", 8*3600)
	works := func(at time.Time) bool {
		at = at.In(zone)
		return cal.Day(at).Working() && at.Hour() >= 9 && at.Hour() < 18
	}
	w := NewWorker(DefaultConfig(), catalogue(t), cal)
	share, dates := 0.2, 0
	for age := time.Duration(0); share < 0.9; age += 15 * time.Minute {
		at := start.Add(age)
		if works(at) {
			share += 0.025 / 36
		}
		for _, f := range w.Observe(at, ledger.at(at, share)) {
			if f.ETA.P50 == nil {
				continue
			}
			dates++
			if !works(*f.ETA.P50) {
				t.Errorf("at %v the date is %v", f.Time.In(zone), f.ETA.P50.In(zone))
			}
		}
	}
	if dates < 5 {
		t.Errorf("only %d dates were told", dates)
	}
}

// TestDaysAfterClocksChanged: the kinds of days belong to their dates on the first minutes of a day, too.
func TestDaysAfterClocksChanged(t *testing.T) {
	cal, cat := in(t, "Europe/Berlin"), catalogue(t)
	for at := time.Date(2026, 3, 1, 0, 30, 0, 0, time.UTC); at.Year() == 2026; at = at.Add(time.Hour) {
		w := NewWorker(DefaultConfig(), cat, cal)
		w.Tick(at)
		want, got := kind(cal.Day(at)), w.days.Kind[daysBack]
		if got == closingRest {
			got = uint8(calendar.RestDay)
		}
		if got != want {
			t.Fatalf("at %v today is of kind %d, want %d", at, got, want)
		}
	}
}

// TestKindsAroundAClose: the days of a close, those at its edges and its weekend are told apart.
func TestKindsAroundAClose(t *testing.T) {
	w := NewWorker(DefaultConfig(), catalogue(t), office(t))
	w.Tick(time.Date(2026, 1, 23, 4, 0, 0, 0, time.UTC)) // a Friday; the month ends on a Saturday
	work, rest, end := uint8(calendar.Workday), uint8(calendar.RestDay), uint8(calendar.MonthEnd)
	want := []uint8{work, rest, rest, work, beforeClose, end, end, end, closingRest, closingRest, afterClose, afterClose, work, work, work, rest}
	if diff := cmp.Diff(want, w.days.Kind[daysBack:daysBack+len(want)]); diff != "" {
		t.Error(diff)
	}
}

// TestHabitsAreTold: the evidence says how much grows on which days, and how often it was cleaned up.
func TestHabitsAreTold(t *testing.T) {
	cal := office(t)
	w := NewWorker(DefaultConfig(), catalogue(t), cal)
	share := 0.5
	var last finding.Finding
	for age := time.Duration(0); age < 40*day && share < 0.97; age += 15 * time.Minute {
		at := start.Add(age)
		if age == 5*day {
			share -= 0.2
		}
		if d := cal.Day(at); d.Working() {
			share += 0.03 / 96
		}
		for _, f := range w.Observe(at, ledger.at(at, share)) {
			last = f
		}
	}
	said := map[string]float64{}
	for _, e := range last.Evidence {
		said[e.Name] = e.Value
		if e.Text.En == "" || e.Text.Zh == "" {
			t.Errorf("%s has no words", e.Name)
		}
	}
	perDay := said["growth_per_workday"] / last.Limit
	if perDay < 0.025 || perDay > 0.035 || said["growth_per_rest_day"] > 0.005*last.Limit || said["cleaned"] != 1 {
		t.Errorf("told: %v of %v", said, last.Limit)
	}
}

// TestFewForecasts: of a signal that rests a forecast is made every hour, and at once when it jumps.
func TestFewForecasts(t *testing.T) {
	w := NewWorker(DefaultConfig(), catalogue(t), nil)
	flat := func(time.Duration) float64 { return 0.5 }
	play(w, ledger, 0, time.Hour, 15*time.Second, flat)
	before := w.Stats().Forecasts
	play(w, ledger, time.Hour, 25*time.Hour, 15*time.Second, flat)
	if n := w.Stats().Forecasts - before; n < 20 || n > 30 {
		t.Errorf("%d forecasts in a day of rest", n)
	}
	before = w.Stats().Forecasts
	play(w, ledger, 25*time.Hour, 25*time.Hour+time.Second, time.Second, func(time.Duration) float64 { return 0.52 })
	if n := w.Stats().Forecasts - before; n != 1 {
		t.Errorf("%d forecasts at a jump, want 1", n)
	}
}

// TestBatchSize: whether samples come one moment at a time or by ten minutes, the same is said of them.
func TestBatchSize(t *testing.T) {
	const width, step = 10 * time.Minute, time.Minute
	g := leaks()
	size := newGauge(func(age time.Duration) float64 {
		return 100 * gib * (0.2 + 0.14*age.Hours()/24 + 0.05*float64(age%(7*time.Hour))/float64(7*time.Hour))
	}, "node_filesystem_size_bytes", "mountpoint", "/u02", "device", "/dev/sdc", "fstype", "xfs")
	used := size.value
	size.value = always(100 * gib)
	avail := newGauge(func(age time.Duration) float64 { return max(0, 100*gib-used(age)) },
		"node_filesystem_avail_bytes", "mountpoint", "/u02", "device", "/dev/sdc", "fstype", "xfs")
	g = append(g, size, avail)
	one, ten := NewWorker(DefaultConfig(), catalogue(t), nil), NewWorker(DefaultConfig(), catalogue(t), nil)
	var want, got []finding.Finding
	batch := func(from, to time.Duration) *telemetry.Batch { return g.between(from, to, step) }
	for age := time.Duration(0); age < 7*day; age += width {
		for a := age; a < age+width; a += step {
			want = append(want, one.Observe(start.Add(a), batch(a, a+step))...)
		}
		got = append(got, ten.Observe(start.Add(age+width-step), batch(age, age+width))...)
	}
	if diff := cmp.Diff(want, got); diff != "" || len(want) < 5 {
		t.Errorf("%d findings: %s", len(want), diff)
	}
	for _, s := range one.sorted() {
		if !bytes.Equal(remembered(t, s), remembered(t, ten.signals[s.Key])) {
			t.Errorf("%s is remembered in another way", s.Key)
		}
	}
}
