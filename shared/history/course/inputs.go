package course

import (
	"context"

	"github.com/forewarn/forewarn/shared/signal"
	"github.com/forewarn/forewarn/shared/telemetry"
)

// inputs holds the series of each input of a rule; an input may have been reported under several names.
type inputs [][]*cursor

// checkEvery is after how many samples a look at the context is worth its price.
const checkEvery = 4096

// run evaluates the rule at every sample of its primary input.
func (in inputs) run(ctx context.Context, r *signal.Rule, p *profile) error {
	reading := signal.NewReading(r)
	for n := 0; ; n++ {
		if n%checkEvery == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		moment, ok := in.next()
		if !ok {
			return errOf(in)
		}
		if !in.hear(&reading, moment) {
			continue
		}
		if use, limit, ok := reading.Evaluate(moment); ok {
			p.add(moment, use, limit)
		}
	}
}

// next returns the time of the next sample, false if all series have ended.
func (in inputs) next() (moment int64, ok bool) {
	for _, all := range in {
		for _, c := range all {
			if !c.done && (!ok || c.nextAt < moment) {
				moment, ok = c.nextAt, true
			}
		}
	}
	return moment, ok
}

// hear brings the samples of a moment to the reading, and tells whether the primary input has one.
func (in inputs) hear(reading *signal.Reading, moment int64) (primary bool) {
	for i, all := range in {
		for n, c := range all {
			if c.done || c.nextAt != moment {
				continue
			}
			reading.Hear(i, uint64(n), telemetry.Sample{TimeMillis: moment, Value: c.next})
			c.read()
			primary = primary || i == 0
		}
	}
	return primary
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
