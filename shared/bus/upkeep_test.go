package bus_test

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/bustest"
	"github.com/forewarn/forewarn/shared/obs"
)

// keeping runs the bus's background duties.
func keeping(t testing.TB, b *bus.Bus) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- b.Run(ctx) }()
	return func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("run bus: %v", err)
		}
	}
}

func state(t testing.TB, b *bus.Bus, stream string) bus.StreamStatus {
	t.Helper()
	s, err := b.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, st := range s.Streams {
		if st.Name == stream {
			return st
		}
	}
	t.Fatalf("there is no stream %q", stream)
	return bus.StreamStatus{}
}

// G7: what one of two readers has not saved stays, although the other is done; then it is purged.
func TestG7JanitorNeverPurgesUnread(t *testing.T) {
	b := bustest.New(t, func(c *bus.Config) { c.TickInterval = time.Hour })
	p := publisher(t, b, "edge")
	slow, quick := &crashing{}, &tally{}
	slow.crash.Store(true)
	stop := running(t, b, bus.WorkSettings{Service: "slow", Input: bus.Metrics, Processor: slow})
	defer running(t, b, bus.WorkSettings{Service: "quick", Input: bus.Metrics, Processor: quick})()
	defer running(t, b, bus.WorkSettings{Service: "quick", Input: bus.Metrics, Partition: 1, Processor: &tally{}})()
	defer keeping(t, b)()
	// tidied returns when the janitor has been: what all readers of another partition have saved is gone.
	tidied := func() {
		for range 2 { // the first round may have begun before
			send(t, p, 1, "marker")
			bustest.Until(t, 20*time.Second, "the janitor has been", func() bool { return state(t, b, "MET_01").Messages == 0 })
		}
	}
	send(t, p, 0, lines(0, 50)...)
	bustest.Until(t, 20*time.Second, "both have read", func() bool { return slow.now().Count == 50 && quick.now().Count == 50 })
	bustest.Until(t, 20*time.Second, "the quick one has saved", func() bool { return reader(t, b, "quick").Lag == 0 })
	tidied()
	if st := state(t, b, "MET_00"); st.FirstSeq != 1 {
		t.Errorf("unread messages were purged: %+v", st)
	}
	slow.crash.Store(false)
	bustest.Until(t, 20*time.Second, "all is purged", func() bool { return state(t, b, "MET_00").Messages <= 1 })
	stop()
	send(t, p, 0, lines(0, 50)...)
	bustest.Until(t, 20*time.Second, "the quick one has saved", func() bool { return reader(t, b, "quick").Lag == 0 })
	tidied()
	if lag := reader(t, b, "slow").Lag; lag < 50 {
		t.Errorf("the one that is away is behind by %d, want 50", lag)
	}
	if st := state(t, b, "MET_00"); st.Messages < 50 {
		t.Errorf("unread messages were purged: %+v", st)
	}
	if err := b.RetireReader(t.Context(), "slow", bus.Metrics); err != nil {
		t.Fatal(err)
	}
	bustest.Until(t, 20*time.Second, "all is purged", func() bool { return state(t, b, "MET_00").Messages <= 1 })
}

func reader(t testing.TB, b *bus.Bus, service string) bus.ReaderStatus {
	t.Helper()
	s, err := b.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return readerOf(s, service)
}

// readerOf finds a service's reader of partition 0.
func readerOf(s bus.Status, service string) bus.ReaderStatus {
	for _, r := range s.Readers {
		if r.Service == service && r.Partition == 0 {
			return r
		}
	}
	return bus.ReaderStatus{Lag: 1 << 62}
}

// G7: a reader that does not move while its stream fills is told to people.
func TestG7StuckReaderIsTold(t *testing.T) {
	h := &obs.Health{}
	b := bustest.Open(t, t.TempDir(), bus.Settings{Health: h}, func(c *bus.Config) {
		c.MaxStore, c.SnapshotInterval = 32<<20, 20*time.Millisecond
	})
	w := &tally{}
	stop := running(t, b, trend(w))
	p := publisher(t, b, "edge")
	send(t, p, 0, "one")
	bustest.Until(t, 20*time.Second, "it has read", func() bool { return w.now().Count == 1 })
	stop()
	pad := strings.Repeat("x", 256<<10)
	for range 12 { // of the 3.4 MB that a partition has here
		send(t, p, 0, pad)
	}
	defer keeping(t, b)()
	bustest.Until(t, 20*time.Second, "people are told", func() bool {
		c := check(h, "bus/readers")
		return c.State == obs.Degraded && strings.Contains(c.Message, "trend has not read on") && strings.Contains(c.Message, "start it")
	})
}

// A stream that nobody reads keeps the newest half of what it may hold.
func TestUnreadStreamKeepsTheNewest(t *testing.T) {
	b := bustest.New(t, func(c *bus.Config) { c.MaxStore, c.TickInterval = 32<<20, time.Hour })
	p := publisher(t, b, "edge")
	defer keeping(t, b)()
	pad := strings.Repeat("x", 100<<10)
	for i := range 100 {
		send(t, p, 0, fmt.Sprintf("%04d%s", i, pad))
		if i%10 == 9 {
			bustest.Until(t, 20*time.Second, "the janitor has been", func() bool {
				st := state(t, b, "MET_00")
				return st.Bytes <= uint64(st.MaxBytes)/2+1<<10
			})
		}
	}
	if data, _ := messages(t, b, "MET_00"); !strings.HasPrefix(data[len(data)-2], "009") && !strings.HasPrefix(data[len(data)-1], "009") {
		t.Errorf("the newest is not kept: %.4q", data)
	}
	if st := state(t, b, "MET_00"); st.LastSeq < 100 || st.Bytes < uint64(st.MaxBytes)/4 {
		t.Errorf("kept %+v", st)
	}
}

