package embedded

import (
	"fmt"
	"time"

	"github.com/forewarn/forewarn/shared/history"
)

// confirmed is after how long a clock that jumped ahead is believed: what sets it wrong is most often corrected within
// minutes, and one sample stored meanwhile makes every later one too old.
const confirmed = 10 * time.Minute

// clock tells when this machine's clock, which people and NTP set, runs away from the time that passes.
type clock struct {
	wall func() time.Time
	// base and at belong together: what the clock said, and when, by a reading that nobody sets.
	base time.Time
	at   time.Time
	// jumped is since when the clock has been ahead; zero while it is not.
	jumped time.Time
}

func newClock(wall func() time.Time) clock {
	return clock{wall: wall, base: wall().Round(0), at: time.Now()}
}

// steady returns an error while the clock is more than [history.MaxAhead] ahead of what it should be, until it has stayed
// so for as long as it takes to be confirmed.
func (c *clock) steady() error {
	wall, now := c.wall().Round(0), time.Now()
	ahead := wall.Sub(c.base) - now.Sub(c.at)
	switch {
	case ahead <= history.MaxAhead, !c.jumped.IsZero() && now.Sub(c.jumped) >= confirmed:
		c.base, c.at, c.jumped = wall, now, time.Time{}
		return nil
	case c.jumped.IsZero():
		c.jumped = now
	}
	return fmt.Errorf("this machine's clock jumped ahead by %v; history waits up to %v for it to be set right, since samples of "+
		"the future would make all others too old. The bus keeps what comes; set the clock by NTP", ahead.Round(time.Second), confirmed)
}
