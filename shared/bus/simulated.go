package bus

import (
	"time"

	"github.com/nats-io/nats.go"
)

// now returns what time it is on this bus.
func (b *Bus) now() time.Time {
	if b.clock != nil {
		return b.clock()
	}
	return time.Now()
}

// date writes the simulated time into a message that is about to be published; a real bus dates what it stores itself.
func (b *Bus) date(m *nats.Msg) {
	if b.clock != nil {
		m.Header.Set(headerClock, b.clock().UTC().Format(time.RFC3339Nano))
	}
}

// dateOf returns the time of a message that the server stored at a time. A real bus never believes what a message says.
func (b *Bus) dateOf(h nats.Header, stored time.Time) time.Time {
	if b.clock == nil {
		return stored
	}
	if t, err := time.Parse(time.RFC3339Nano, h.Get(headerClock)); err == nil {
		return t
	}
	return stored
}
