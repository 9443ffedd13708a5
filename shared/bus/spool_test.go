package bus

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/nats-io/nats.go/jetstream"
)

func newSpool(t *testing.T, limit int64) *spool {
	t.Helper()
	m, err := newMetrics(nil)
	if err != nil {
		t.Fatal(err)
	}
	s, err := openSpool(t.TempDir(), limit, m)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// G6: what the lanes write at once is counted before it is there.
func TestG6LanesTogetherStayBelowTheLimit(t *testing.T) {
	const limit = 64 << 10
	s := newSpool(t, limit)
	var g sync.WaitGroup
	for k := range 16 {
		g.Go(func() {
			for n := range 10 {
				b := &batch{lane: lane{Metrics, k}, serial: serial{1, uint64(100*n + k)}, id: "x", payload: make([]byte, 15<<10)}
				if err := s.add(b); err != nil {
					t.Error(err)
				}
				if _, bytes := s.size(); bytes > limit {
					t.Errorf("%d bytes on the spool", bytes)
				}
			}
		})
	}
	g.Wait()
	if n, bytes := s.size(); n != 4 || bytes > limit || s.reserved != 0 {
		t.Errorf("%d batches, %d bytes, %d reserved", n, bytes, s.reserved)
	}
}

// G6: when all that could be dropped is being sent, a batch is refused rather than put beyond the limit.
func TestG6NothingToDrop(t *testing.T) {
	s := newSpool(t, 8<<10)
	b := &batch{lane: lane{Metrics, 0}, serial: serial{1, 1}, payload: make([]byte, 5<<10)}
	if err := s.add(b); err != nil {
		t.Fatal(err)
	}
	held, _ := s.hold(b.lane)
	next := &batch{lane: lane{Metrics, 1}, serial: serial{1, 2}, payload: b.payload}
	if err := s.add(next); err == nil || !strings.Contains(err.Error(), "raise bus.spool_max") {
		t.Errorf("add: %v", err)
	}
	s.done(b.lane, held, true)
	if err := s.add(next); err != nil {
		t.Errorf("add when it was sent: %v", err)
	}
}

// G10: a file that could not be removed is removed later, so that it does not come again after many starts.
func TestG10FileThatStays(t *testing.T) {
	s := newSpool(t, 1<<20)
	b := &batch{lane: lane{Metrics, 0}, serial: serial{1, 1}}
	if err := s.add(b); err != nil {
		t.Fatal(err)
	}
	path := s.path(b.lane, b.serial)
	inside := filepath.Join(path, "x") // a directory with something in it cannot be removed
	for _, err := range []error{os.Remove(path), os.Mkdir(path, 0o750), os.WriteFile(inside, nil, 0o600)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	held, _ := s.hold(b.lane)
	s.done(b.lane, held, true)
	s.sweep()
	if _, err := os.Stat(path); err != nil || len(s.left) != 1 {
		t.Fatalf("it could be removed: %v, %v", s.left, err)
	}
	if err := os.Remove(inside); err != nil {
		t.Fatal(err)
	}
	s.sweep()
	if _, err := os.Stat(path); !os.IsNotExist(err) || len(s.left) != 0 {
		t.Errorf("it stays: %v, %v", s.left, err)
	}
}

// G16: when the clock was set back, ticks go on with numbers that were not used, in the same process and the next.
func TestG16TicksAfterTheClockWasSetBack(t *testing.T) {
	b := open(t)
	b.Tick(t.Context())
	b.ticked += 50 // as if the clock had been ahead
	first := b.ticked + 1
	b.Tick(t.Context())
	b.Tick(t.Context())
	b.ticked = 0 // the next process
	b.Tick(t.Context())
	b.Tick(t.Context())
	stream, err := b.dataJS.Stream(t.Context(), StreamName(Logs, 3))
	if err != nil {
		t.Fatal(err)
	}
	for k, want := range []int64{first, first + 1, first + 2} {
		m, err := stream.GetMsg(t.Context(), uint64(k+2))
		if err != nil {
			t.Fatal(err)
		}
		if got := m.Header.Get(jetstream.MsgIDHeader); got != fmt.Sprintf("tick:%d", want) {
			t.Errorf("tick %d is %q, want number %d", k, got, want)
		}
	}
}

// A bucket of an install that kept history loses it, so that it cannot fill with it.
func TestIncidentBucketLosesItsHistory(t *testing.T) {
	b := open(t)
	old := b.buckets()[2]
	old.History, old.MaxBytes, old.LimitMarkerTTL = 16, old.MaxBytes/2, 0
	if err := b.controlJS.DeleteKeyValue(t.Context(), BucketIncident); err != nil {
		t.Fatal(err)
	}
	if _, err := b.controlJS.CreateKeyValue(t.Context(), old); err != nil {
		t.Fatal(err)
	}
	kv, err := b.KeyValue(t.Context(), BucketIncident)
	if err != nil {
		t.Fatal(err)
	}
	for range 5 {
		if _, err := kv.Put(t.Context(), "a", []byte("x")); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.ensureTopology(t.Context()); err != nil {
		t.Fatal(err)
	}
	st, err := kv.Status(t.Context())
	if err != nil || st.History() != 1 || st.Values() != 1 {
		t.Errorf("history %d, %d values, %v", st.History(), st.Values(), err)
	}
}
