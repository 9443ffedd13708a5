package baseline_test

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"
	"unsafe"

	"github.com/google/go-cmp/cmp"

	"github.com/forewarn/forewarn/models/baseline"
	"github.com/forewarn/forewarn/models/calendar"
)

// scores plays a series with a daily load, noise and a spike, transformed, and returns what was scored.
func scores(change func(float64) float64) (out []float64) {
	r := rand.New(rand.NewPCG(3, 3))
	s := baseline.New(baseline.Level)
	play(&s, baseline.NewClock(nil), fiveMinutes, 20*288, func(i int) float64 {
		v := 50 + 20*math.Sin(2*math.Pi*float64(i)/288) + r.NormFloat64()
		if i == 18*288 {
			v += 40
		}
		return change(v)
	}, func(i int, j *baseline.Judgement) {
		if i > 288 { // before, rounding is judged, which depends on the size of a value
			out = append(out, j.Score)
		}
	})
	return out
}

func TestScoresDoNotDependOnUnits(t *testing.T) {
	want := scores(func(v float64) float64 { return v })
	near := cmp.Comparer(func(a, b float64) bool { return math.Abs(a-b) < 0.02 })
	if diff := cmp.Diff(want, scores(func(v float64) float64 { return 1024 * v }), near); diff != "" {
		t.Errorf("1024 times as large: %s", diff)
	}
	if diff := cmp.Diff(want, scores(func(v float64) float64 { return v - 10 }), near); diff != "" {
		t.Errorf("less 10: %s", diff)
	}
}

func TestSpikeScoresHighestAndAtOnce(t *testing.T) {
	all := scores(func(v float64) float64 { return v })
	const spike = 18*288 - 289
	for i, v := range all[288:] {
		if i+288 != spike && v >= all[spike] {
			t.Fatalf("sample %d scores %.3f, the spike %.3f", i+288, v, all[spike])
		}
	}
	if all[spike] < baseline.Onset {
		t.Errorf("the spike scores %.3f, below the onset of something new", all[spike])
	}
}

// TestScoreIsMonotone asks twins what they think of ever larger values.
func TestScoreIsMonotone(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 4))
	s := baseline.New(baseline.Level)
	clock := baseline.NewClock(nil)
	play(&s, clock, 60, 15000, func(int) float64 { return r.NormFloat64() }, func(int, *baseline.Judgement) {})
	before := -1.0
	for v := 1.0; v < 100; v *= 1.1 {
		twin := s
		j, _ := twin.Observe(clock.At(1_767_225_600_000+15000*60_000), v, baseline.Terms{})
		if j.Score < before || j.Score > 1 {
			t.Fatalf("%.3g scores %.4f, less than %.4f of what is smaller", v, j.Score, before)
		}
		before = j.Score
	}
}

// TestNeverNaN plays what real senders send: constants, jumps, gaps, one value in a thousand, huge and tiny numbers.
func TestNeverNaN(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	f := func(name string, interval int64, value func(i int) float64) {
		t.Helper()
		for _, nature := range []baseline.Nature{baseline.Level, baseline.Positive, baseline.Share} {
			s := baseline.New(nature)
			play(&s, baseline.NewClock(nil), interval, 4000, value, func(i int, j *baseline.Judgement) {
				if !(j.Score >= 0 && j.Score <= 1) || math.IsNaN(j.Low) || math.IsNaN(j.High) || math.IsNaN(j.Rarity) {
					t.Fatalf("%s: sample %d: %+v", name, i, *j)
				}
			})
		}
	}
	f("constant", 60, func(int) float64 { return 45 })
	f("zero", 60, func(int) float64 { return 0 })
	f("steps", 60, func(i int) float64 { return float64(i / 500 * 1000) })
	f("rare", 60, func(i int) float64 { return float64(i%1000/999) * 1e6 })
	f("huge", 10, func(int) float64 { return 1e18 * r.NormFloat64() / 10 })
	f("tiny", 10, func(int) float64 { return 1e-200 * r.NormFloat64() })
	f("not finite", 10, func(i int) float64 { return []float64{math.NaN(), math.Inf(1), 1, 2}[i%4] })
	f("daily", daySeconds, func(int) float64 { return r.NormFloat64() })
	f("change of unit", 300, func(i int) float64 { return math.Pow(1000, float64(i/2000)) * (5 + r.NormFloat64()) })
}

func TestConstantSeriesIsQuietAndItsChangeIsNot(t *testing.T) {
	s := baseline.New(baseline.Level)
	flagged := 0
	play(&s, baseline.NewClock(nil), fiveMinutes, 30*288+12, func(i int) float64 {
		return float64(45 + i/(30*288)*10)
	}, func(i int, j *baseline.Judgement) {
		if j.Flagged && i < 30*288 {
			t.Fatalf("flagged at sample %d of a constant", i)
		}
		if j.Flagged {
			flagged++
		}
	})
	if flagged == 0 {
		t.Error("a constant that changes is not flagged within an hour")
	}
}

