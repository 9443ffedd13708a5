package past

import (
	"context"

	"github.com/forewarn/forewarn/shared/signal"
	"github.com/forewarn/forewarn/shared/telemetry"
)

// group is one sender of a signal: the series of its inputs.
type group struct {
	id      uint64
	cursors []*cursor
	reading signal.Reading
}

func newGroup(rule *signal.Rule, id uint64) *group {
	return &group{id: id, reading: signal.NewReading(rule)}
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
		for i, c := range g.cursors {
			for c.more && c.millis == moment {
				g.reading.Hear(c.input, uint64(i), telemetry.Sample{TimeMillis: moment, Value: c.value})
				c.advance()
			}
		}
		if used, _, ok := g.reading.Evaluate(moment); ok {
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

// err returns why the samples ended too early.
func (g *group) err() error {
	for _, c := range g.cursors {
		if err := c.it.Err(); err != nil {
			return err
		}
	}
	return nil
}
