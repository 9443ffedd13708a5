package peer

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestPassageMatchesPaths compares the closed form with simulated paths.
func TestPassageMatchesPaths(t *testing.T) {
	f := func(drift, sigma, room, days float64) {
		t.Helper()
		r := rand.New(rand.NewPCG(5, 6))
		const paths, step = 4000, 0.01
		passed := 0
		for range paths {
			x := 0.0
			for d := 0.0; d < days; d += step {
				if x += drift*step + sigma*math.Sqrt(step)*r.NormFloat64(); x >= room {
					passed++
					break
				}
			}
		}
		law := FirstPassage{drift: drift, sigma: sigma, room: room}
		if got, want := law.within(days), float64(passed)/paths; math.Abs(got-want) > 0.03 {
			t.Errorf("drift %v, sigma %v, room %v: %v within %v days, paths say %v", drift, sigma, room, got, days, want)
		}
	}
	f(0.02, 0.03, 0.1, 5)
	f(0.02, 0.03, 0.3, 20)
	f(-0.01, 0.05, 0.1, 7)
	f(0, 0.05, 0.2, 7)
}
