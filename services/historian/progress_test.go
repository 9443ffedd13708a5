package historian_test

import (
	"testing"
	"time"

	"github.com/forewarn/forewarn/shared/history/stored"
	"github.com/forewarn/forewarn/shared/obs"
)

// TestUntil: history is complete up to the time of the bus that the slowest partition has come to: batches and ticks go on, a history
// that cannot write does not.
func TestUntil(t *testing.T) {
	r := newRig(t)
	disk := &faulty{Store: r.store}
	r.store = disk
	before := time.Now().Add(-time.Second)
	h, stop := r.run()
	defer stop()
	if got := h.Until(); !got.IsZero() {
		t.Errorf("complete until %v before anything came", got)
	}
	r.publish(0)
	r.until("every partition is stored", func() bool { return h.Until().After(before) })
	first := h.Until()
	r.bus.Tick(t.Context())
	r.until("a tick goes on", func() bool { return h.Until().After(first) })
	r.until("who asks over the bus is told the same", func() bool { return stored.Until(t.Context(), r.bus).After(first) })

	disk.full.Store(true)
	r.publish(1)
	r.until("all wait", func() bool { return r.check("historian").State == obs.Degraded })
	first = h.Until()
	r.bus.Tick(t.Context())
	if got := h.Until(); !got.Equal(first) {
		t.Errorf("complete until %v while nothing can be written since %v", got, first)
	}
	disk.full.Store(false)
	r.until("it goes on", func() bool { return h.Until().After(first) })
}
