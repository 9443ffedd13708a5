package baseline_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/forewarn/forewarn/models/baseline"
)

// noise draws samples of zero mean and unit variance, or close to it.
type noise func(r *rand.Rand) func(i int) float64

func gaussian(r *rand.Rand) func(int) float64 { return func(int) float64 { return r.NormFloat64() } }

func autoregressive(r *rand.Rand) func(int) float64 {
	x := 0.0
	return func(int) float64 { x = 0.8*x + 0.6*r.NormFloat64(); return x }
}

func student(r *rand.Rand) func(int) float64 {
	return func(int) float64 {
		square := 0.0
		for range 3 {
			x := r.NormFloat64()
			square += x * x
		}
		return r.NormFloat64() / math.Sqrt(square)
	}
}

func logNormal(r *rand.Rand) func(int) float64 {
	return func(int) float64 { return math.Exp(r.NormFloat64()) / math.Sqrt(math.E*(math.E-1)) }
}

func trending(r *rand.Rand) func(int) float64 {
	x := autoregressive(r)
	return func(i int) float64 { return x(i) + float64(i)/2016 } // a deviation a week
}

func smallIntegers(r *rand.Rand) func(int) float64 {
	return func(int) float64 { return (poisson(r, 2) - 2) / math.Sqrt2 }
}

func spiky(r *rand.Rand) func(int) float64 {
	return func(int) float64 {
		if r.IntN(300) == 0 {
			return 5 + 10*r.ExpFloat64()
		}
		return r.NormFloat64()
	}
}

const (
	fiveMinutes = 300
	daySeconds  = 24 * 60 * 60
)

// play gives n samples to a series at an interval of seconds, and returns what was thought of each.
func play(s *baseline.Series, clock *baseline.Clock, interval int64, n int, value func(i int) float64, hear func(i int, j *baseline.Judgement)) {
	const start = 1_767_225_600 // 2026-01-01
	for i := range n {
		j, ok := s.Observe(clock.At((start+int64(i)*interval)*1000), value(i), baseline.Terms{})
		if ok {
			hear(i, &j)
		}
	}
}

// TestBudgetAndRecall holds what the package promises: on stationary noise of any kind at most 0.05 false alarms per
// series-week, and 95 % of shifts by six deviations for 45 minutes found.
func TestBudgetAndRecall(t *testing.T) {
	f := func(name string, draw noise) {
		t.Helper()
		t.Run(name, func(t *testing.T) {
			const series, quiet, shifted = 40, 60 * 288, 21 * 288
			alarms, found, shifts := 0, 0, 0
			for seed := range uint64(series) {
				r := rand.New(rand.NewPCG(seed, 7))
				x, s := draw(r), baseline.New(baseline.Level)
				hit := [3]bool{}
				at := func(i int) int { return quiet + i*7*288 + 131*(i+int(seed))%1800 }
				play(&s, baseline.NewClock(nil), fiveMinutes, quiet+shifted, func(i int) float64 {
					v := x(i)
					for k := range hit {
						if i >= at(k) && i < at(k)+9 {
							v += 6
						}
					}
					return v
				}, func(i int, j *baseline.Judgement) {
					if j.Action == baseline.Opened && i < quiet && i >= 21*288 {
						alarms++
					}
					for k := range hit {
						hit[k] = hit[k] || j.Flagged && i >= at(k) && i < at(k)+9
					}
				})
				for k := range hit {
					shifts++
					if hit[k] {
						found++
					}
				}
			}
			weeks := series * (quiet - 21*288) / 2016.0
			t.Logf("%d false alarms in %.0f series-weeks (%.3f); %d of %d shifts found", alarms, weeks, float64(alarms)/weeks, found, shifts)
			if rate := float64(alarms) / weeks; rate > 0.05 {
				t.Errorf("%d false alarms in %.0f series-weeks: %.3f", alarms, weeks, rate)
			}
			if recall := float64(found) / float64(shifts); recall < 0.95 {
				t.Errorf("%d of %d shifts found", found, shifts)
			}
		})
	}
	f("Gaussian", gaussian)
	f("AR(1) 0.8", autoregressive)
	f("Student t3", student)
	f("log-normal", logNormal)
	f("trend and AR(1)", trending)
	f("small integers", smallIntegers)
	f("spikes", spiky)
}

func TestNewSeriesIsSilent(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	s := baseline.New(baseline.Level)
	play(&s, baseline.NewClock(nil), 60, daySeconds/60, func(i int) float64 {
		return r.NormFloat64() + float64(i/100%2*50)
	}, func(i int, j *baseline.Judgement) {
		if j.Flagged {
			t.Fatalf("flagged at minute %d of its first day", i)
		}
	})
}

// TestBudgetAtAnyInterval plays autocorrelated noise at intervals from ten seconds to a day.
func TestBudgetAtAnyInterval(t *testing.T) {
	f := func(interval int64, series, days int) {
		t.Helper()
		alarms, perDay := 0, int(daySeconds/interval)
		for seed := range uint64(series) {
			x, s := autoregressive(rand.New(rand.NewPCG(seed, 11))), baseline.New(baseline.Level)
			play(&s, baseline.NewClock(nil), interval, days*perDay, x, func(i int, j *baseline.Judgement) {
				if j.Action == baseline.Opened && i >= 21*perDay {
					alarms++
				}
			})
		}
		weeks := float64(series*(days-21)) / 7
		t.Logf("every %d s: %d false alarms in %.0f series-weeks", interval, alarms, weeks)
		if float64(alarms) > max(1, 0.05*weeks) {
			t.Errorf("every %d s: %d false alarms in %.0f series-weeks", interval, alarms, weeks)
		}
	}
	f(10, 4, 49)
	f(60, 8, 70)
	f(60*60, 100, 100)
	f(daySeconds, 100, 400)
}

// TestBudgetOfSmallNumbers plays what is 0 nearly always, such as threads that wait: one now and then is no alarm, and many
// that stay are.
func TestBudgetOfSmallNumbers(t *testing.T) {
	f := func(name string, chance, more, stay float64) {
		t.Helper()
		const series, days = 30, 70
		alarms, found := 0, 0
		for seed := range uint64(series) {
			r := rand.New(rand.NewPCG(seed, 13))
			s, v, hit := baseline.New(baseline.Positive), 0.0, false
			draw := func(i int) float64 {
				if r.Float64() >= stay {
					v = 0
				}
				if r.Float64() < chance {
					for v = 1; r.Float64() < more; v++ {
					}
				}
				if i >= days*288 {
					return v + 10
				}
				return v
			}
			clock := baseline.NewClock(nil)
			for i := range days*288 + 9 {
				j, _ := s.Observe(clock.At(1_767_225_600_000+int64(i)*fiveMinutes*1000), draw(i), baseline.Terms{Least: 1})
				if j.Action == baseline.Opened && i >= 21*288 && i < days*288 {
					alarms++
				}
				hit = hit || j.Flagged && i >= days*288
			}
			if hit {
				found++
			}
		}
		rate := float64(alarms) / (series * (days - 21) / 7.0)
		t.Logf("%s: %.3f false alarms per series-week, %d of %d found", name, rate, found, series)
		if rate > 0.05 || found < series*95/100 {
			t.Errorf("%s: %.3f false alarms per series-week, %d of %d found", name, rate, found, series)
		}
	}
	f("one in a thousand", 0.001, 0, 0)
	f("one in a hundred", 0.01, 0.2, 0)
	f("one in ten", 0.1, 0.3, 0)
	f("seldom and some", 0.002, 0.5, 0)
	f("seldom, and stays", 0.003, 0.2, 0.2)
}
