package historian

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/forewarn/forewarn/shared/certificate"
	"github.com/forewarn/forewarn/shared/history"
	"github.com/forewarn/forewarn/shared/obs"
)

// watchEvery is how often the store is asked for trouble that no append reports.
const watchEvery = time.Minute

// The health checks of what no append reports: what the store does by itself, and the clocks.
const (
	compactionCheck = Service + "/compaction"
	clockCheck      = Service + "/clock"
)

// certificateCheck is the health check of the certificate of the server that keeps the history.
const certificateCheck = Service + "/certificate"

// certified is a history on a server that shows a certificate.
type certified interface{ CertificateUntil() time.Time }

// watchCertificate keeps the health check of the server's certificate until ctx ends.
func (h *Historian) watchCertificate(ctx context.Context, store certified) {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for {
		h.checkCertificate(store.CertificateUntil(), time.Now())
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// checkCertificate reports whether the certificate ends soon.
func (h *Historian) checkCertificate(until, now time.Time) {
	if until.IsZero() {
		return // there is none, or nothing was sent yet
	}
	h.metrics.certificateEnd.WithLabelValues().Set(float64(until.Unix()))
	if w := (certificate.Term{Of: "the certificate of the server that keeps the history", Until: until}).Warning(now); w != "" {
		h.set.Health.Set(certificateCheck, obs.Degraded, w)
		return
	}
	h.set.Health.Set(certificateCheck, obs.OK, "")
}

// dryChecks is for how many checks in a row nothing but refusals must be seen to speak of it.
const dryChecks = 3

// intake counts samples by what became of them since the last check.
type intake struct {
	stored, tooOld atomic.Int64
	dry            int // checks in a row that saw only samples too old; of the one goroutine that checks
}

func (i *intake) count(n history.Appended) {
	i.stored.Add(int64(n.Stored))
	i.tooOld.Add(int64(n.TooOld))
}

// check reports whether for several checks in a row all samples were too old. Silence says nothing.
func (i *intake) check() bool {
	stored, tooOld := i.stored.Swap(0), i.tooOld.Swap(0)
	switch {
	case stored > 0:
		i.dry = 0
	case tooOld > 0:
		i.dry++
	}
	return i.dry >= dryChecks
}

// watchStore keeps the health checks of the store's compactions and of the clock until ctx ends.
func (h *Historian) watchStore(ctx context.Context, store holder) {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	seen := 0
	for {
		seen = h.checkCompactions(store, seen)
		h.checkClock(store, time.Now())
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// checkClock reports whether the history holds samples from the future, which make those of the present too old.
func (h *Historian) checkClock(store holder, now time.Time) {
	newest := store.Stats().Newest
	refused := h.intake.check()
	switch {
	case newest.After(now.Add(history.MaxAhead)):
		h.set.Health.Set(clockCheck, obs.Degraded, fmt.Sprintf("history holds samples from the future, the newest of %s; "+
			"those of the present are refused as too old, or soon will be, until the clock has caught up. "+
			"Correct this machine's clock, or stop Forewarn and move the history directory away", newest.UTC().Format(time.RFC3339)))
	case refused:
		h.set.Health.Set(clockCheck, obs.Degraded, fmt.Sprintf("history has refused all samples of the last %d minutes as too old; "+
			"set the clocks of this machine and of those that send by NTP, or raise history.out_of_order_window", dryChecks))
	default:
		h.set.Health.Set(clockCheck, obs.OK, "")
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
