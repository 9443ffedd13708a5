package score

import (
	"math"
	"math/rand/v2"
	"slices"
)

// resamples is how often the series are drawn anew for an interval.
const resamples = 200

// bootstrap draws series with replacement, within each family, so that every sample holds as many of each
// (Efron & Tibshirani 1993, ch. 8).
type bootstrap struct {
	all     []*Result
	samples [][]*Result
}

func newBootstrap(results []Result, seed uint64) *bootstrap {
	b := &bootstrap{all: pointers(results)}
	var strata [][]*Result
	place := map[string]int{}
	for _, r := range b.all {
		i, ok := place[r.Family]
		if !ok {
			i = len(strata)
			place[r.Family] = i
			strata = append(strata, nil)
		}
		strata[i] = append(strata[i], r)
	}
	r := rand.New(rand.NewPCG(seed, 0x626f6f74))
	for range resamples {
		sample := make([]*Result, 0, len(b.all))
		for _, stratum := range strata {
			for range stratum {
				sample = append(sample, stratum[r.IntN(len(stratum))])
			}
		}
		b.samples = append(b.samples, sample)
	}
	return b
}

// figure returns a statistic with its percentile interval; samples in which it does not exist are left out.
func (b *bootstrap) figure(f statistic) Figure {
	none := Number(math.NaN())
	out := Figure{Number(f(b.all)), none, none}
	var values []float64
	for _, sample := range b.samples {
		if v := f(sample); !math.IsNaN(v) && !math.IsInf(v, 0) {
			values = append(values, v)
		}
	}
	if n := len(values); n > 0 {
		slices.Sort(values)
		out.Low, out.High = Number(values[n*5/100]), Number(values[(n-1)-n*5/100])
	}
	return out
}