// G16: every partition hears ticks, each once, though two processes tick.
func TestG16Ticks(t *testing.T) {
	ext := newExternal(t)
	one := bustest.Open(t, t.TempDir(), bus.Settings{}, ext.use)
	two := bustest.Open(t, t.TempDir(), bus.Settings{}, ext.use)
	stopOne, stopTwo := keeping(t, one), keeping(t, two)
	bustest.Until(t, 20*time.Second, "ticks are heard", func() bool { return state(t, one, "LOG_03").LastSeq >= 3 })
	stopOne()
	stopTwo()
	for _, k := range []bus.Kind{bus.Metrics, bus.Logs} {
		for p := range one.Partitions() {
			_, ids := messages(t, one, bus.StreamName(k, p))
			for i, id := range ids {
				if i > 0 && number(t, id) <= number(t, ids[i-1]) {
					t.Errorf("%s: tick %q after %q", bus.StreamName(k, p), id, ids[i-1])
				}
			}
			if len(ids) < 3 {
				t.Errorf("%s heard %d ticks", bus.StreamName(k, p), len(ids))
			}
		}
	}
}

// number returns the number of a tick's interval. Of two processes with ids of their own it would come twice.
func number(t *testing.T, id string) int64 {
	t.Helper()
	n, err := strconv.ParseInt(strings.TrimPrefix(id, "tick:"), 10, 64)
	if err != nil {
		t.Errorf("tick with the id %q", id)
	}
	return n
}

// G15: a single stream that stores nothing is named.
func TestG15OneStream(t *testing.T) {
	h := &obs.Health{}
	b := bustest.Open(t, t.TempDir(), bus.Settings{Health: h})
	if err := b.JetStream().DeleteStream(t.Context(), "LOG_02"); err != nil {
		t.Fatal(err)
	}
	defer keeping(t, b)()
	bustest.Until(t, 20*time.Second, "it is named", func() bool {
		c := check(h, "bus/canary")
		return c.State == obs.Failed && strings.Contains(c.Message, "stores nothing in LOG_02.")
	})
}

// G15: a bus that answers but stores nothing is noticed and said, with what to do.
func TestG15Canary(t *testing.T) {
	h, registry := &obs.Health{}, prometheus.NewRegistry()
	b := bustest.Open(t, t.TempDir(), bus.Settings{Health: h, Registry: registry})
	defer keeping(t, b)()
	bustest.Until(t, 20*time.Second, "the canary sings", func() bool { return check(h, "bus/canary").State == obs.OK })
	s, err := b.Status(t.Context())
	if err != nil || !s.Canary.OK || s.Canary.At.IsZero() {
		t.Errorf("status: %+v, %v", s.Canary, err)
	}
	if err := b.JetStream().DeleteStream(t.Context(), "CANARY"); err != nil {
		t.Fatal(err)
	}
	bustest.Until(t, 20*time.Second, "its silence is noticed", func() bool {
		c := check(h, "bus/canary")
		return c.State == obs.Failed && strings.Contains(c.Message, "free space") && strings.Contains(c.Message, "restart forewarn")
	})
	if value(t, registry, "forewarn_bus_canary_ok") != 0 {
		t.Error("the metric says that it sings")
	}
}

// A disk that is nearly full is said, and intake stops before the store would meet the end of it.
func TestDiskReserve(t *testing.T) {
	h := &obs.Health{}
	b := bustest.Open(t, t.TempDir(), bus.Settings{Health: h}, func(c *bus.Config) { c.MinFree = 1 << 60 })
	p := publisher(t, b, "edge")
	defer keeping(t, b)()
	bustest.Until(t, 20*time.Second, "it is said", func() bool { return check(h, "bus/disk").State == obs.Failed })
	if err := p.Publish(t.Context(), bus.Metrics, 0, "s", []byte("x")); err == nil || !strings.Contains(err.Error(), "free space") {
		t.Errorf("Publish: %v", err)
	}
}

// What the duties tell is told by the process that does them: one that does them no more says nothing about a canary, rather than
// that it is dead, and nothing about lags of long ago.
func TestDutiesAreToldByWhoDoesThem(t *testing.T) {
	registry := prometheus.NewRegistry()
	b := bustest.Open(t, t.TempDir(), bus.Settings{Registry: registry})
	told := func() bool {
		families, err := registry.Gather()
		if err != nil {
			t.Fatal(err)
		}
		return slices.ContainsFunc(families, func(f *dto.MetricFamily) bool {
			return f.GetName() == "forewarn_bus_canary_ok" || f.GetName() == "forewarn_bus_stream_fill_ratio"
		})
	}
	if told() {
		t.Error("it tells of a canary that never was")
	}
	stop := keeping(t, b)
	bustest.Until(t, 20*time.Second, "the canary is told of", told)
	stop()
	if told() {
		t.Error("it tells of a canary that is not sent any more")
	}
}
