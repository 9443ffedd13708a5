package past

import (
	"context"
	"math"

	"github.com/forewarn/forewarn/shared/signal"
)

// group is one sender of a signal: the series of its inputs.
type group struct {
	rule    *signal.Rule
	id      uint64
	cursors []*cursor
	// values and times are the newest of each input, as the trend worker holds them.
	values, scratch []float64
	times           []int64
}

func newGroup(rule *signal.Rule, id uint64) *group {
	n := len(rule.Inputs)
	return &group{rule: rule, id: id, values: make([]float64, n), scratch: make([]float64, n), times: make([]int64, n)}
}

// looks is after how many moments the context is looked at.
const looks = 1 << 16

// uses calls add for each moment at which a use is known, in order.
func (g *group) uses(ctx context.Context, add func(millis int64, used float64)) error {
	for _, c := range g.cursors {
		c.advance()
	}
	for n := 1; ; n++ {
		moment, ok := g.moment()
		if !ok {
			return g.err()
		}
		if n%looks == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		for _, c := range g.cursors {
			for c.more && c.millis == moment {
				g.values[c.input], g.times[c.input] = c.value, moment
				c.advance()
			}
		}
		if used, ok := g.evaluate(moment); ok {
			add(moment, used)
		}
	}
}

// moment returns the time of the next sample.
func (g *group) moment() (next int64, ok bool) {
	for _, c := range g.cursors {
		if c.more && (!ok || c.millis < next) {
			next, ok = c.millis, true
		}
	}
	return next, ok
}

// evaluate returns the use at a moment, by the rules that the trend worker reads samples by: inputs must be of that
// moment, but limits may be older, and what a sender has at other moments only is missing now.
func (g *group) evaluate(moment int64) (float64, bool) {
	for i, v := range g.values {
		in := &g.rule.Inputs[i]
		now, known := g.times[i] == moment, g.times[i] != 0 && moment-g.times[i] <= signal.LimitFresh.Milliseconds()
		if known && !now && in.Optional && !in.Limit {
			return 0, false
		}
		if !now && !(known && in.Limit) {
			v = math.NaN()
		}
		g.scratch[i] = v
	}
	used, _, ok := g.rule.Evaluate(g.scratch)
	return used, ok
}

// err returns why the samples ended too early.
func (g *group) err() error {
	for _, c := range g.cursors {
		if err := c.it.Err(); err != nil {
			return err
		}
	}
	return nil
}
