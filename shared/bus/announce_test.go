package bus_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/bustest"
)

// listening is a tally whose state depends on the tables too.
type listening struct{ crashing }

func (l *listening) Recalibrate(m bus.Message) error {
	if string(m.Data) == "bad table" {
		return errors.New("cannot read it")
	}
	_, err := l.Process(bus.Message{Data: append([]byte("table "), m.Data...)})
	return err
}

// G18: a table is heard at the same place among the batches in every life of a worker, and
// only by those that want it.
func TestCalibrationComesInItsTurn(t *testing.T) {
	b := bustest.New(t, rarely, func(c *bus.Config) { c.TickInterval = time.Hour })
	p := publisher(t, b, "here")
	var deaf tally
	var first, second listening
	running(t, b, bus.WorkSettings{Service: "historian", Input: bus.Metrics, Partition: 0, Processor: &deaf})
	stop := running(t, b, trend(&first))
	send(t, p, 0, "one", "!two")
	for _, table := range []string{"1", "bad table"} {
		if err := b.AnnounceCalibration(t.Context(), bus.Metrics, table, []byte(table)); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.AnnounceCalibration(t.Context(), bus.Metrics, "1", []byte("1")); err != nil { // a repeat
		t.Fatal(err)
	}
	send(t, p, 0, "three", "!four")
	bustest.Until(t, 20*time.Second, "all is read", func() bool { return first.now().Last == "!four" && deaf.now().Last == "!four" })
	first.crash.Store(true)
	stop()
	running(t, b, trend(&second))
	bustest.Until(t, 20*time.Second, "all is read again", func() bool { return second.now().Last == "!four" })
	if diff := cmp.Diff(first.now(), second.now()); diff != "" {
		t.Errorf("after a replay (-first +second):\n%s", diff)
	}
	if got := second.now().Count; got != 5 {
		t.Errorf("%d messages were heard, want four batches and one table", got)
	}
	if got := deaf.now().Count; got != 4 {
		t.Errorf("%d messages were heard by who wants no tables, want 4", got)
	}
	if dead, _ := messages(t, b, bus.StreamDeadLetters); !cmp.Equal(dead, []string{"bad table"}) {
		t.Errorf("dead letters %q, want the table that cannot be read", dead)
	}
}

// TestAnswer: a service that is no worker is asked like one, and its errors reach who asked.
func TestAnswer(t *testing.T) {
	b := bustest.New(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	done := make(chan error, 1)
	go func() {
		done <- b.Answer(ctx, "notifier", 0, func(request []byte) ([]byte, error) {
			if len(request) == 0 {
				return nil, errors.New("ask for something")
			}
			return append([]byte("re: "), request...), nil
		})
	}()
	bustest.Eventually(t, 10*time.Second, func() error {
		got, err := b.Query(t.Context(), "notifier", 0, []byte("you"))
		if err == nil && string(got) != "re: you" {
			err = errors.New(string(got))
		}
		return err
	})
	if _, err := b.Query(t.Context(), "notifier", 0, nil); err == nil || errors.Is(err, bus.ErrNoWorker) {
		t.Errorf("Query = %v, want what the service said", err)
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}
