package bus_test

import (
	"context"
	"io"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/bustest"
)

// listener notes the times of what it is given.
type listener struct{ heard chan time.Time }

func (l listener) Process(m bus.Message) ([]bus.Output, error) {
	l.heard <- m.Time
	return nil, nil
}
func (listener) Snapshot(io.Writer) error { return nil }
func (listener) Restore([]byte) error     { return nil }

// hear works on a partition until it has heard so many messages, and returns their times.
func hear(t *testing.T, b *bus.Bus, service string, n int) (times []time.Time) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	l, done := listener{make(chan time.Time, n)}, make(chan error, 1)
	go func() { done <- b.Work(ctx, bus.WorkSettings{Service: service, Input: bus.Metrics, Processor: l}) }()
	for range n {
		select {
		case at := <-l.heard:
			times = append(times, at)
		case err := <-done:
			t.Fatalf("the worker ended: %v", err)
		case <-time.After(10 * time.Second):
			t.Fatalf("heard %d messages only", len(times))
		}
	}
	bustest.Until(t, 10*time.Second, "the worker is done with all that it heard", func() bool {
		lag, err := b.Lag(t.Context(), service, 0)
		return err == nil && lag == 0
	})
	cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	return times
}

// G19: batches and ticks come at simulated times, and the same messages at the server's when the bus is a real one.
func TestG19SimulatedDays(t *testing.T) {
	dir, now := t.TempDir(), time.Date(2026, 1, 31, 22, 0, 0, 5, time.UTC)
	one := func(c *bus.Config) { c.Partitions = 1 }
	b := bustest.Open(t, dir, bus.Settings{Clock: func() time.Time { return now }}, one)
	p, err := b.NewPublisher("story")
	if err != nil {
		t.Fatal(err)
	}
	var want []time.Time
	for range 3 {
		if err := p.Publish(t.Context(), bus.Metrics, 0, "story", []byte("x")); err != nil {
			t.Fatal(err)
		}
		want, now = append(want, now), now.Add(24*time.Hour)
	}
	b.Tick(t.Context())
	want = append(want, now)
	if diff := cmp.Diff(want, hear(t, b, "simulated", 4)); diff != "" {
		t.Errorf("times (-want +got):\n%s", diff)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	for _, at := range hear(t, bustest.Open(t, dir, bus.Settings{}, one), "real", 4) {
		if age := time.Since(at); age < 0 || age > time.Hour {
			t.Errorf("on a real bus a message has the time %v", at)
		}
	}
}

func TestSimulatedDaysNeedABusOfTheirOwn(t *testing.T) {
	cfg := bustest.Config(func(c *bus.Config) { c.URL = "nats://127.0.0.1:1" })
	_, err := bus.Open(t.Context(), cfg, bus.Settings{DataDir: t.TempDir(), Clock: time.Now})
	if want := "a bus of simulated days must be embedded; remove bus.url"; err == nil || err.Error() != want {
		t.Errorf("error %v, want %q", err, want)
	}
}

func TestLagOfNobody(t *testing.T) {
	if _, err := bustest.New(t).Lag(t.Context(), "nobody", 0); err == nil {
		t.Error("there is no such worker, and it has a lag")
	}
}
