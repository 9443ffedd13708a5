package course

import (
	"context"
	"math"

	"github.com/forewarn/forewarn/shared/signal"
)

// inputs holds the series of each input of a rule; an input may have been reported under several names.
type inputs [][]*cursor

// checkEvery is after how many samples a look at the context is worth its price.
const checkEvery = 4096

// run evaluates the rule at every sample of its primary input.
func (in inputs) run(ctx context.Context, r *signal.Rule, p *profile) error {
	values := make([]float64, len(in))
	for n, primary := 0, in[0]; ; n++ {
		if n%checkEvery == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		c := earliest(primary)
		if c == nil {
			return errOf(in)
		}
		c.step()
		if in.at(r, c.at, values) {
			if use, limit, ok := r.Evaluate(values); ok {
				p.add(c.at, use, limit)
			}
		}
	}
}

// earliest returns the cursor whose next sample comes first, nil if all have ended.
func earliest(all []*cursor) (first *cursor) {
	for _, c := range all {
		if !c.done && (first == nil || c.nextAt < first.nextAt) {
			first = c
		}
	}
	return first
}

// at fills in the values of a moment. It reports false if a sender has an optional input but said it at another moment:
// without it, use is another thing.
func (in inputs) at(r *signal.Rule, moment int64, values []float64) bool {
	for i, all := range in {
		at, v := newest(all, moment)
		known := at != 0 && moment-at <= signal.LimitFresh.Milliseconds()
		switch limit := r.Inputs[i].Limit; {
		case at == moment, known && limit:
			values[i] = v
		case known && r.Inputs[i].Optional:
			return false
		default:
			values[i] = math.NaN()
		}
	}
	return true
}

// newest returns the newest sample of an input that is not after a moment.
func newest(all []*cursor, moment int64) (at int64, v float64) {
	for _, c := range all {
		if c.reach(moment); c.at > at {
			at, v = c.at, c.value
		}
	}
	return at, v
}

// errOf returns the first error of the series.
func errOf(in inputs) error {
	for _, all := range in {
		for _, c := range all {
			if err := c.it.Err(); err != nil {
				return err
			}
		}
	}
	return nil
}
