package notifier_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/bustest"
)

// TestLostInFlight: a message that the queue gave out and nobody got is not overtaken by a newer one of its incident,
// whose receipt would cover it.
func TestLostInFlight(t *testing.T) {
	rec := newReceiver(t, nil)
	r := newRig(t, rec.URL)
	r.start(t)
	bustest.Until(t, time.Minute, "consumer", func() bool { return waiting(t, r.bus) == 1 })
	cons, err := r.bus.JetStream().Consumer(t.Context(), bus.StreamNotify, "notify-ops0")
	if err != nil {
		t.Fatal(err)
	}
	thief, err := cons.Messages(jetstream.PullMaxMessages(1), jetstream.PullExpiry(time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	stolen := make(chan jetstream.Msg, 1)
	go func() {
		defer thief.Stop()
		if msg, err := thief.Next(); err == nil {
			stolen <- msg
		}
	}()
	bustest.Until(t, time.Minute, "second reader", func() bool { return waiting(t, r.bus) == 2 })
	story := life(a, "1", 0)
	r.find(t, story[:2]...)
	lost := <-stolen // one of the two: the server serves its readers in turn
	r.find(t, story[2])
	bustest.Until(t, time.Minute, "the message after it", func() bool { return held(t, r.reg) >= 1 && r.floor(t) == 3 && waiting(t, r.bus) == 1 })
	if err := lost.Nak(); err != nil {
		t.Fatal(err)
	}
	r.quiet(t)
	if diff := cmp.Diff([]string{"opened " + a, "raised " + a, "resolved " + a}, rec.accepted()); diff != "" {
		t.Errorf("received (-want +got):\n%s", diff)
	}
}

// waiting returns how many readers of the first channel's queue wait for messages.
func waiting(t *testing.T, b *bus.Bus) int {
	t.Helper()
	cons, err := b.JetStream().Consumer(t.Context(), bus.StreamNotify, "notify-ops0")
	if err != nil {
		return 0
	}
	return cons.CachedInfo().NumWaiting
}

// held returns how many deliveries the workers hold.
func held(t *testing.T, g prometheus.Gatherer) (n float64) {
	t.Helper()
	all, err := g.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range all {
		for _, m := range f.GetMetric() {
			if f.GetName() == "forewarn_notifier_pending_deliveries" {
				n += m.GetGauge().GetValue()
			}
		}
	}
	return n
}

// TestInWorkOfTheDead: findings that a killed notifier had in work are applied before newer ones, which wait for them.
func TestInWorkOfTheDead(t *testing.T) {
	rec := newReceiver(t, nil)
	r := newRig(t, rec.URL)
	stop := r.start(t)
	bustest.Until(t, time.Minute, "consumer", func() bool { return waiting(t, r.bus) == 1 })
	stop()
	story := life(a, "1", 0)
	r.find(t, story[:2]...)
	cons, err := r.bus.JetStream().Consumer(t.Context(), bus.StreamFindings, "notifier")
	if err != nil {
		t.Fatal(err)
	}
	dead, err := cons.Fetch(2)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for range dead.Messages() { // none is acknowledged
		n++
	}
	r.find(t, story[2])
	r.start(t)
	r.quiet(t)
	if diff := cmp.Diff([]string{"opened " + a, "raised " + a, "resolved " + a}, rec.accepted()); diff != "" || n != 2 {
		t.Errorf("%d were in work; received (-want +got):\n%s", n, diff)
	}
}
