package bus

import (
	"context"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
)

// leaving ends its worker's context in the middle of its first message.
type leaving struct {
	still
	cancel context.CancelFunc
}

func (p *leaving) Process(Message) ([]Output, error) {
	p.n++
	p.cancel()
	return []Output{{Data: []byte("said")}}, nil
}

// G9, G13: a worker that is stopped before the outputs of a message are out takes no other: that would look like a
// gap, and its outputs would keep those of the first from ever coming.
func TestG9G13StoppedInTheMiddleOfAMessage(t *testing.T) {
	b := open(t)
	p, err := b.NewPublisher("edge")
	if err != nil {
		t.Fatal(err)
	}
	for range 8 {
		if err := p.Publish(t.Context(), Metrics, 0, "s", []byte("x")); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.dataJS.DeleteStream(t.Context(), StreamFindings); err != nil { // outputs go nowhere
		t.Fatal(err)
	}
	for range 20 { // which of two things that are ready goes first is chance
		ctx, cancel := context.WithCancel(t.Context())
		l := &leaving{cancel: cancel}
		set := WorkSettings{Service: "x", Input: Metrics, Processor: l}
		k := &worker{
			bus: b, set: set, log: b.log, stream: StreamName(Metrics, 0), store: b.newSnapshots(set), repeats: newRepeats(),
			drained: time.Now(), // no overtime
		}
		if err := k.run(ctx); err != nil {
			t.Fatal(err)
		}
		if l.n != 1 || k.cursor != 0 {
			t.Fatalf("%d messages were processed, cursor %d: want 1, and 0", l.n, k.cursor)
		}
	}
	if lost := testutil.ToFloat64(b.metrics.lost.WithLabelValues("x")); lost != 0 {
		t.Errorf("%v messages are said to be lost", lost)
	}
}

// All that is left to do when a worker's context has ended shares one deadline.
func TestOvertimeIsShared(t *testing.T) {
	k := &worker{}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	first, stop := k.overtime(ended)
	defer stop()
	second, stop := k.overtime(ended)
	defer stop()
	one, _ := first.Deadline()
	two, ok := second.Deadline()
	if !ok || !one.Equal(two) || first.Err() != nil {
		t.Errorf("deadlines %s and %s, %v", one, two, first.Err())
	}
}

// A bus that is told to end while its server starts again does not wait for that, and keeps its directory locked.
func TestCloseDuringARestart(t *testing.T) {
	b := open(t)
	b.host.mu.Lock() // as a restart does
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	b.heal(ctx)
	if _, err := b.host.InProcessConn(); err != nil {
		t.Errorf("a connection waits for the restart: %v", err)
	}
	if err := b.Close(); err != nil {
		t.Error(err)
	}
	if _, err := lockDir(b.storeDir()); err == nil {
		t.Error("another process could have the directory while the server still writes to it")
	}
	b.host.mu.Unlock()
	if !b.host.stop(time.Now().Add(time.Minute)) {
		t.Error("the server does not stop")
	}
	b.lock.release()
}
