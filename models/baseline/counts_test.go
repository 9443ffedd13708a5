package baseline_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/forewarn/forewarn/models/baseline"
)

// poisson draws a count by Knuth's method.
func poisson(r *rand.Rand, mean float64) (n float64) {
	for p := r.Float64(); p > math.Exp(-mean); p *= r.Float64() {
		n++
	}
	return n
}

// TestCountsAreCalibrated asks that what is said to be as rare as 1e-3 comes at most twice as often, on Poisson counts and
// on ones that scatter more.
func TestCountsAreCalibrated(t *testing.T) {
	f := func(name string, draw func(*rand.Rand) float64) {
		t.Helper()
		var c baseline.Counts
		r := rand.New(rand.NewPCG(1, 4))
		rare, samples := 0, 40_000
		for i := range samples + 5000 {
			if c.Observe(draw(r)) > 3 && i >= 5000 {
				rare++
			}
		}
		if share := float64(rare) / float64(samples); share > 4e-3 { // two sides of 1e-3 each, twice as often
			t.Errorf("%s: rarity above 3 in a share of %.4f", name, share)
		}
		burst := c
		if v := burst.Observe(500); v < 6 {
			t.Errorf("%s: a burst of 500 has a rarity of %.1f", name, v)
		}
	}
	f("Poisson, 4", func(r *rand.Rand) float64 { return poisson(r, 4) })
	f("Poisson, 0.2", func(r *rand.Rand) float64 { return poisson(r, 0.2) })
	f("negative binomial", func(r *rand.Rand) float64 { return poisson(r, 10*r.ExpFloat64()) })
}

func TestCountsThatStop(t *testing.T) {
	var c baseline.Counts
	r := rand.New(rand.NewPCG(1, 5))
	for range 500 {
		c.Observe(poisson(r, 30))
	}
	if v := c.Observe(0); v < 6 {
		t.Errorf("none where 30 are usual has a rarity of %.1f", v)
	}
	if v := c.Observe(math.NaN()); v != 0 {
		t.Errorf("NaN has a rarity of %v", v)
	}
}

func TestSilence(t *testing.T) {
	var s baseline.Silence
	for i := range int64(100) {
		s.Hear(1_000_000 + i*15_000)
	}
	last := s.LastMillis
	if s.Silent(last + 100_000) {
		t.Error("silent after less than ten pauses")
	}
	if !s.Silent(last + 200_000) {
		t.Error("not silent after more than ten pauses")
	}
	s.Hear(last + 600_000)
	s.Hear(last + 615_000)
	if s.Silent(last + 615_000 + 900_000) {
		t.Error("silent for longer than usual, but not for three times the longest pause")
	}
}
