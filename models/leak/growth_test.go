package leak

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// TestStops: growth that ended is no longer held for a leak within two days, with or without a limit, whatever the
// process leaked before.
func TestStops(t *testing.T) {
	f := func(name string, perDay, after float64, limited bool) {
		t.Helper()
		var d Detector
		share := func(t float64) float64 { return 0.2 + perDay*min(t, after) + 0.03*daytime(t) + wobble(t) }
		for day := 0.0; day < after+2; day += 1.0 / 144 {
			s := at(day, 100*share(day))
			if !limited {
				s.Limit = 0
			}
			d.Observe(s)
			if day < after && day+1.0/144 >= after && !d.Verdict().Leaking {
				t.Errorf("%s: the leak was not found: %+v", name, d.Verdict())
			}
		}
		if got := d.Verdict(); got.Holds || got.Leaking {
			t.Errorf("%s: two days after it stopped: %+v", name, got)
		}
	}
	f("a week", 0.05, 7, true)
	f("ten days", 0.04, 10, true)
	f("slow, three weeks", 0.02, 21, true)
	f("fast", 0.15, 4, true)
	f("without a limit", 0.04, 12, false)
}

// TestSure: what a cache or a week does the same is no certain leak; what goes on for longer, begins late, or is about to
// end is.
func TestSure(t *testing.T) {
	f := func(name string, days float64, share func(float64) float64, sure bool) {
		t.Helper()
		var d Detector
		feed(&d, 0, days, func(t float64) float64 { return share(t) + wobble(t) })
		if got := d.Verdict(); got.Sure != sure || got.Sure && !got.Leaking {
			t.Errorf("%s: sure %v, want %v: %+v", name, got.Sure, sure, got)
		}
	}
	f("five days, far from the limit", 5, func(t float64) float64 { return 0.2 + 0.08*t }, false)
	f("nine days, far from the limit", 9, func(t float64) float64 { return 0.2 + 0.03*t }, true)
	f("five days, a day from the limit", 5, func(t float64) float64 { return 0.2 + 0.135*t }, false)
	f("five days, near the limit", 5, func(t float64) float64 { return 0.2 + 0.145*t }, true)
	f("five days under load, a day from the limit", 5.6, func(t float64) float64 { return 0.15 + 0.115*t + 0.12*daytime(t) }, true)
	f("a cache that is full", 6, func(t float64) float64 { return min(0.7, 0.2+0.1*t) }, false)
	f("a cache half a day after it was full", 6, func(t float64) float64 { return min(0.92, 0.2+0.13*t) }, false)
	f("near the limit after a weekend", 8.2, func(t float64) float64 { return 0.2 + 0.13*min(t, max(4.5, t-2.5)) }, true)
	f("late, a day from the limit", 8.5, func(t float64) float64 { return 0.3 + 0.2*max(0, t-6) }, true)
	f("a week's load", 5, func(t float64) float64 { return 0.3 + 0.06*math.Mod(t, 7) }, false)
	f("the next week's load", 12, func(t float64) float64 { return 0.3 + 0.11*math.Mod(t, 7) }, false)
	f("sessions of a second week", 12, func(t float64) float64 { // one in five is kept over the weekend
		week := math.Floor((t + 2) / 7)
		return 0.3 + 0.06*min(t+2-7*week, 5.3)*(1+0.1*week) - 0.25*math.Max(0, t+2-7*week-5)
	}, false)
}

// TestFullCache: from some hours after a cache was full no hour is sure of a leak, by day or by night.
func TestFullCache(t *testing.T) {
	for seed := range uint64(12) {
		r := draw{rand.New(rand.NewPCG(seed, 2))}
		from, bound, full := r.between(0.1, 0.25), r.between(0.6, 0.8), r.between(3.5, 6)
		height := r.between(0.03, 0.1)
		var d Detector
		for day := 0.0; day < full+3; day += 1.0 / 1440 {
			share := from + (bound-from)*min(1, day/full) + height*tooth(day, 25.0/1440) + 0.003*r.NormFloat64()
			d.Observe(at(day, 100*share))
			if hour := day * 24; hour-math.Floor(hour) < 1.0/60 && day > full+5.0/24 && d.Verdict().Sure {
				t.Errorf("cache %d, full at %.2f with %.2f: sure %.1f hours later", seed, full, bound, 24*(day-full))
				break
			}
		}
	}
}

