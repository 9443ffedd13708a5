package exhaustion

import (
	"bytes"
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

const t0 = int64(1_767_225_600_000) // 2026-01-01 00:00 UTC

// feed observes share(t) of 100 GB every step from the age of the last sample until the given age.
func feed(f *Forecaster, from, to, step time.Duration, share func(age time.Duration) float64) {
	const limit = 100e9
	for age := from; age <= to; age += step {
		f.Observe(t0+age.Milliseconds(), share(age)*limit, limit)
	}
}

func filling(start float64, full time.Duration) func(time.Duration) float64 {
	return func(age time.Duration) float64 { return min(1, start+(1-start)*age.Seconds()/full.Seconds()) }
}

func sawtooth(low, high float64, period time.Duration) func(time.Duration) float64 {
	return func(age time.Duration) float64 {
		return low + (high-low)*float64(age%period)/float64(period)
	}
}

// TestSteadyFill: at half time of a steady fill the date is within 25 % of the truth and the interval holds it,
// whatever the speed.
func TestSteadyFill(t *testing.T) {
	f := func(full, step time.Duration, path Path) {
		t.Helper()
		var fc Forecaster
		feed(&fc, 0, full/2, step, filling(0.02, full))
		got, left := fc.Forecast(Days{}), full/2
		if math.Abs(got.P50.Seconds()/left.Seconds()-1) > 0.25 {
			t.Errorf("full after %v: p50 at half time is %v, want %v within 25 %%", full, got.P50, left)
		}
		if got.P10 > left || got.P90 < left {
			t.Errorf("full after %v: interval %v to %v does not hold %v", full, got.P10, got.P90, left)
		}
		if got.Path != path {
			t.Errorf("full after %v: path %q, want %q", full, got.Path, path)
		}
		for i, h := range Horizons() {
			if h > 2*left && got.Within[i] < 0.9 {
				t.Errorf("full after %v: P within %v is %.2f, want >= 0.9", full, h, got.Within[i])
			}
			if h < left/2 && got.Within[i] > 0.1 {
				t.Errorf("full after %v: P within %v is %.2f, want <= 0.1", full, h, got.Within[i])
			}
		}
	}
	f(3*time.Minute, time.Second, FastPath)
	f(10*time.Minute, 5*time.Second, FastPath)
	f(90*time.Minute, 15*time.Second, FastPath)
	f(12*time.Hour, 15*time.Second, FastPath)
	f(30*24*time.Hour, 5*time.Minute, SlowPath)
	f(60*24*time.Hour, 5*time.Minute, SlowPath)
}

// TestHarmless: what production does every day is not a danger, at any moment of it.
func TestHarmless(t *testing.T) {
	noise := rand.New(rand.NewPCG(1, 2))
	f := func(name string, days int, share func(time.Duration) float64) {
		t.Helper()
		var fc Forecaster
		const step = 5 * time.Minute
		for age := time.Duration(0); age < time.Duration(days)*24*time.Hour; age += step {
			feed(&fc, age, age, step, share)
			got := fc.Forecast(Days{})
			if p := got.Within[1]; p > 0.5 && age > 24*time.Hour {
				t.Fatalf("%s: P within 24 h is %.2f after %v (%+v)", name, p, age, got)
			}
		}
	}
	flat := func(time.Duration) float64 { return 0.6 }
	f("flat", 14, flat)
	f("noise", 14, func(time.Duration) float64 { return 0.7 + 0.01*noise.NormFloat64() })
	f("daily saw-tooth to 97 %", 14, sawtooth(0.40, 0.97, 24*time.Hour))
	f("hourly rotation", 7, sawtooth(0.50, 0.80, time.Hour))
	for height := 0.1; height < 0.3; height += 0.05 {
		f("load of the day", 14, func(age time.Duration) float64 { // which comes down as slowly as it rises
			return 0.65 + height*math.Sin(age.Hours()/24*2*math.Pi) + 0.005*noise.NormFloat64()
		})
	}
	f("nightly batch", 14, func(age time.Duration) float64 {
		if h := age.Hours() - 24*math.Floor(age.Hours()/24); h > 1 && h < 3 {
			return 0.5 + 0.2*(h-1)
		}
		return 0.5
	})
	f("import that ends", 7, func(age time.Duration) float64 {
		return 0.3 + 0.3*min(1, max(0, age.Hours()-60)/0.2)
	})
	f("half-full plateau", 14, func(age time.Duration) float64 { return 0.8 * (1 - math.Exp(-age.Hours()/40)) })
}

// working is growth on weekdays from nine to six, of one share in so many days of work; 2026-01-01 was a Thursday.
func working(start, perDay float64, closing func(day int) float64) func(time.Duration) float64 {
	return func(age time.Duration) float64 {
		share, day := start, 0
		for ; time.Duration(day+1)*24*time.Hour <= age; day++ {
			if w := (day + 4) % 7; w != 6 && w != 0 {
				share += perDay * closing(day)
			}
		}
		if w := (day + 4) % 7; w != 6 && w != 0 {
			share += perDay * closing(day) * min(1, max(0, (age-time.Duration(day)*24*time.Hour).Hours()-9)/9)
		}
		return share
	}
}

// weekdays tells a model the kinds of the days: working days 0, days off 1, days of a close 2.
func weekdays(closing func(day int) float64) Days {
	d := Days{First: t0 / dayMillis, Kind: make([]uint8, 400)}
	for i := range d.Kind {
		switch w := (i + 4) % 7; {
		case w == 6 || w == 0:
			d.Kind[i] = 1
		case closing(i) > 1:
			d.Kind[i] = 2
		}
	}
	return d
}

// TestWorkingDays: what grows while people work is full while people work, and on the right day.
func TestWorkingDays(t *testing.T) {
	even := func(int) float64 { return 1 }
	var fc Forecaster
	feed(&fc, 0, 28*24*time.Hour+14*time.Hour, 10*time.Minute, working(0.31, 0.02, even))
	// Twenty working days are over and one is half done: 34 and a half fill it, on day 48 at half past one.
	got := fc.Forecast(weekdays(even))
	want := 48*24*time.Hour + 13*time.Hour + 30*time.Minute - (28*24*time.Hour + 14*time.Hour)
	if got.Path != SlowPath || (got.P50-want).Abs() > 24*time.Hour || got.P10 > want || got.P90 < want {
		t.Errorf("p50 %v (%v to %v) by %s, want %v", got.P50, got.P10, got.P90, got.Path, want)
	}
	if hour := (14*time.Hour + got.P50) % (24 * time.Hour); hour < 9*time.Hour || hour > 19*time.Hour {
		t.Errorf("full at %v of the day, want working hours", hour)
	}
}

// TestMonthEnd: the days of a close are told apart once one has been seen, and the next close is foreseen.
func TestMonthEnd(t *testing.T) {
	closing := func(day int) float64 {
		if day%30 >= 26 {
			return 4
		}
		return 1
	}
	var fc Forecaster
	feed(&fc, 0, 52*24*time.Hour+8*time.Hour, 10*time.Minute, working(0.2, 0.01, closing))
	with, without := fc.Forecast(weekdays(closing)), fc.Forecast(Days{})
	full := 0
	for share := working(0.2, 0.01, closing); share(time.Duration(full)*24*time.Hour) < 1; full++ {
	}
	want := time.Duration(full)*24*time.Hour - (52*24*time.Hour + 8*time.Hour)
	if (with.P50 - want).Abs() > want/8 {
		t.Errorf("p50 %v, want about %v", with.P50, want)
	}
	if (with.P50 - want).Abs() > (without.P50 - want).Abs() {
		t.Errorf("the calendar made it worse: %v with, %v without, want %v", with.P50, without.P50, want)
	}
}

// TestSawtoothThatRises: the limit is met by a peak, so the date is before that of the middle of the saw-tooth.
func TestSawtoothThatRises(t *testing.T) {
	var fc Forecaster
	tooth := sawtooth(0, 0.2, 36*time.Hour)
	share := func(age time.Duration) float64 { return 0.3 + 0.015*age.Hours()/24 + tooth(age) }
	full := time.Duration(0)
	for ; share(full) < 1; full += 10 * time.Minute {
	}
	at := full - 7*24*time.Hour
	feed(&fc, 0, at, 10*time.Minute, share)
	if got := fc.Forecast(Days{}); (got.P50 - 7*24*time.Hour).Abs() > 50*time.Hour {
		t.Errorf("a week before the end p50 is %v", got.P50)
	}
	feed(&fc, at, full-12*time.Hour, 10*time.Minute, share)
	if got := fc.Forecast(Days{}); got.Within[1] < 0.6 || (got.P50-12*time.Hour).Abs() > 5*time.Hour {
		t.Errorf("half a day before the end: %+v", got)
	}
}

// TestAccelerating: growth that grows is met earlier than a straight line says.
func TestAccelerating(t *testing.T) {
	var fc Forecaster
	const full = 30 * 24 * time.Hour
	feed(&fc, 0, 23*24*time.Hour, 10*time.Minute, func(age time.Duration) float64 { return 0.3 + 0.7*math.Pow(age.Hours()/full.Hours(), 2) })
	if got := fc.Forecast(Days{}); (got.P50 - 7*24*time.Hour).Abs() > 36*time.Hour {
		t.Errorf("a week before the end p50 is %v by %s", got.P50, got.Path)
	}
}

// TestNoNews: what a signal has done for days is usual; being full is, only if it was so before.
func TestNoNews(t *testing.T) {
	var fc Forecaster
	feed(&fc, 0, 5*24*time.Hour, 10*time.Minute, sawtooth(0.5, 0.97, 12*time.Hour))
	if got := fc.Forecast(Days{}); got.Usual < 0.96 {
		t.Errorf("usual is %v, want the height of the peaks", got.Usual)
	}
	fc.Observe(fc.LastMillis+60_000, 100e9, 100e9)
	if got := fc.Forecast(Days{}); got.Within[0] != 1 {
		t.Errorf("full for the first time: %+v", got)
	}
}

// TestLearning: nothing is predicted before a minute and eight buckets have been seen.
func TestLearning(t *testing.T) {
	var fc Forecaster
	if got := fc.Forecast(Days{}); !got.Learning || got.Path != None || got.P50 != Never {
		t.Errorf("empty: %+v", got)
	}
	feed(&fc, 0, 30*time.Second, time.Second, filling(0.5, 2*time.Minute))
	if got := fc.Forecast(Days{}); !got.Learning || got.Within != [4]float64{} {
		t.Errorf("after 30 s: %+v", got)
	}
	feed(&fc, 31*time.Second, 90*time.Second, time.Second, filling(0.5, 2*time.Minute))
	if got := fc.Forecast(Days{}); got.Learning {
		t.Errorf("after 90 s it is still learning: %+v", got)
	}
}

// TestFillOverMidnight: what has climbed since it is known goes on to be told when its first day ends, once it is higher
// than that day was.
func TestFillOverMidnight(t *testing.T) {
	var fc Forecaster
	for age := time.Duration(0); age < 30*time.Hour; age += time.Minute {
		fc.Observe(t0+age.Milliseconds(), 20+70*age.Hours()/27*27/30, 100)
		if got := fc.Forecast(Days{}); age > 18*time.Hour && age%(24*time.Hour) > 30*time.Minute && got.P50 == Never {
			t.Fatalf("after %v: %+v", age, got)
		}
	}
}

// TestAccidentIsNoHabit: a fill that people cleaned up some days ago does not make the next one harmless, and
// neither does one of an hour ago; a third like it on the same day does.
func TestAccidentIsNoHabit(t *testing.T) {
	const day = 24 * time.Hour
	var fc Forecaster
	accident := func(from time.Duration) Forecast {
		feed(&fc, from, from+45*time.Minute, 15*time.Second, func(age time.Duration) float64 { return 0.3 + 0.7*(age-from).Minutes()/60 })
		got := fc.Forecast(Days{})
		feed(&fc, from+46*time.Minute, from+2*time.Hour, time.Minute, func(time.Duration) float64 { return 0.3 })
		return got
	}
	feed(&fc, 0, 7*day, 5*time.Minute, func(time.Duration) float64 { return 0.3 })
	for i, from := range []time.Duration{7*day + 9*time.Hour, 9*day + 9*time.Hour, 9*day + 12*time.Hour} {
		if got := accident(from); got.Within[0] < 0.9 {
			t.Errorf("accident %d: P within 4 h is %.2f", i, got.Within[0])
		}
	}
	accident(9*day + 15*time.Hour)
	if got := accident(9*day + 18*time.Hour); got.Within[0] > 0.5 {
		t.Errorf("the fourth of the day is taken for news: P within 4 h is %.2f", got.Within[0])
	}
}

// TestRewind: after a clock that was ahead, the fill that follows is seen, and what was known before it is kept.
func TestRewind(t *testing.T) {
	const day = 24 * time.Hour
	var fc Forecaster
	feed(&fc, 0, 20*day, 10*time.Minute, filling(0.1, 40*day))
	feed(&fc, 22*day, 22*day+time.Hour, time.Minute, func(time.Duration) float64 { return 0.9 })
	fc.Rewind(t0 + (20*day + 10*time.Minute).Milliseconds())
	feed(&fc, 20*day+10*time.Minute, 21*day, 10*time.Minute, filling(0.1, 40*day))
	if got := fc.Forecast(Days{}); got.Path != SlowPath || math.Abs(got.P50.Hours()/24-19) > 4 {
		t.Errorf("p50 %v by %q, want about 19 days by the days before the jump", got.P50, got.Path)
	}
	before := fc
	fc.Rewind(fc.LastMillis + 1)
	fc.Rewind(-1)
	if fc != before {
		t.Error("a rewind to no past changed the state")
	}
}

// TestRisingWithoutADate: a climb that was seen too briefly for a date is still told, a plain is not.
func TestRisingWithoutADate(t *testing.T) {
	var fc Forecaster
	feed(&fc, 0, 5*time.Minute, 5*time.Second, filling(0.5, time.Hour))
	if got := fc.Forecast(Days{}); got.P50 != Never || !got.Rising {
		t.Errorf("5 minutes of a climb of an hour: %+v", got)
	}
	fc = Forecaster{}
	feed(&fc, 0, 5*time.Minute, 5*time.Second, func(time.Duration) float64 { return 0.5 })
	if got := fc.Forecast(Days{}); got.Rising {
		t.Errorf("a plain: %+v", got)
	}
}

// TestForecastAllocatesNothing: millions of them must not burden the collector.
func TestForecastAllocatesNothing(t *testing.T) {
	var fc Forecaster
	feed(&fc, 0, 30*24*time.Hour, 10*time.Minute, filling(0.1, 40*24*time.Hour))
	if n := testing.AllocsPerRun(10, func() { fc.Forecast(Days{}) }); n != 0 {
		t.Errorf("a forecast allocates %v times", n)
	}
}

// TestNothingIsCertain: what is not full yet is never told to be full for sure.
func TestNothingIsCertain(t *testing.T) {
	var fc Forecaster
	feed(&fc, 0, 58*time.Minute, 5*time.Second, filling(0, time.Hour))
	if got := fc.Forecast(Days{}); got.Within[0] < 0.99 || got.Within[3] >= 1 {
		t.Errorf("two minutes before the end: %+v", got)
	}
}

// TestCleanedAfterFull: what was full and is cleaned up is not full any more, also where that is a habit.
func TestCleanedAfterFull(t *testing.T) {
	const day = 24 * time.Hour
	for teeth := range 6 {
		var fc Forecaster
		for d := range 3 + teeth {
			from := time.Duration(d) * day
			feed(&fc, from, from+20*time.Hour, 5*time.Minute, func(age time.Duration) float64 {
				return 0.2 + 0.8*(age-from).Hours()/20*float64(min(teeth, 1))
			})
		}
		at := time.Duration(3+teeth) * day
		feed(&fc, at, at+20*time.Hour, 5*time.Minute, func(age time.Duration) float64 { return 0.2 + 0.8*(age-at).Hours()/20 })
		feed(&fc, at+20*time.Hour, at+22*time.Hour, 5*time.Minute, func(time.Duration) float64 { return 0.2 })
		if got := fc.Forecast(Days{}); got.P50 < 4*time.Hour || got.Within[0] > 0.3 {
			t.Errorf("after %d teeth: %+v", teeth, got)
		}
	}
}

func TestCleanUpEndsTheDanger(t *testing.T) {
	var fc Forecaster
	feed(&fc, 0, 2*time.Minute, time.Second, filling(0.1, 150*time.Second))
	if got := fc.Forecast(Days{}); got.Within[0] < 0.9 {
		t.Fatalf("before the clean-up: %+v", got)
	}
	feed(&fc, 121*time.Second, 140*time.Second, time.Second, func(time.Duration) float64 { return 0.2 })
	if got := fc.Forecast(Days{}); got.Within[3] != 0 {
		t.Errorf("after the clean-up: %+v", got)
	}
}

func TestFullNow(t *testing.T) {
	var fc Forecaster
	fc.Observe(t0, 101, 100)
	if got := fc.Forecast(Days{}); got.P50 != 0 || got.Within[0] != 1 || got.Used != 1.01 {
		t.Errorf("at 101 %%: %+v", got)
	}
}

// TestResize: a volume that is doubled keeps its history in absolute units, so its slope halves and goes on.
func TestResize(t *testing.T) {
	var fc Forecaster
	day := 24 * time.Hour
	for age := time.Duration(0); age <= 20*day; age += 10 * time.Minute {
		limit := 100e9
		if age > 19*day+12*time.Hour {
			limit = 200e9
		}
		fc.Observe(t0+age.Milliseconds(), 2e9+3e9*age.Hours()/24, limit)
	}
	got := fc.Forecast(Days{})
	want := (200 - 62) / 3.0 // days
	if got.Path != SlowPath || math.Abs(got.P50.Hours()/24/want-1) > 0.15 {
		t.Errorf("p50 %v by %q, want about %.0f days", got.P50, got.Path, want)
	}
}

func TestObserveRefuses(t *testing.T) {
	f := func(millis int64, used, limit float64) {
		t.Helper()
		var fc Forecaster
		if fc.Observe(millis, used, limit) {
			t.Errorf("accepted %v of %v at %d", used, limit, millis)
		}
		if fc != (Forecaster{}) {
			t.Errorf("%v of %v at %d left a trace", used, limit, millis)
		}
	}
	f(t0, math.NaN(), 1)
	f(t0, math.Inf(1), 1)
	f(t0, 1, math.Inf(1))
	f(t0, 1, 0)
	f(t0, 1, math.NaN())
	f(t0, -1, 10)
	f(t0, 1, -1)
	f(t0, 1e300, 1e-300)
	f(0, 1, 2)
	f(-5, 1, 2)
}

// TestLateSamples: a sample that comes late changes what is remembered of its time, not the newest state; one
// older than the memory is refused.
func TestLateSamples(t *testing.T) {
	var fc Forecaster
	feed(&fc, 0, 24*time.Hour, time.Minute, func(time.Duration) float64 { return 0.5 })
	if !fc.Observe(t0+time.Hour.Milliseconds(), 70e9, 100e9) {
		t.Error("a sample of 23 hours ago was refused")
	}
	if fc.Share != 0.5 || fc.LastMillis != t0+dayMillis {
		t.Errorf("the newest sample is now %v at %d", fc.Share, fc.LastMillis)
	}
	if fc.Observe(t0-60*dayMillis, 70e9, 100e9) {
		t.Error("a sample of 61 days ago was accepted")
	}
}

// TestInvariance: neither the unit nor a shift of time by whole days changes an answer.
func TestInvariance(t *testing.T) {
	run := func(scale float64, shift int64) Forecast {
		var fc Forecaster
		for age := time.Duration(0); age < 10*24*time.Hour; age += 7 * time.Minute {
			share := 0.3 + 0.03*age.Hours()/24 + 0.05*math.Sin(age.Hours()/4)
			fc.Observe(t0+shift+age.Milliseconds(), share*scale, scale)
		}
		return fc.Forecast(Days{})
	}
	want := run(1, 0)
	if want.P50 == Never {
		t.Fatal("the growth was not seen at all")
	}
	for _, got := range []Forecast{run(1<<40, 0), run(1.0/8, 0), run(1, 30*dayMillis)} {
		if math.Abs(got.P50.Hours()-want.P50.Hours()) > 0.01*want.P50.Hours() || got.Path != want.Path {
			t.Errorf("got %+v, want %+v", got, want)
		}
	}
}

func TestCodec(t *testing.T) {
	var fc, back Forecaster
	feed(&fc, 0, 50*time.Hour, time.Minute, filling(0.1, 100*time.Hour))
	b, err := fc.AppendBinary(nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := back.UnmarshalBinary(b); err != nil {
		t.Fatal(err)
	}
	if again, _ := back.AppendBinary(nil); back != fc || !bytes.Equal(again, b) {
		t.Error("the state did not survive")
	}
	for _, bad := range [][]byte{nil, {9}, b[:len(b)-1], append(bytes.Clone(b), 0)} {
		if err := back.UnmarshalBinary(bad); err == nil {
			t.Errorf("accepted %d bytes", len(bad))
		}
	}
	if back != fc {
		t.Error("a failed restore changed the state")
	}
}

func TestPassageIsADistribution(t *testing.T) {
	for _, p := range []passage{
		{distance: 0.5, drift: 1e-3, variance: 1e-9, reach: 1e9},
		{distance: 0.5, drift: 1e-3, variance: 1e-3, reach: 1e9},
		{distance: 1e-6, drift: 1e-9, variance: 1, reach: 1e9},
		{distance: 0.9, drift: 1, variance: 1e-12, reach: 1e9},
		{distance: 0.3, drift: 1e-8, variance: 1e-12, reach: 1e6},
		{distance: 0.3, drift: 1e-8, curve: 1e-14, bends: 1e6, variance: 1e-12, reach: 1e8},
	} {
		last := 0.0
		for s := 1e-3; s < 1e10; s *= 1.3 {
			q := p.within(s)
			if math.IsNaN(q) || q < last-1e-9 || q > 1 {
				t.Fatalf("%+v: P within %g s is %v after %v", p, s, q, last)
			}
			last = q
		}
	}
	// Against the closed form's own mean: distance/drift.
	p := passage{distance: 1, drift: 0.01, variance: 1e-5, reach: 1e9}
	mean, step := 0.0, 0.25
	for s := 0.0; s < 1000; s += step {
		mean += (1 - p.within(s+step/2)) * step
	}
	if math.Abs(mean-100) > 0.5 {
		t.Errorf("mean passage is %.2f s, want 100", mean)
	}
}

// FuzzForecaster: no sequence of samples and no restored state gives an impossible answer.
func FuzzForecaster(f *testing.F) {
	f.Add([]byte{1, 2, 3, 200, 9, 8}, []byte{})
	var fc Forecaster
	feed(&fc, 0, time.Hour, time.Minute, filling(0, 2*time.Hour))
	b, _ := fc.AppendBinary(nil)
	f.Add([]byte{10, 90, 10, 90}, b)
	var rising Forecaster
	feed(&rising, 0, 12*24*time.Hour, 10*time.Minute, func(age time.Duration) float64 {
		return 0.6 + 0.02*age.Hours()/24 + sawtooth(0, 0.1, 24*time.Hour)(age)
	})
	b, _ = rising.AppendBinary(nil)
	f.Add([]byte{10, 90, 10, 90}, b)
	f.Fuzz(func(t *testing.T, steps, state []byte) {
		var fc Forecaster
		_ = fc.UnmarshalBinary(state) // refused states leave an empty one, which is as good
		now := max(fc.LastMillis, t0)
		for i := 0; i+1 < len(steps); i += 2 {
			now += int64(int8(steps[i])) * 4001
			fc.Observe(now, float64(steps[i+1]), 200)
		}
		got := fc.Forecast(Days{First: now/dayMillis - 40, Kind: state})
		for i, p := range got.Within {
			if !(p >= 0 && p <= 1) || i > 0 && p < got.Within[i-1]-1e-9 {
				t.Fatalf("probabilities %v", got.Within)
			}
		}
		if got.P10 > got.P50 || got.P50 > got.P90 || got.P10 < 0 {
			t.Fatalf("quantiles %v %v %v", got.P10, got.P50, got.P90)
		}
	})
}

func BenchmarkObserve(b *testing.B) {
	var fc Forecaster
	b.ReportAllocs()
	for i := int64(0); b.Loop(); i++ {
		fc.Observe(t0+i*15_000, float64(i%1000), 2000)
	}
}

func BenchmarkForecast(b *testing.B) {
	f := func(name string, share func(time.Duration) float64) {
		b.Run(name, func(b *testing.B) {
			var fc Forecaster
			feed(&fc, 0, 42*24*time.Hour, time.Minute, share)
			b.ReportAllocs()
			for b.Loop() {
				fc.Forecast(Days{})
			}
		})
	}
	f("flat", func(time.Duration) float64 { return 0.6 })
	f("filling", filling(0.1, 60*24*time.Hour))
}

// TestProbability: between the horizons a probability lies between theirs, and at a quantile it is that.
func TestProbability(t *testing.T) {
	const day = 24 * time.Hour
	f := Forecast{Within: [4]float64{0.02, 0.3, 0.9, 0.95}, P10: 10 * time.Hour, P50: 2 * day, P90: 7 * day}
	for ahead, want := range map[time.Duration]float64{4 * time.Hour: 0.02, 10 * time.Hour: 0.1, day: 0.3, 2 * day: 0.5, 7 * day: 0.9, 30 * day: 0.95, 300 * day: 0.95} {
		if got := f.Probability(ahead); math.Abs(got-want) > 1e-9 {
			t.Errorf("within %v: %v, want %v", ahead, got, want)
		}
	}
	last := 0.0
	for ahead := time.Duration(1); ahead < MaxETA; ahead = ahead*5/4 + 1 {
		p := f.Probability(ahead)
		if p < last || p > 1 {
			t.Fatalf("within %v: %v after %v", ahead, p, last)
		}
		last = p
	}
	if p := (&Forecast{P10: Never, P50: Never, P90: Never}).Probability(day); p != 0 {
		t.Errorf("of nothing: %v", p)
	}
}
