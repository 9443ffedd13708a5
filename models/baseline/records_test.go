package baseline_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/forewarn/forewarn/models/baseline"
)

const twoMinutes = 120

// busyness draws how many are at work, such as sessions: few by night, some by day, clustered, every two minutes.
func busyness(r *rand.Rand) func(i int) float64 {
	mood := 0.0
	return func(i int) float64 {
		mood = 0.9*mood + 0.2*r.NormFloat64()
		load := 3 - 2.5*math.Cos(2*math.Pi*float64(i)/720)
		return poisson(r, load*math.Exp(mood))
	}
}

// TestManyTimesAsMuchAsEverIsNoted keeps up small numbers several times as high as in three weeks, for half an hour of a
// night, and asks that this is noted, that a spike as high is not, and that it is noted again three weeks later.
func TestManyTimesAsMuchAsEverIsNoted(t *testing.T) {
	const series, learning, spike, first, again, held = 40, 21 * 720, 22 * 720, 23 * 720, 44 * 720, 15
	spikes, found := 0, [2]int{}
	for seed := range uint64(series) {
		r := rand.New(rand.NewPCG(seed, 17))
		s, draw, most := baseline.New(baseline.Positive), busyness(r), 0.0
		hit := [2]bool{}
		play(&s, baseline.NewClock(nil), twoMinutes, again+held, func(i int) float64 {
			v := draw(i)
			if i < learning {
				most = max(most, v)
			}
			if i == spike || i >= first && i < first+held || i >= again {
				return math.Round(4*most + v)
			}
			return v
		}, func(i int, j *baseline.Judgement) {
			if j.Flagged && i >= spike && i < spike+held {
				spikes++
			}
			hit[0] = hit[0] || j.Flagged && i >= first && i < first+held
			hit[1] = hit[1] || j.Flagged && i >= again
		})
		for k := range hit {
			if hit[k] {
				found[k]++
			}
		}
	}
	t.Logf("noted %d times and again %d times of %d, %d samples flagged for a spike", found[0], found[1], series, spikes)
	if least := series * 95 / 100; found[0] < least || found[1] < least {
		t.Errorf("noted %d times and again %d times of %d", found[0], found[1], series)
	}
	if spikes > 0 {
		t.Errorf("%d samples flagged for a spike", spikes)
	}
}

// TestBudgetOfRecords plays days whose highest differ by ratios as widely as any do that an exponential tail allows: each
// has two hours of something else.
func TestBudgetOfRecords(t *testing.T) {
	f := func(name string, height func(r *rand.Rand) float64) {
		t.Helper()
		const series, days = 40, 84
		alarms := 0
		for seed := range uint64(series) {
			r := rand.New(rand.NewPCG(seed, 19))
			s, draw, extra, from := baseline.New(baseline.Positive), busyness(r), 0.0, 0
			play(&s, baseline.NewClock(nil), fiveMinutes, days*288, func(i int) float64 {
				if i%288 == 0 {
					extra, from = height(r), r.IntN(264)
				}
				if v := draw(i * 5 / 2); i%288 < from || i%288 >= from+24 {
					return v
				}
				return extra + r.NormFloat64()
			}, func(i int, j *baseline.Judgement) {
				if j.Action == baseline.Opened && i >= 21*288 {
					alarms++
				}
			})
		}
		weeks := series * (days - 21) / 7.0
		rate := float64(alarms) / weeks
		t.Logf("%s: %.3f false alarms per series-week", name, rate)
		if rate > 0.05 {
			t.Errorf("%s: %.3f false alarms per series-week", name, rate)
		}
	}
	f("much the same", func(r *rand.Rand) float64 { return 20 + 2*r.NormFloat64() })
	f("ratios", func(r *rand.Rand) float64 { return 10 * math.Exp(0.3*r.NormFloat64()) })
	f("power law of 4", func(r *rand.Rand) float64 { return 10 * math.Pow(1-r.Float64(), -1.0/4) })
}
