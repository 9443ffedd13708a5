package bus

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/forewarn/forewarn/shared/obs"
)

// collected is what a reader has got.
type collected struct {
	mu   sync.Mutex
	data []string
}

func (c *collected) String() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return strings.Join(c.data, " ")
}

// collect reads a stream until the test ends.
func collect(t *testing.T, b *Bus, stream string) *collected {
	t.Helper()
	c := &collected{}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		done <- b.Consume(ctx, stream, 0, func(m Message) error {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.data = append(c.data, string(m.Data))
			return nil
		})
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Consume: %v", err)
		}
	})
	return c
}

// expect waits until a reader has got exactly this.
func (c *collected) expect(t *testing.T, want string) {
	t.Helper()
	eventually(t, "to read "+want, func() bool { return len(c.String()) >= len(want) })
	if got := c.String(); got != want {
		t.Fatalf("read %q, want %q", got, want)
	}
}

// store puts payloads on a stream, however long the bus is away.
func store(t *testing.T, b *Bus, payloads ...string) {
	t.Helper()
	for _, s := range payloads {
		err := b.Retry(t.Context(), "store", func(ctx context.Context) error {
			_, err := b.controlJS.Publish(ctx, subjectBatch(Metrics, 0), []byte(s))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// restart stops the embedded server and starts it again; meanwhile is called between the two with its directory.
func restart(t *testing.T, b *Bus, meanwhile func(dir string)) {
	t.Helper()
	b.host.mu.Lock()
	defer b.host.mu.Unlock()
	b.host.end()
	meanwhile(b.host.dir)
	if err := b.host.start(); err != nil {
		t.Fatal(err)
	}
}

// forget deletes a stream with all that is in it and creates it again.
func forget(t *testing.T, b *Bus, stream string) {
	t.Helper()
	s, err := b.controlJS.Stream(t.Context(), stream)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.controlJS.DeleteStream(t.Context(), stream); err != nil {
		t.Fatal(err)
	}
	if _, err := b.controlJS.CreateStream(t.Context(), s.CachedInfo().Config); err != nil {
		t.Fatal(err)
	}
}

// A reader goes on by itself when the server inside the process starts again, without a message too few or too many.
func TestReaderOutlivesRestarts(t *testing.T) {
	b := open(t)
	c := collect(t, b, StreamName(Metrics, 0))
	want := ""
	for n := range 3 {
		before, after := fmt.Sprint("before", n), fmt.Sprint("after", n)
		store(t, b, before)
		restart(t, b, func(string) {})
		store(t, b, after)
		want = strings.TrimSpace(strings.Join([]string{want, before, after}, " "))
		c.expect(t, want)
	}
}

// G13: a reader that runs when its server is set back to an older copy reads that from its beginning, and all that comes.
func TestG13StoreIsSetBackUnderAReader(t *testing.T) {
	b := open(t)
	c := collect(t, b, StreamName(Metrics, 0))
	store(t, b, "1", "2")
	copied := t.TempDir() + "/copy"
	restart(t, b, func(dir string) {
		if err := os.CopyFS(copied, os.DirFS(dir)); err != nil {
			t.Fatal(err)
		}
	})
	store(t, b, "3", "4", "5")
	c.expect(t, "1 2 3 4 5")
	restart(t, b, func(dir string) {
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(copied, dir); err != nil {
			t.Fatal(err)
		}
	})
	store(t, b, "new")
	c.expect(t, "1 2 3 4 5 1 2 new")
}

// G7, G13: a worker that runs when somebody deletes its stream and makes it anew reads what comes then, and people are told.
func TestG7G13StreamBeginsAnewUnderAWorker(t *testing.T) {
	b := open(t, func(c *Config) { c.SnapshotInterval = 20 * time.Millisecond })
	set := WorkSettings{Service: "x", Input: Metrics, Processor: &still{}}
	go func() { _ = b.Work(t.Context(), set) }()
	saved := func(seq uint64, state string) func() bool {
		return func() bool {
			_, e, err := loaded(t, b, set)
			return err == nil && e != nil && e.seq == seq && string(e.state) == state
		}
	}
	store(t, b, "1", "2", "3", "4", "5")
	eventually(t, "it has read all", saved(5, "5"))
	forget(t, b, StreamName(Metrics, 0))
	store(t, b, "6", "7")
	eventually(t, "it has read what came since", saved(2, "7"))
	if c := find(b.health, "bus/input/x.met.00"); c.State != obs.Degraded || !strings.Contains(c.Message, "read from its beginning") {
		t.Errorf("health: %+v", c)
	}
	eventually(t, "the purge goes on", func() bool {
		b.tidy(t.Context())
		return find(b.health, "bus/readers").State == obs.OK
	})
}

// cursors returns the names of a stream's cursors.
func cursors(t *testing.T, b *Bus, stream string) (names []string) {
	t.Helper()
	s, err := b.controlJS.Stream(t.Context(), stream)
	if err != nil {
		t.Fatal(err)
	}
	for name := range s.ConsumerNames(t.Context()).Name() {
		names = append(names, name)
	}
	return names
}

// A reader whose cursor is deleted opens another one at once, not when it misses something.
func TestDeletedCursorIsOpenedAnew(t *testing.T) {
	b := open(t)
	stream := StreamName(Metrics, 0)
	c := collect(t, b, stream)
	store(t, b, "1")
	c.expect(t, "1")
	for _, name := range cursors(t, b, stream) {
		if err := b.controlJS.DeleteConsumer(t.Context(), stream, name); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "another one", func() bool { return len(cursors(t, b, stream)) == 1 })
	store(t, b, "2")
	c.expect(t, "1 2")
}

// When the client has dropped something for want of room, which may be the last message for long, readers begin anew.
func TestDroppedMessageIsReadAgain(t *testing.T) {
	b := open(t)
	stream := StreamName(Metrics, 0)
	c := collect(t, b, stream)
	store(t, b, "1")
	c.expect(t, "1")
	b.data.ErrorHandler()(b.data, nil, nats.ErrSlowConsumer)
	eventually(t, "another cursor", func() bool { return len(cursors(t, b, stream)) == 2 })
	store(t, b, "2")
	c.expect(t, "1 2")
}

// Batches of any sizes, up to the largest, are read one after the other: no request for more ever waits for a heartbeat.
func TestBacklogIsReadWithoutAPause(t *testing.T) {
	b := open(t)
	random := rand.New(rand.NewPCG(1, 2))
	const count = 400
	for range count {
		size := 1 << random.IntN(20) // mostly small, some as large as they come
		size += random.IntN(min(size, b.payloadLimit()-size))
		store(t, b, strings.Repeat("x", size))
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*pulse)
	defer cancel()
	n := 0
	err := b.Consume(ctx, StreamName(Metrics, 0), 0, func(Message) error {
		if n++; n == count {
			cancel()
		}
		return nil
	})
	if n != count || err != nil {
		t.Errorf("read %d of %d messages within %s, %v", n, count, 2*pulse, err)
	}
}

// A reader costs little memory while it has nothing to read: a process has dozens.
func TestCursorIsSmall(t *testing.T) {
	b := open(t)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	const count = 8
	for range count {
		c, _, err := b.openCursor(t.Context(), StreamName(Metrics, 0), 0)
		if err != nil {
			t.Fatal(err)
		}
		defer c.close()
	}
	runtime.ReadMemStats(&after)
	if each := (after.TotalAlloc - before.TotalAlloc) / count; each > 1<<20 { // with what the server allocates for it
		t.Errorf("a cursor takes %d bytes", each)
	}
}