// TestProfile: the time of what is grown is that at which it is grown, whatever the hours.
func TestProfile(t *testing.T) {
	r := draw{rand.New(rand.NewPCG(1, 3))}
	for range 200 {
		var y, times [dayHours + 1]float64
		from := math.Floor(r.between(0, 500)) / dayHours
		for i := range y {
			times[i] = from + float64(i)/dayHours
			y[i] = r.between(0, 0.3) + float64(i)/dayHours
		}
		var fit [dayHours + 1]float64
		off := monotone(&fit, y[:])
		if !slices.IsSorted(fit[:]) || math.Abs(mean(fit[:])-mean(y[:])) > 1e-9 || off > 0.3 {
			t.Fatalf("%v fits %v", fit, y)
		}
		var p profile
		p.set(times[:], &fit)
		if !p.known() || math.Abs(p[dayHours]-1) > 1e-9 {
			t.Fatalf("a day's growth is %v", p)
		}
		for at := 20_000.0; at < 20_002; at += 0.01 {
			if got := p.when(p.done(at)); math.Abs(got-at) > 1e-6 {
				t.Fatalf("%v comes back as %v by %v", at, got, p)
			}
		}
	}
}

// TestPeaks: the date is that of the peaks, not of the floor, be they minutes or hours apart.
func TestPeaks(t *testing.T) {
	for _, minutes := range []float64{20, 40, 240} {
		var d Detector
		for day := 0.0; day < 8; day += 1.0 / 1440 {
			d.Observe(at(day, 100*(0.2+0.06*day+0.2*tooth(day, minutes/1440))))
		}
		if got, want := d.Verdict().P50.Hours()/24, (1-0.2-0.2)/0.06-8; math.Abs(got/want-1) > 0.15 {
			t.Errorf("peaks every %v minutes: %.2f days, want %.2f", minutes, got, want)
		}
	}
}

// TestRhythm: what grows by day and rests by night has its date in the hours in which it grows.
func TestRhythm(t *testing.T) {
	share := func(t float64) float64 { // all of a day's growth between 8:00 and 18:00
		return 0.2 + wobble(t)/10 + 0.1*(math.Floor(t)+min(1, max(0, 2.4*(t-math.Floor(t))-0.8)))
	}
	const full = 8 + (0.8+0.5)/2.4 // 0.15 to 1, half of the last day's growth included
	for _, left := range []float64{0.3, 0.5, 1, 1.5} {
		var d Detector
		feed(&d, 0, full-left, func(t float64) float64 { return share(t) - 0.05 })
		if got := d.Verdict().P50; math.Abs(got.Hours()-24*left) > 1.5 {
			t.Errorf("%v days before: in %v, want %v", left, got, time.Duration(left*24*float64(time.Hour)))
		}
	}
}

// TestBend: where one line turns into another, and that a single line does not.
func TestBend(t *testing.T) {
	f := func(name string, at int, before, after float64) {
		t.Helper()
		w := window{n: 30, step: 0.25, slots: 30}
		for i := range w.n {
			w.t[i] = 20_000 + 0.25*float64(i)
			w.y[i] = 0.3 + 0.25*(before*float64(min(i, at))+after*float64(max(0, i-at))) + wobble(float64(i))/10
		}
		b := w.bend()
		if before == after {
			at = 0
		}
		if max(b.at-at, at-b.at) > 1 || at > 0 && (math.Abs(b.before-before) > 0.01 || math.Abs(b.after-after) > 0.01) {
			t.Errorf("%s: %+v, want %v, %v and %v", name, b, at, before, after)
		}
	}
	f("begins", 20, 0, 0.1)
	f("ends", 12, 0.1, 0)
	f("quickens", 15, 0.05, 0.15)
	f("steady", 15, 0.1, 0.1)
}

// TestCoverage: of many leaks, four of five end within the interval that is told half a day before, and two days before.
func TestCoverage(t *testing.T) {
	for _, ahead := range []float64{0.5, 2} {
		inside, n := 0, 0
		for seed := range uint64(60) {
			s := families()["leak-gc"](draw{rand.New(rand.NewPCG(6000+seed, 1))})
			failed := failure(s)
			if failed < 4.5 {
				continue
			}
			var d Detector
			for t := 0.0; t < failed-ahead; t += 1.0 / 1440 {
				d.Observe(at(t, 100*s.level(t)))
			}
			v, left := d.Verdict(), time.Duration(ahead*24*float64(time.Hour))
			if v.Leaking {
				n++
				if v.P10 <= left && left <= v.P90 {
					inside++
				}
			}
		}
		t.Logf("%v days ahead: %d of %d", ahead, inside, n)
		if n < 30 || float64(inside) < 0.65*float64(n) {
			t.Errorf("%v days ahead: %d of %d intervals hold the failure", ahead, inside, n)
		}
	}
}

// failure returns when a scenario first reaches its limit, in days.
func failure(s scenario) float64 {
	for t := 0.0; t < s.days; t += 1.0 / 1440 {
		if s.level(t) >= 1 {
			return t
		}
	}
	return s.days
}
