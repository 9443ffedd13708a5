package historian

import (
	"context"
	"time"

	"github.com/forewarn/forewarn/shared/obs"
)

// watchEvery is how often the store is asked for trouble that no append reports.
const watchEvery = time.Minute

// compactionCheck is the health check of what the store does by itself.
const compactionCheck = Service + "/compaction"

// watchStore keeps the health check of the store's compactions until ctx ends.
func (h *Historian) watchStore(ctx context.Context, store holder) {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	seen := 0
	for {
		seen = h.checkCompactions(store, seen)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// checkCompactions reports whether compactions have failed since there were seen failures, and returns how many
// there are now.
func (h *Historian) checkCompactions(store holder, seen int) int {
	failures := store.Stats().CompactionFailures
	if failures > seen {
		h.set.Health.Set(compactionCheck, obs.Degraded,
			"history cannot compact, so that its memory and its log grow; free space or repair its disk (the log names the cause). It is tried again")
	} else {
		h.set.Health.Set(compactionCheck, obs.OK, "")
	}
	return failures
}
