package historian

import (
	"sync/atomic"
	"time"
)

// progress is up to when each partition is stored, by the time of the bus: Unix nanoseconds, 0 where nothing was read yet.
type progress []atomic.Int64

// reached notes that a partition is stored up to a time.
func (p progress) reached(partition int, t time.Time) { p[partition].Store(t.UnixNano()) }

// until returns up to when a partition is stored, zero if that is not known.
func (p progress) until(partition int) time.Time {
	at := p[partition].Load()
	if at == 0 {
		return time.Time{}
	}
	return time.Unix(0, at).UTC()
}

// Until returns up to when, by the time of the bus, all that came is in history; zero until every partition was heard.
// Partitions hear a tick every few seconds, so that it goes on where nothing comes. It is safe for concurrent use.
func (h *Historian) Until() (least time.Time) {
	for i := range h.progress {
		at := h.progress.until(i)
		if at.IsZero() {
			return at
		}
		if i == 0 || at.Before(least) {
			least = at
		}
	}
	return least
}
