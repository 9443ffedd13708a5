package notifier_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/bustest"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/obs"
)

// TestStopDuringAnAttempt: an answer that does not come soon is not waited for, and does not count as a failure for
// good; the next start sends the message again, under the same id.
func TestStopDuringAnAttempt(t *testing.T) {
	asked := make(chan string, 2)
	rec := newReceiver(t, func(n int, id string, _ http.ResponseWriter, r *http.Request) {
		asked <- id
		if n == 1 {
			<-r.Context().Done() // no answer before the sender breaks off
		}
	})
	r := newRig(t, rec.URL)
	r.cfg.MaxAttempts = 1
	stop := r.start(t)
	r.find(t, life("space/volume:a:/", "1", 0)[:1]...)
	first := <-asked
	stop()
	r.start(t)
	if again := <-asked; again != first {
		t.Errorf("sent again as %q, first as %q", again, first)
	}
	r.quiet(t)
	if n := r.count(t, bus.StreamDeadLetters); n != 0 || len(rec.accepted()) != 1 {
		t.Errorf("%d dead letters, accepted %q", n, rec.accepted())
	}
}

// TestStopKeepsTheReceipt: what a receiver accepts while the notifier stops is noted, and not sent again. A busy machine
// may take longer than an attempt has then, which sends it again under the same id; it does not always.
func TestStopKeepsTheReceipt(t *testing.T) {
	var ids []string
	for range 5 {
		if ids = acceptWhileStopping(t); len(ids) == 1 {
			return
		}
		if len(ids) != 2 || ids[0] != ids[1] {
			break
		}
	}
	t.Errorf("accepted %q", ids)
}

// acceptWhileStopping returns the ids of what a receiver accepts of one message, over a stop and the next start.
func acceptWhileStopping(t *testing.T) []string {
	t.Helper()
	asked, answer := make(chan struct{}), make(chan struct{})
	rec := newReceiver(t, func(n int, _ string, _ http.ResponseWriter, _ *http.Request) {
		if n == 1 {
			close(asked)
			<-answer
		}
	})
	r := newRig(t, rec.URL)
	stop := r.start(t)
	r.find(t, life("space/volume:a:/", "1", 0)[:1]...)
	<-asked
	stopped := make(chan struct{})
	go func() { defer close(stopped); stop() }()
	close(answer)
	<-stopped
	stop = r.start(t)
	r.quiet(t)
	stop()
	rec.mu.Lock()
	defer rec.mu.Unlock()
	return slices.Clone(rec.ids)
}

// TestFullStore: when the store fills up with open incidents, slight ones are refused, loudly; critical ones are
// still opened, and all can end, which makes room again.
func TestFullStore(t *testing.T) {
	r := newRig(t)
	stream, err := r.bus.JetStream().Stream(t.Context(), "KV_"+bus.BucketIncident)
	if err != nil {
		t.Fatal(err)
	}
	cfg := stream.CachedInfo().Config
	cfg.MaxBytes = 128 << 10
	if _, err := r.bus.JetStream().UpdateStream(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	r.start(t)
	const many = 200
	name := func(k int) string { return fmt.Sprintf("space/volume:%03d:/", k) }
	each := func(from, to int, a finding.Action, s finding.Severity) {
		for k := from; k < to; k++ {
			minute := k + many*slices.Index([]finding.Action{finding.Opened, finding.Updated, finding.Resolved}, a)
			r.find(t, say(minute, a, s, name(k), name(k)))
		}
		r.quiet(t)
	}
	each(0, many, finding.Opened, finding.Warning)
	bustest.Until(t, time.Minute, "word of it", func() bool {
		c := r.check("notifier/store")
		return c.State == obs.Degraded && strings.Contains(c.Message, "raise bus.max_store")
	})
	opened := value(t, r.reg, "opened")
	if refused := value(t, r.reg, "refused"); refused == 0 || opened+refused != many {
		t.Errorf("%v refused, %v opened of %d", refused, opened, many)
	}
	each(many, many+1, finding.Opened, finding.Critical)
	if value(t, r.reg, "opened") != opened+1 {
		t.Error("a critical one was refused")
	}
	each(0, many, finding.Resolved, finding.Warning)
	if n := value(t, r.reg, "resolved"); n != opened {
		t.Errorf("%v of %v could end", n, opened)
	}
	k := many
	bustest.Until(t, time.Minute, "room", func() bool {
		k++
		each(k, k+1, finding.Opened, finding.Warning)
		return value(t, r.reg, "opened") > opened+1
	})
}
