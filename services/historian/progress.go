package historian

import (
	"sync/atomic"
	"time"
)

// progress is up to when each partition is stored, by the time of the bus: Unix nanoseconds, 0 where nothing was read yet.
type progress []atomic.Int64

// reached notes that a partition is stored up to a time.
func (p progress) reached(partition int, t time.Time) { p[partition].Store(t.UnixNano()) }

// Until returns up to when, by the time of the bus, all that came is in history; zero until every partition was heard.
// Partitions hear a tick every few seconds, so that it goes on where nothing comes. It is safe for concurrent use.
func (h *Historian) Until() time.Time {
	least := int64(0)
	for i := range h.progress {
		at := h.progress[i].Load()
		if at == 0 {
			return time.Time{}
		}
		if i == 0 || at < least {
			least = at
		}
	}
	return time.Unix(0, least).UTC()
}
