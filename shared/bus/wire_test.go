package bus_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/bustest"
)

// wire is what lies between a bus and its server. It can swallow what goes over it, and break.
type wire struct {
	listener net.Listener
	server   string
	up, down atomic.Bool  // what goes to the server, or comes from it, is swallowed
	asked    atomic.Int64 // swallowed requests that have to do with a cursor

	mu    sync.Mutex
	conns []net.Conn
	work  sync.WaitGroup
}

// newWire returns a wire to a server until the test ends, whole by then.
func newWire(t testing.TB, ext *external) *wire {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{listener: l, server: fmt.Sprintf("127.0.0.1:%d", ext.port)}
	w.work.Go(w.accept)
	t.Cleanup(func() {
		_ = l.Close()
		w.mend()
		w.work.Wait()
	})
	return w
}

func (w *wire) accept() {
	for {
		client, err := w.listener.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", w.server)
		if err != nil {
			_ = client.Close()
			continue
		}
		w.mu.Lock()
		w.conns = append(w.conns, client, server)
		w.mu.Unlock()
		w.work.Go(func() { w.carry(server, client, &w.up) })
		w.work.Go(func() { w.carry(client, server, &w.down) })
	}
}

// carry takes what comes from one end to the other.
func (w *wire) carry(to io.WriteCloser, from io.ReadCloser, swallow *atomic.Bool) {
	defer to.Close()   //nolint:errcheck // the other end sees it
	defer from.Close() //nolint:errcheck // the other end sees it
	buf := make([]byte, 64<<10)
	for {
		n, err := from.Read(buf)
		if err != nil {
			return
		}
		if swallow.Load() {
			if bytes.Contains(buf[:n], []byte("$JS.API.STREAM.INFO")) || bytes.Contains(buf[:n], []byte("$JS.API.CONSUMER.CREATE")) {
				w.asked.Add(1)
			}
			continue
		}
		if _, err := to.Write(buf[:n]); err != nil {
			return
		}
	}
}

// mend breaks all connections, and swallows nothing from then on.
func (w *wire) mend() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range w.conns {
		_ = c.Close()
	}
	w.conns = nil
	w.up.Store(false)
	w.down.Store(false)
}

func (w *wire) use(c *bus.Config) {
	c.URL, c.Partitions = "nats://"+w.listener.Addr().String(), 4
}

// cursors returns the cursors of a stream, asked of the server itself.
func cursors(t testing.TB, js jetstream.JetStream, stream string) (all []*jetstream.ConsumerInfo) {
	t.Helper()
	s, err := js.Stream(t.Context(), stream)
	if err != nil {
		t.Fatal(err)
	}
	for info := range s.ListConsumers(t.Context()).Info() {
		all = append(all, info)
	}
	return all
}

// beside returns a connection to the server that does not go over the wire.
func beside(t testing.TB, ext *external) jetstream.JetStream {
	t.Helper()
	nc, err := nats.Connect(ext.ns.ClientURL())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	return js
}

// What the server has sent is read although it was lost with the connection, and although nothing comes after it.
func TestMessageLostOnTheWireIsRead(t *testing.T) {
	ext := newExternal(t)
	w := newWire(t, ext)
	b := bustest.Open(t, t.TempDir(), bus.Settings{}, w.use)
	js, stream := beside(t, ext), bus.StreamName(bus.Metrics, 0)
	store := func(payload string) {
		if _, err := js.Publish(t.Context(), "met.00.batch", []byte(payload)); err != nil {
			t.Fatal(err)
		}
	}
	done := errors.New("all is read")
	got := make(chan string, 10)
	read := make(chan error, 1)
	go func() {
		read <- b.Consume(t.Context(), stream, 0, func(m bus.Message) error {
			got <- string(m.Data)
			if m.Seq == 2 {
				return done
			}
			return nil
		})
	}()
	store("one")
	first := <-got
	w.down.Store(true)
	store("two")
	bustest.Until(t, 20*time.Second, "the server has sent it", func() bool {
		all := cursors(t, js, stream)
		return len(all) == 1 && all[0].Delivered.Stream == 2
	})
	w.mend()
	if err := <-read; !errors.Is(err, done) {
		t.Fatal(err)
	}
	if second := <-got; first != "one" || second != "two" || len(got) > 0 {
		t.Errorf("read %q, %q and %d more", first, second, len(got))
	}
}

// A worker ends as soon as it promises although its server does not answer when it wants another cursor.
func TestWorkEndsThoughTheBusHangs(t *testing.T) {
	ext := newExternal(t)
	w := newWire(t, ext)
	b := bustest.Open(t, t.TempDir(), bus.Settings{}, w.use, rarely)
	defer w.mend() // before the bus is closed
	js, stream := beside(t, ext), bus.StreamName(bus.Metrics, 0)
	p := &tally{}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- b.Work(ctx, trend(p)) }()
	if _, err := js.Publish(t.Context(), "met.00.batch", []byte("one")); err != nil {
		t.Fatal(err)
	}
	bustest.Until(t, 20*time.Second, "it is read", func() bool { return p.now().Last == "one" })
	w.up.Store(true)
	for _, c := range cursors(t, js, stream) {
		if err := js.DeleteConsumer(t.Context(), stream, c.Name); err != nil {
			t.Fatal(err)
		}
	}
	bustest.Until(t, 20*time.Second, "it asks for another cursor", func() bool { return w.asked.Load() > 0 })
	cancel()
	start := time.Now()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if took := time.Since(start); took > 4*time.Second {
		t.Errorf("it took %s to end, want 2.5 s at most", took)
	}
}

// What is too large to be read is refused at the door, also by a server that would take it: it would stop its readers.
func TestUnreadableSizeIsRefused(t *testing.T) {
	ext := &external{t: t, dir: t.TempDir(), port: server.RANDOM_PORT, maxPayload: 8 << 20}
	ext.start()
	t.Cleanup(ext.stop)
	b := bustest.Open(t, t.TempDir(), bus.Settings{}, ext.use)
	w := &tally{}
	running(t, b, trend(w))
	_, err := beside(t, ext).Publish(t.Context(), "met.00.batch", make([]byte, 3<<20))
	if !errors.Is(err, jetstream.ErrStreamMessageExceedsMaximum) {
		t.Errorf("publish 3 MiB: %v", err)
	}
	send(t, publisher(t, b, "edge"), 0, "next")
	bustest.Until(t, 20*time.Second, "the next is read", func() bool { return w.now().Last == "next" })
}
