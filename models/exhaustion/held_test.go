package exhaustion

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

const aDayLong = 24 * time.Hour

// week returns the kinds of 90 days from t0, a Thursday, on: 1 is a rest day.
func week() Days {
	d := Days{First: t0 / dayMillis, Kind: make([]uint8, 90)}
	for i := range d.Kind {
		if i%7 == 2 || i%7 == 3 {
			d.Kind[i] = 1
		}
	}
	return d
}

// office is the load of people, 0.1 to 1: a hump from 7 to 20 o'clock, a third of it on rest days.
func office(age time.Duration, days *Days) float64 {
	hump := max(0, math.Sin((math.Mod(age.Hours(), 24)-7)/13*math.Pi))
	if days.kind((t0+age.Milliseconds())/dayMillis) == 1 {
		hump /= 3
	}
	return 0.1 + 0.9*hump
}

// TestLiftedLoad: a day before what a load keeps of itself fills the limit the date is known, whatever the weekday.
func TestLiftedLoad(t *testing.T) {
	days := week()
	off := 0
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 7))
		peak, onset := 0.15+0.2*r.Float64(), 20*aDayLong+time.Duration(r.IntN(7*24))*time.Hour
		perDay := (0.9 - 0.7*peak) / (2.5 + 5*r.Float64())
		share := func(age time.Duration) float64 {
			return 0.1 + peak*office(age, &days) + perDay*max(0, (age-onset).Hours()/24)
		}
		failed := onset
		for share(failed) < 1 {
			failed += time.Minute
		}
		var fc Forecaster
		feed(&fc, 0, failed-aDayLong, 5*time.Minute, func(age time.Duration) float64 { return share(age) + 0.004*r.NormFloat64() })
		if got := fc.Forecast(days); math.Abs(got.P50.Hours()/24-1) > 0.25 {
			t.Logf("seed %d: full after %v of %.2f a day, told %v, %v, %v by %q", seed, failed-onset, perDay, got.P10, got.P50, got.P90, got.Path)
			off++
		}
	}
	if off > 5 {
		t.Errorf("%d of 20 dates are off by more than a quarter", off)
	}
}

// TestLoadKeepsNothing: of a load that keeps nothing nothing is held in any hour of any day, the first ones after a weekend
// included.
func TestLoadKeepsNothing(t *testing.T) {
	days := week()
	for seed := range uint64(6) {
		r := rand.New(rand.NewPCG(seed, 8))
		base, peak := 0.05+0.15*r.Float64(), 0.3+0.35*r.Float64()
		var fc Forecaster
		for age := time.Duration(0); age < 40*aDayLong; age += 5 * time.Minute {
			fc.Observe(t0+age.Milliseconds(), base+peak*office(age, &days)+0.01*r.NormFloat64(), 1)
			if age%time.Hour == 0 && age > 14*aDayLong {
				if v := fc.held(&days); v.grade > 0 {
					t.Fatalf("seed %d: %.2f of something is held after %v, believed to %.2f", seed, v.trend.rise, age, v.grade)
				}
			}
		}
	}
}

// TestHeldAllocatesNothing: nor does the path of what a load keeps.
func TestHeldAllocatesNothing(t *testing.T) {
	days := week()
	var fc Forecaster
	feed(&fc, 0, 24*aDayLong, 5*time.Minute, func(age time.Duration) float64 {
		return 0.1 + 0.3*office(age, &days) + 0.1*max(0, age.Hours()/24-20)
	})
	if v := fc.held(&days); v.grade == 0 {
		t.Fatal("nothing is held")
	}
	if n := testing.AllocsPerRun(100, func() { fc.Forecast(days) }); n != 0 {
		t.Errorf("%v allocations, want none", n)
	}
}

func BenchmarkForecastHeld(b *testing.B) {
	days := week()
	var fc Forecaster
	feed(&fc, 0, 24*aDayLong, 5*time.Minute, func(age time.Duration) float64 {
		return 0.1 + 0.3*office(age, &days) + 0.1*max(0, age.Hours()/24-20)
	})
	b.ReportAllocs()
	for b.Loop() {
		fc.Forecast(days)
	}
}
