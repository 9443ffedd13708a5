package chaos

import (
	"context"
	"slices"
	"time"

	"github.com/forewarn/forewarn/shared/pause"
)

const (
	// stopWithin is what a supervisor gives a process to end, after which it kills it.
	stopWithin = 10 * time.Second
	// workFor is how long the restarted process works before the next one is ended.
	workFor = time.Second
)

// roll ends every process in turn and starts it again, as an upgrade does, until the duration is over and each has been ended once. A
// process that does not end in time with status 0, or is not ready again, is a difference.
func (i *injector) roll(ctx context.Context, d *differences) error {
	for until := time.Now().Add(i.crew.site.o.Duration); ; {
		for _, m := range i.crew.inTurn() {
			if err := i.renew(ctx, m); err != nil && ctx.Err() == nil {
				d.add("while it was restarted: %v", err)
			}
			if !pause.For(ctx, workFor) {
				return ctx.Err()
			}
		}
		if !time.Now().Before(until) {
			return nil
		}
	}
}

// inTurn returns all processes in the order of an upgrade: the servers, who works, who publishes.
func (c *crew) inTurn() []*member { return slices.Concat(c.nodes, c.services(), c.feeds) }

// renew ends a process and starts it again, and returns when all is as before.
func (i *injector) renew(ctx context.Context, m *member) error {
	i.say(fault{what: rolled}, m.name)
	ended := m.stop(stopWithin)
	if err := m.start(); err != nil {
		return err
	}
	if ended != nil {
		return ended
	}
	if slices.Contains(i.crew.nodes, m) {
		return i.crew.healthyNodes(ctx)
	}
	return m.ready(ctx)
}
