package anomaly

import (
	"encoding/binary"
	"time"

	"github.com/forewarn/forewarn/shared/chunk"
)

const (
	// deafAfter is for how long nothing must have been heard, ticks included, to say that nobody was there: the whole program or
	// its bus was away, and with it the samples.
	deafAfter = 90 * time.Second
	// comeBack is how long it takes after that until samples come again.
	comeBack = time.Minute
)

// pause notices when nobody was there. Rules are not evaluated over the hole that this leaves in the samples, nor before there are
// new ones: what fires would end and begin anew with every restart.
type pause struct {
	// after is how long a silence is one; 0: none is, as in the past, where samples come by the window.
	after       time.Duration
	now, resume time.Time
}

// hear takes the time of a message and returns that of the one before, zero where there is none to go on from.
func (p *pause) hear(now time.Time) (since time.Time) {
	since, p.now = p.now, now
	switch silent := now.Sub(since); {
	case since.IsZero() || silent < 0: // there is nothing before it, or the clock was wrong
		return time.Time{}
	case p.after > 0 && silent > p.after:
		p.resume = now.Add(comeBack)
		return time.Time{}
	}
	return since
}

// waits reports whether samples are still to come again.
func (p *pause) waits() bool { return p.now.Before(p.resume) }

// appendTo appends the state: both times in Unix milliseconds, 0 for never.
func (p *pause) appendTo(b []byte) []byte {
	for _, t := range [...]time.Time{p.now, p.resume} {
		millis := int64(0)
		if !t.IsZero() {
			millis = t.UnixMilli()
		}
		b = binary.AppendVarint(b, millis)
	}
	return b
}

// cut takes back what appendTo appended, and returns the rest.
func (p *pause) cut(b []byte) (rest []byte, err error) {
	for _, t := range [...]*time.Time{&p.now, &p.resume} {
		millis, width := binary.Varint(b)
		if width <= 0 {
			return nil, chunk.ErrCut
		}
		if *t = (time.Time{}); millis != 0 {
			*t = time.UnixMilli(millis).UTC()
		}
		b = b[width:]
	}
	return b, nil
}
