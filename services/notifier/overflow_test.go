package notifier_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/bustest"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/obs"
)

// TestFullQueue: a channel whose receiver is away fills its own queue; all findings are applied, and the other
// channel is told of each.
func TestFullQueue(t *testing.T) {
	away := newReceiver(t, func(_ int, _ string, w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) })
	rec := newReceiver(t, nil)
	r := newRig(t, away.URL, rec.URL)
	stream, err := r.bus.JetStream().Stream(t.Context(), bus.StreamNotify)
	if err != nil {
		t.Fatal(err)
	}
	cfg := stream.CachedInfo().Config
	if !cfg.DiscardNewPerSubject || cfg.MaxMsgsPerSubject < 64 {
		t.Fatalf("the work queue is not bounded per channel: %+v", cfg)
	}
	const room, many = 10, 30
	cfg.MaxMsgsPerSubject = room
	if _, err := r.bus.JetStream().UpdateStream(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	r.cfg.Channels[1].MinSeverity = finding.Critical
	r.start(t)
	for k := range many {
		severity := finding.Warning
		if k >= many-room { // so few at once that the queue of the other channel cannot fill up
			severity = finding.Critical
		}
		name := fmt.Sprint("space/volume:", k)
		r.find(t, say(k, finding.Opened, severity, name, name))
	}
	bustest.Until(t, time.Minute, "messages of the other channel", func() bool { return len(rec.accepted()) == room+1 }) // and that the other has given up
	bustest.Until(t, time.Minute, "dead letters", func() bool { return r.count(t, bus.StreamDeadLetters) == many-room })
	bustest.Until(t, time.Minute, "a full queue and an empty one", func() bool { return r.count(t, bus.StreamNotify) == room })
	bustest.Until(t, time.Minute, "word of it", func() bool {
		c := r.check("notifier/ops0")
		return c.State == obs.Degraded && strings.Contains(c.Message, "messages wait")
	})
	if c := r.check("notifier"); c.State != obs.OK {
		t.Errorf("health of the intake: %+v", c)
	}
}
