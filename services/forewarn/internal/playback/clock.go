package playback

import (
	"sync/atomic"
	"time"
)

// Clock stands where it is set until it is let go, and is the machine's from then on. It is safe for concurrent use.
type Clock struct{ at atomic.Int64 } // in ns since 1970; 0: the machine's

// NewClock returns a clock that stands at a time.
func NewClock(at time.Time) *Clock {
	c := &Clock{}
	c.Set(at)
	return c
}

// Now returns what time it is.
func (c *Clock) Now() time.Time {
	if at := c.at.Load(); at != 0 {
		return time.Unix(0, at)
	}
	return time.Now()
}

// Set puts the clock to a time.
func (c *Clock) Set(t time.Time) { c.at.Store(t.UnixNano()) }

// Release lets it go.
func (c *Clock) Release() { c.at.Store(0) }
