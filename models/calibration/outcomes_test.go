package calibration

import (
	"math"
	"math/rand/v2"
	"time"
)

const hour = time.Hour

// source makes outcomes of which the truth is known.
type source struct {
	*rand.Rand
	kind  string
	truth func(p float64) float64  // how often it happens when p is predicted
	noise func(*rand.Rand) float64 // of the logarithm of time to failure, in units of the model's own half-width
}

func newSource(kind string, seed uint64) source {
	return source{
		Rand:  rand.New(rand.NewPCG(seed, 1)),
		kind:  kind,
		truth: func(p float64) float64 { return p },
		noise: func(r *rand.Rand) float64 { return r.NormFloat64() / 1.2816 },
	}
}

// outcome draws one: probabilities gather at both ends, as those of a forecaster do.
func (s source) outcome() Outcome {
	u := s.Float64()
	p := math.Pow(math.Sin(u*math.Pi/2), 2)
	const mid, half = 24.0, 0.5
	o := Outcome{
		Kind: s.kind, Horizon: s.IntN(Horizons), Predicted: p, What: NotReached, After: 30 * 24 * hour,
		P10: hours(mid * math.Exp(-half)), P50: hours(mid), P90: hours(mid * math.Exp(half)),
	}
	if s.Float64() < s.truth(p) {
		o.What, o.After = Reached, hours(mid*math.Exp(half*s.noise(s.Rand)))
	}
	return o
}

func (s source) outcomes(n int) []Outcome {
	out := make([]Outcome, n)
	for i := range out {
		out[i] = s.outcome()
	}
	return out
}

// hours are at most 228 years: a Duration holds 292.
func hours(h float64) time.Duration { return time.Duration(min(h, 2e6) * float64(hour)) }
