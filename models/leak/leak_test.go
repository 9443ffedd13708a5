package leak

import (
	"bytes"
	"encoding/binary"
	"math"
	"math/rand/v2"
	"testing"
	"time"
	"unsafe"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

const t0 = int64(1_767_225_600_000) // 2026-01-01 00:00 UTC

// feed observes share(days) of 100 units every ten minutes.
func feed(d *Detector, from, to float64, share func(days float64) float64) {
	for t := from; t < to; t += 1.0 / 144 {
		d.Observe(at(t, 100*share(t)))
	}
}

func at(days, used float64) Sample {
	return Sample{TimeMillis: t0 + int64(math.Round(days*86_400_000)), Used: used, Limit: 100}
}

// wobble is noise that needs no source of chance.
func wobble(t float64) float64 { return 0.004*math.Sin(t*997) + 0.003*math.Sin(t*401) }

func ramp(from, perDay float64) func(float64) float64 {
	return func(t float64) float64 { return from + perDay*t + wobble(t) }
}

// TestReasons: what each shape is told to be.
func TestReasons(t *testing.T) {
	f := func(name string, days float64, share func(float64) float64, leaking bool, reason Reason) {
		t.Helper()
		var d Detector
		feed(&d, 0, days, share)
		if got := d.Verdict(); got.Leaking != leaking || got.Reason != reason {
			t.Errorf("%s: leaking %v (%q), want %v (%q): %+v", name, got.Leaking, got.Reason, leaking, reason, got)
		}
	}
	f("nothing yet", 0, ramp(0.2, 0.05), false, Learning)
	f("a day", 1, ramp(0.2, 0.1), false, Learning)
	f("steady, five days", 5, ramp(0.2, 0.1), true, None)
	f("steady, twenty days", 20, ramp(0.2, 0.02), true, None)
	f("flat", 20, ramp(0.5, 0), false, Flat)
	f("constant", 20, func(float64) float64 { return 0.5 }, false, Flat)
	f("too slow to matter", 20, ramp(0.5, 0.003), false, Flat)
	f("shrinking", 20, ramp(0.9, -0.03), false, Flat)
	f("warm-up", 8, func(t float64) float64 { return 0.2 + 0.5*(1-math.Exp(-t/0.8)) + wobble(t) }, false, WarmUp)
	f("daily load", 20, func(t float64) float64 { return 0.3 + 0.3*daytime(t) + wobble(t) }, false, Flat)
	f("a release", 9, func(t float64) float64 {
		if t > 5 {
			return 0.5 + wobble(t)
		}
		return 0.3 + wobble(t)
	}, false, Noise)
}

// TestForecast: at a steady leak the date is right within a tenth and the interval holds it.
func TestForecast(t *testing.T) {
	f := func(days, perDay float64) {
		t.Helper()
		var d Detector
		feed(&d, 0, days, ramp(0.2, perDay))
		got, left := d.Verdict(), time.Duration((0.8/perDay-days)*float64(24*time.Hour))
		if math.Abs(got.P50.Hours()/left.Hours()-1) > 0.1 || got.P10 > left || got.P90 < left {
			t.Errorf("%v a day, after %v days: %v, %v, %v; want %v", perDay, days, got.P10, got.P50, got.P90, left)
		}
		if math.Abs(got.PerDay/(100*perDay)-1) > 0.05 || got.PerDayLow > got.PerDay || got.PerDayHigh < got.PerDay {
			t.Errorf("%v a day: found %v (%v to %v)", 100*perDay, got.PerDay, got.PerDayLow, got.PerDayHigh)
		}
		if math.Abs(got.Week/(7*perDay)-1) > 0.05 {
			t.Errorf("%v a day: %v of the limit a week", perDay, got.Week)
		}
		for i, h := range Horizons() {
			if p := got.Within[i]; h > 2*left && p < 0.95 || h < left/2 && p > 0.05 {
				t.Errorf("%v a day, %v left: P within %v is %v", perDay, left, h, p)
			}
		}
	}
	f(4, 0.12)
	f(6, 0.08)
	f(12, 0.03)
	f(25, 0.02)
}

// TestFastLeak: what fills within a day is found on the way, once it is known what days are like.
func TestFastLeak(t *testing.T) {
	var d Detector
	share := func(t float64) float64 { return 0.3 + 0.05*daytime(t) + wobble(t) + 0.65*max(0, t-6.3) }
	feed(&d, 0, 6.3, share)
	if d.Verdict().Leaking {
		t.Fatal("it does not leak yet")
	}
	feed(&d, 6.3, 6.3+0.6, share)
	if got := d.Verdict(); !got.Leaking || got.Every != time.Hour || got.P50 > 24*time.Hour {
		t.Errorf("after 60 %% of the way: %+v", got)
	}
}

// TestNoLimit: growth is told, a date is not.
func TestNoLimit(t *testing.T) {
	var d Detector
	for day := 0.0; day < 12; day += 1.0 / 144 {
		s := at(day, 100*ramp(0.2, 0.05)(day))
		s.Limit = [...]float64{0, -5, math.NaN(), math.Inf(1)}[int(day)%4]
		d.Observe(s)
	}
	got := d.Verdict()
	if !got.Leaking || got.Limit != 0 || got.P10 != Never || got.P50 != Never || got.P90 != Never || got.Within != [4]float64{} {
		t.Errorf("%+v", got)
	}
	if math.Abs(got.PerDay-5) > 0.3 {
		t.Errorf("grows by %v a day, want 5", got.PerDay)
	}
}

// TestRestarts: a leak that is restarted every three days is found by its segments, told of or not; one whose segments
// are flat is not.
func TestRestarts(t *testing.T) {
	f := func(name string, perDay float64, told, leaking bool) {
		t.Helper()
		var d Detector
		for day := 0.0; day < 17; day += 1.0 / 144 {
			s := at(day, 100*ramp(0.2, 0)(day)+100*perDay*math.Mod(day, 3))
			if told {
				s.StartMillis = t0 - 1000 + int64(math.Floor(day/3)*3*86_400_000)
			}
			d.Observe(s)
		}
		got := d.Verdict()
		if got.Leaking != leaking {
			t.Errorf("%s: leaking %v, want %v: %+v", name, got.Leaking, leaking, got)
		}
		if leaking && got.Processes < 3 {
			t.Errorf("%s: stitched together from %d processes", name, got.Processes)
		}
	}
	f("told", 0.15, true, true)
	f("not told", 0.15, false, true)
	f("flat", 0, true, false)
}

// TestMended: a process that no longer leaks is no leak, whatever its predecessors did.
func TestMended(t *testing.T) {
	var d Detector
	for day := 0.0; day < 14; day += 1.0 / 144 {
		s := at(day, 100*ramp(0.2, 0)(day)+10*math.Mod(day, 4))
		s.StartMillis = t0 - 1000 + int64(math.Floor(day/4)*4*86_400_000)
		if day >= 8 {
			s.Used, s.StartMillis = 100*ramp(0.2, 0)(day), t0+8*86_400_000
		}
		d.Observe(s)
		if day < 8 {
			continue
		}
		if v := d.Verdict(); v.Leaking && day > 10 {
			t.Fatalf("after %v days: %+v", day, v)
		}
	}
}

// TestAfterGC: where values from after a collection are known, what piles up between collections is not looked at.
func TestAfterGC(t *testing.T) {
	var d Detector
	for day := 0.0; day < 10; day += 1.0 / 144 {
		d.Observe(at(day, 30+40*tooth(day, 5.3)+100*wobble(day)))
		if int(day*144)%12 == 0 {
			s := at(day, 30+100*wobble(day))
			s.AfterGC = true
			d.Observe(s)
		}
	}
	if got := d.Verdict(); got.Leaking || got.Floor > 31 {
		t.Errorf("a collection every five days is a leak with a floor of %v: %+v", got.Floor, got)
	}
}

// TestRequests: growth for each request.
func TestRequests(t *testing.T) {
	var d Detector
	for day := 0.0; day < 8; day += 1.0 / 144 {
		s := at(day, 100*ramp(0.2, 0.05)(day))
		s.Requests = 10
		d.Observe(s)
	}
	if got, want := d.Verdict().PerRequest, 5.0/864_000; math.Abs(got/want-1) > 0.05 {
		t.Errorf("%v a request, want %v", got, want)
	}
}

func TestObserveRefuses(t *testing.T) {
	f := func(s Sample) {
		t.Helper()
		var d Detector
		if d.Observe(s) || d != (Detector{}) {
			t.Errorf("%+v was accepted, or left a trace", s)
		}
	}
	f(Sample{TimeMillis: t0, Used: math.NaN(), Limit: 1})
	f(Sample{TimeMillis: t0, Used: math.Inf(1), Limit: 1})
	f(Sample{TimeMillis: t0, Used: 1e300, Limit: 1})
	f(Sample{TimeMillis: t0, Used: 0, Limit: 1})
	f(Sample{TimeMillis: t0, Used: -1, Limit: 1})
	f(Sample{TimeMillis: 0, Used: 1, Limit: 1})
	f(Sample{TimeMillis: -5, Used: 1, Limit: 1})
	f(Sample{TimeMillis: math.MaxInt64, Used: 1, Limit: 1})
}

// TestDisorder: what is late, comes twice or jumps changes no verdict; gaps of weeks raise none.
func TestDisorder(t *testing.T) {
	share := ramp(0.2, 0.06)
	var want, got Detector
	feed(&want, 0, 9, share)
	for day := 0.0; day < 9; day += 1.0 / 144 {
		got.Observe(at(day, 100*share(day)))
		got.Observe(at(day, 100*share(day)))
		if got.Observe(at(day-0.3, 90)) && day > 0 {
			t.Fatal("a sample of seven hours ago was accepted")
		}
	}
	if diff := cmp.Diff(want.Verdict(), got.Verdict()); diff != "" {
		t.Errorf("disorder changed the verdict (-want +got):\n%s", diff)
	}
	var gap Detector
	for _, from := range []float64{0, 21, 50, 400} {
		feed(&gap, from, from+5, ramp(0.3+from/4000, 0))
		if v := gap.Verdict(); v.Leaking {
			t.Errorf("after a gap before day %v: %+v", from, v)
		}
	}
}

// TestRewind: after a clock that was ahead, the leak is still known.
func TestRewind(t *testing.T) {
	share := ramp(0.2, 0.06)
	var d Detector
	feed(&d, 0, 8, share)
	feed(&d, 9, 9.1, share)
	d.Rewind(t0 + 8*86_400_000)
	feed(&d, 8.01, 9, share)
	if got := d.Verdict(); !got.Leaking || math.Abs(got.PerDay-6) > 0.3 {
		t.Errorf("%+v", got)
	}
	before := d
	d.Rewind(d.LastMillis + 1)
	d.Rewind(-1)
	if d != before {
		t.Error("a rewind to no past changed the state")
	}
	if d.Rewind(1); d != (Detector{}) {
		t.Error("a rewind beyond the first sample left something")
	}
}

// TestWrap: a counter that wraps looks like a restart, and never like a leak by itself.
func TestWrap(t *testing.T) {
	var d Detector
	feed(&d, 0, 20, func(t float64) float64 {
		if t > 10 {
			return 0.01 + wobble(t)/10
		}
		return 0.9 + wobble(t)
	})
	if got := d.Verdict(); got.Leaking {
		t.Errorf("%+v", got)
	}
}

// TestInvariance: neither the unit nor a shift of time by whole days changes an answer.
func TestInvariance(t *testing.T) {
	run := func(scale float64, shift int64) Verdict {
		var d Detector
		for day := 0.0; day < 9; day += 1.0 / 144 {
			s := at(day, 100*(ramp(0.25, 0.04)(day)+0.05*daytime(day))*scale)
			s.TimeMillis, s.Limit = s.TimeMillis+shift, 100*scale
			d.Observe(s)
		}
		v := d.Verdict()
		v.PerDay, v.PerDayLow, v.PerDayHigh, v.Floor, v.Limit = v.PerDay/scale, v.PerDayLow/scale, v.PerDayHigh/scale, v.Floor/scale, v.Limit/scale
		return v
	}
	want := run(1, 0)
	if !want.Leaking {
		t.Fatalf("the leak was not seen: %+v", want)
	}
	about := cmp.Options{cmpopts.EquateApprox(0.03, 1e-4), cmp.Comparer(func(a, b time.Duration) bool {
		return math.Abs(a.Hours()-b.Hours()) <= 0.03*b.Hours()
	})}
	for _, got := range []Verdict{run(1<<30, 0), run(1.0/1024, 0), run(1e7, 0), run(1, 30*86_400_000), run(1, 365*86_400_000)} {
		if diff := cmp.Diff(want, got, about); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}

// TestCodec: state that is saved and restored at any moment goes on as if it had not been.
func TestCodec(t *testing.T) {
	s := families()["leak-restarts-declared"](draw{rand.New(rand.NewPCG(5, 1))})
	var straight, saved Detector
	for i, day := 0, 0.0; day < 8; i, day = i+1, day+1.0/144 {
		x := at(day, 100*s.level(day))
		x.StartMillis = t0 + int64(s.start(day)*86_400_000)
		straight.Observe(x)
		saved.Observe(x)
		if i%17 != 0 {
			continue
		}
		b, err := saved.AppendBinary(nil)
		if err != nil {
			t.Fatal(err)
		}
		saved = Detector{}
		if err := saved.UnmarshalBinary(b); err != nil {
			t.Fatal(err)
		}
		if saved != straight {
			t.Fatalf("after %v days the state did not survive", day)
		}
	}
	if diff := cmp.Diff(straight.Verdict(), saved.Verdict()); diff != "" {
		t.Error(diff)
	}
}

func TestCodecRefuses(t *testing.T) {
	var d Detector
	feed(&d, 0, 3, ramp(0.2, 0.1))
	good, _ := d.AppendBinary(nil)
	damage := func(f func(s *state)) []byte {
		other := d
		f(&other.state)
		b, _ := other.AppendBinary(nil)
		return b
	}
	before := d
	for name, b := range map[string][]byte{
		"nothing": nil, "another version": {9}, "cut short": good[:len(good)-1], "too long": append(bytes.Clone(good), 0),
		"NaN":             damage(func(s *state) { s.Used = float32(math.NaN()) }),
		"negative":        damage(func(s *state) { s.Habit = -1 }),
		"infinite":        damage(func(s *state) { s.Limit = float32(math.Inf(1)) }),
		"an hour too far": damage(func(s *state) { s.Hour++ }),
		"negative time":   damage(func(s *state) { s.LastMillis = -1 }),
		"before its time": damage(func(s *state) { s.Segment = s.Hour + 1 }),
		"out of order":    damage(func(s *state) { s.Lows = [3]level{3, 2, 1} }),
	} {
		if err := d.UnmarshalBinary(b); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if d != before {
		t.Error("a failed restore changed the state")
	}
}

// TestSize: a million of them fit.
func TestSize(t *testing.T) {
	if n := binary.Size(state{}); n > 300 {
		t.Errorf("%d bytes of state", n)
	}
	if n := unsafe.Sizeof(Detector{}); n > 300 {
		t.Errorf("%d bytes in memory", n)
	}
}

func TestLevel(t *testing.T) {
	for _, x := range []float64{1e-6, 0.5, 1, 100, 1 << 30, 1e17} {
		if got := levelOf(x).amount(); math.Abs(got/x-1) > 0.0005 {
			t.Errorf("%v comes back as %v", x, got)
		}
	}
	if levelOf(0) != 1 || levelOf(1e-300) != 1 || levelOf(1e300) != math.MaxUint16 || level(0).amount() != 0 {
		t.Error("the ends of the range are off")
	}
}

func TestAllocations(t *testing.T) {
	var d Detector
	feed(&d, 0, 9, ramp(0.2, 0.06))
	day := 9.0
	if n := testing.AllocsPerRun(500, func() {
		d.Observe(at(day, 80))
		d.Verdict()
		day += 1.0 / 144
	}); n != 0 {
		t.Errorf("%v allocations, want none", n)
	}
}

// FuzzDetector: no sequence of samples and no restored state gives an impossible answer.
func FuzzDetector(f *testing.F) {
	var seed Detector
	feed(&seed, 0, 6, ramp(0.2, 0.08))
	b, _ := seed.AppendBinary(nil)
	f.Add([]byte{1, 2, 3, 200, 9, 8, 255, 255}, []byte{})
	f.Add([]byte{10, 90, 10, 95, 10, 99}, b)
	f.Fuzz(func(t *testing.T, steps, saved []byte) {
		var d Detector
		_ = d.UnmarshalBinary(saved) // refused states leave an empty one, which is as good
		now := max(d.LastMillis, t0)
		for i := 0; i+1 < len(steps); i += 2 {
			now += int64(int8(steps[i])) * 1_000_003
			s := Sample{TimeMillis: now, Used: float64(steps[i+1]), Limit: float64(int8(steps[i+1])), AfterGC: steps[i]%7 == 0}
			if steps[i]%5 == 0 {
				s.StartMillis = now - int64(steps[i+1])*1_000_000
			}
			d.Observe(s)
			if steps[i] == 128 {
				d.Rewind(now - 90_000_000)
			}
		}
		got := d.Verdict()
		for i, p := range got.Within {
			if !(p >= 0 && p <= 1) || i > 0 && p < got.Within[i-1] {
				t.Fatalf("probabilities %v", got.Within)
			}
		}
		if got.P10 > got.P50 || got.P50 > got.P90 || got.P10 < 0 {
			t.Fatalf("quantiles %v, %v, %v", got.P10, got.P50, got.P90)
		}
		if got.Leaking != (got.Reason == None) || math.IsNaN(got.Z) || got.Leaking && !(got.PerDay > 0) {
			t.Fatalf("%+v", got)
		}
		again, _ := d.AppendBinary(nil)
		var back Detector
		if err := back.UnmarshalBinary(again); err != nil || back != d {
			t.Fatalf("its own state does not come back: %v", err)
		}
	})
}

func BenchmarkObserve(b *testing.B) {
	var d Detector
	s := Sample{TimeMillis: t0, Used: 1 << 30, Limit: 4 << 30}
	b.ReportAllocs()
	for b.Loop() {
		s.TimeMillis += 60_000
		s.Used += 1000
		d.Observe(s)
	}
}

func BenchmarkVerdict(b *testing.B) {
	for name, share := range map[string]func(float64) float64{
		"flat": ramp(0.4, 0), "slow": ramp(0.2, 0.02), "fast": ramp(0.1, 0.06),
		"walk": families()["random-walk"](draw{rand.New(rand.NewPCG(1, 1))}).level,
	} {
		b.Run(name, func(b *testing.B) {
			var d Detector
			feed(&d, 0, 14, share)
			b.ReportAllocs()
			for b.Loop() {
				d.Verdict()
			}
		})
	}
}