func TestGapsAreNoAnomalies(t *testing.T) {
	r := rand.New(rand.NewPCG(6, 6))
	s, clock := baseline.New(baseline.Level), baseline.NewClock(nil)
	alarms := 0
	for i := range 60 * 288 {
		v := 10*math.Sin(2*math.Pi*float64(i)/288) + r.NormFloat64()
		if i/100%3 == 1 {
			continue
		}
		j, _ := s.Observe(clock.At(1_767_225_600_000+int64(i)*300_000), v, baseline.Terms{})
		if j.Action == baseline.Opened {
			alarms++
		}
	}
	if alarms > 0 {
		t.Errorf("%d alarms on a series with gaps of eight hours", alarms)
	}
}

func TestLevelThatStaysIsSaidOnce(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	s := baseline.New(baseline.Level)
	var actions []baseline.Action
	play(&s, baseline.NewClock(nil), fiveMinutes, 60*288, func(i int) float64 {
		return r.NormFloat64() + float64(i/(40*288)*12)
	}, func(_ int, j *baseline.Judgement) {
		if j.Action != baseline.None {
			actions = append(actions, j.Action)
		}
	})
	if len(actions) != 2 || actions[0] != baseline.Opened || actions[1] == baseline.Opened {
		t.Errorf("actions %v on a level that stays, want one that opens and one that ends", actions)
	}
}

// TestClosesAndHolidays plays two years of vouchers an hour: nothing of what comes every month, or on China's holidays, is
// an alarm in the second, and what comes on none is.
func TestClosesAndHolidays(t *testing.T) {
	zone := time.FixedZone("CST", 8*60*60)
	cal, err := calendar.New(calendar.Config{Zone: zone, Country: calendar.China})
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(8, 8))
	clock, s := baseline.NewClock(cal), baseline.New(baseline.Level)
	start := time.Date(2023, 1, 1, 0, 0, 0, 0, zone)
	fault := time.Date(2025, 1, 14, 10, 0, 0, 0, zone)
	alarms, found := 0, false
	for at := start; at.Before(fault.Add(3 * time.Hour)); at = at.Add(15 * time.Minute) {
		day, hour := cal.Day(at), float64(at.Hour())+float64(at.Minute())/60
		v := 100 + 800*math.Exp(-(hour-14)*(hour-14)/18)
		if !day.Working() {
			v = 100 + 0.1*(v-100)
		}
		if day.Class == calendar.MonthEnd {
			v = 100 + 2*(v-100)
		}
		if !at.Before(fault) {
			v *= 2
		}
		v += 20 * r.NormFloat64()
		j, _ := s.Observe(clock.At(at.UnixMilli()), v, baseline.Terms{})
		found = found || j.Flagged && !at.Before(fault)
		if j.Action == baseline.Opened && at.Before(fault) && at.Sub(start) > 366*24*time.Hour {
			t.Logf("alarm at %s, %v", at, day)
			alarms++
		}
	}
	if alarms > 0 {
		t.Errorf("%d alarms in the second year", alarms)
	}
	if !found {
		t.Error("twice the load on an ordinary day is not found")
	}
}

func TestHeirKnowsTheHours(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 9))
	load := func(i int) float64 { return 50 + 40*math.Sin(2*math.Pi*float64(i)/288) + r.NormFloat64() }
	s := baseline.New(baseline.Level)
	clock := baseline.NewClock(nil)
	play(&s, clock, fiveMinutes, 30*288, load, func(int, *baseline.Judgement) {})
	heir := s.Inherit()
	if heir.Open != 0 {
		t.Error("an heir begins within an excursion")
	}
	found := false
	for i := 30 * 288; i < 30*288+144; i++ {
		v := load(i)
		if i >= 30*288+72 {
			v -= 30
		}
		j, _ := heir.Observe(clock.At(1_767_225_600_000+int64(i)*300_000), v, baseline.Terms{})
		if j.Flagged && i < 30*288+72 {
			t.Fatalf("an heir is flagged for its usual load, at sample %d", i)
		}
		found = found || j.Flagged
	}
	if !found {
		t.Error("an heir's fault within its first day is not found")
	}
}

func TestSizeOfState(t *testing.T) {
	b, err := new(baseline.Series).AppendBinary(nil)
	if err != nil || len(b) > 400 {
		t.Errorf("state of %d bytes, %v; want at most 400", len(b), err)
	}
	if n := unsafe.Sizeof(baseline.Series{}); n > 408 {
		t.Errorf("a series takes %d bytes of memory", n)
	}
}

func BenchmarkObserve(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	clock, s := baseline.NewClock(nil), baseline.New(baseline.Level)
	var values [4096]float64
	for i := range values {
		values[i] = r.NormFloat64()
	}
	millis := int64(1_767_225_600_000)
	b.ReportAllocs()
	for b.Loop() {
		millis += 15_000
		s.Observe(clock.At(millis), values[millis/15_000%4096], baseline.Terms{})
	}
}
