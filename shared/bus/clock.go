package bus

import (
	"fmt"
	"time"

	"go.uber.org/zap"

	"github.com/forewarn/forewarn/shared/obs"
)

const (
	// clockSlack is how far the server's clock may be behind before that is more than a correction in passing.
	clockSlack = 10 * time.Minute
	// clockTrust is how many messages in a row must say so.
	clockTrust = 5
)

// clock is what a worker takes for now. It depends on the messages alone and is part of the snapshot.
type clock struct {
	now    int64 // in ns since 1970
	behind int   // messages in a row that were further behind than clockSlack, below clockTrust
}

// hear moves the clock to a message's time. It stands still when the server's clock goes back a little, or for a
// moment. When that stays far behind, it was far ahead before, as after a boot with a wrong clock: then the clock
// follows, and hear returns how far. It would stand still until then otherwise.
func (c *clock) hear(at int64) (back time.Duration) {
	gap := time.Duration(c.now - at)
	switch {
	case gap <= 0:
		c.now, c.behind = at, 0
	case gap <= clockSlack:
		c.behind = 0
	default:
		if c.behind++; c.behind == clockTrust {
			c.now, c.behind = at, 0
			return gap
		}
	}
	return 0
}

// now returns the processor's time for a message.
func (k *worker) now(m Message) time.Time {
	if back := k.clock.hear(m.Time.UnixNano()); back > 0 {
		k.bus.metrics.setBack.WithLabelValues(k.set.Service).Inc()
		k.log.Warn("clock of the bus was ahead and has been set back, following it", zap.Duration("back", back), zap.Uint64("seq", m.Seq))
		k.bus.health.Set("bus/clock", obs.Degraded, fmt.Sprintf("the clock of the bus's machine was %s ahead and has been set back; "+
			"what was learned and forecast meanwhile has wrong times: keep that machine's clock synchronised from boot on (chrony, ntpd)",
			back.Round(time.Second)))
	}
	return time.Unix(0, k.clock.now).UTC()
}
