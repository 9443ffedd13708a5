package bus_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/bustest"
	"github.com/forewarn/forewarn/shared/obs"
)

// external is a NATS server on a port, which a test can stop and start again.
type external struct {
	t    testing.TB
	dir  string
	port int
	ns   *server.Server
	// password of the user "forewarn"; empty lets everybody in.
	password string
	// maxPayload is the largest message it takes; 0 is its default, 1 MiB.
	maxPayload int32
}

func newExternal(t testing.TB) *external {
	e := &external{t: t, dir: t.TempDir(), port: server.RANDOM_PORT}
	e.start()
	t.Cleanup(e.stop)
	return e
}

func (e *external) start() {
	e.t.Helper()
	o := &server.Options{
		Host: "127.0.0.1", Port: e.port, NoSigs: true, NoLog: true, JetStream: true, StoreDir: e.dir,
		JetStreamMaxStore: 256 << 20, JetStreamMaxMemory: 16 << 20, MaxPayload: e.maxPayload,
	}
	if e.password != "" {
		o.Username, o.Password = "forewarn", e.password
	}
	ns, err := server.NewServer(o)
	if err != nil {
		e.t.Fatal(err)
	}
	ns.Start()
	if !ns.ReadyForConnections(10 * time.Second) {
		e.t.Fatal("external server is not ready")
	}
	e.ns = ns
	e.port = ns.Addr().(*net.TCPAddr).Port
}

func (e *external) stop() {
	e.ns.Shutdown()
	e.ns.WaitForShutdown()
}

func (e *external) use(c *bus.Config) {
	c.URL = fmt.Sprintf("nats://127.0.0.1:%d", e.port)
	c.Partitions = 4
}

// A password that the server does not know for a while does not end the connection for good.
func TestWrongPasswordForAWhile(t *testing.T) {
	ext := &external{t: t, dir: t.TempDir(), port: server.RANDOM_PORT, password: "right"}
	ext.start()
	t.Cleanup(func() { ext.stop() })
	h := &obs.Health{}
	bustest.Open(t, t.TempDir(), bus.Settings{Health: h}, func(c *bus.Config) {
		c.URL, c.Partitions = fmt.Sprintf("nats://forewarn:right@127.0.0.1:%d", ext.port), 4
	})
	ext.stop()
	ext.password = "another"
	ext.start()
	bustest.Until(t, 30*time.Second, "each connection is refused three times", func() bool {
		v, err := ext.ns.Varz(nil)
		return err == nil && v.TotalConnections >= 6 // the client gives up after two, unless told otherwise
	})
	ext.stop()
	ext.password = "right"
	ext.start()
	bustest.Until(t, 30*time.Second, "it is connected again", func() bool { return check(h, "bus").State == obs.OK })
}

// draining runs a publisher's Run.
func draining(t testing.TB, p *bus.Publisher) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- p.Run(ctx) }()
	stop = func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("run publisher: %v", err)
		}
	}
	return stop
}

func spooled(t testing.TB, b *bus.Bus) int {
	t.Helper()
	s, _ := b.Status(t.Context())
	n := 0
	for _, sp := range s.Spools {
		n += sp.Batches
	}
	return n
}

func numbers(from, to int) (out []string) {
	for i := from; i < to; i++ {
		out = append(out, fmt.Sprintf("%04d", i))
	}
	return out
}

// G4, G5: while the bus is away batches are spooled, and later sent in order, each once, under their first ids.
func TestG4G5BusAwayThenBack(t *testing.T) {
	ext := newExternal(t)
	h := &obs.Health{}
	dir := t.TempDir()
	b := bustest.Open(t, dir, bus.Settings{Health: h}, ext.use)
	p := publisher(t, b, "edge")
	send(t, p, 2, numbers(0, 10)...)

	ext.stop()
	start := time.Now()
	send(t, p, 2, numbers(10, 40)...)
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("30 batches without a bus took %s: only the first should wait", took)
	}
	if n := spooled(t, b); n != 30 {
		t.Fatalf("%d batches on the spool, want 30", n)
	}
	if c := check(h, "bus/spool/edge"); c.State != obs.Degraded || !strings.Contains(c.Message, "30 batches") {
		t.Errorf("health: %+v", c)
	}

	stop := draining(t, p)
	ext.start()
	bustest.Until(t, 20*time.Second, "the spool is empty", func() bool { return spooled(t, b) == 0 })
	send(t, p, 2, numbers(40, 50)...)
	stop()
	data, ids := messages(t, b, bus.StreamName(bus.Metrics, 2))
	if !slices.Equal(data, numbers(0, 50)) {
		t.Errorf("stored: %q", data)
	}
	assertIDs(t, ids, "edge")
	if c := check(h, "bus/spool/edge"); c.State != obs.OK {
		t.Errorf("health: %+v", c)
	}
}

// assertIDs checks that ids count up by one.
func assertIDs(t testing.TB, ids []string, name string) {
	t.Helper()
	boot := strings.Split(ids[0], ":")[1]
	for i, id := range ids {
		if want := fmt.Sprintf("%s:%s:%d", name, boot, i+1); id != want {
			t.Fatalf("id %d is %q, want %q", i, id, want)
		}
	}
}

func check(h *obs.Health, name string) obs.Check {
	for _, c := range h.Checks() {
		if c.Name == name {
			return c
		}
	}
	return obs.Check{}
}

// G5: the spool of a process that has ended is sent by the next one, before anything new.
func TestG5SpoolOutlivesTheProcess(t *testing.T) {
	ext := newExternal(t)
	dir := t.TempDir()
	b := bustest.Open(t, dir, bus.Settings{}, ext.use)
	p := publisher(t, b, "edge")
	ext.stop()
	send(t, p, 0, numbers(0, 5)...)
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	ext.start()
	b = bustest.Open(t, dir, bus.Settings{}, ext.use)
	p = publisher(t, b, "edge")
	send(t, p, 0, numbers(5, 8)...) // the bus is there, but older ones wait
	if n := spooled(t, b); n != 8 {
		t.Errorf("%d batches on the spool, want 8", n)
	}
	defer draining(t, p)()
	bustest.Until(t, 20*time.Second, "the spool is empty", func() bool { return spooled(t, b) == 0 })
	data, ids := messages(t, b, bus.StreamName(bus.Metrics, 0))
	if !slices.Equal(data, numbers(0, 8)) {
		t.Errorf("stored: %q", data)
	}
	assertIDs(t, ids[:5], "edge")
	if boot := strings.Split(ids[5], ":")[1]; boot <= strings.Split(ids[0], ":")[1] {
		t.Errorf("boot after the restart is %s, before %s", boot, ids[0])
	}
}

// G6: the spool is bounded, the oldest go first.
func TestG6SpoolIsBounded(t *testing.T) {
	ext := newExternal(t)
	registry := prometheus.NewRegistry()
	b := bustest.Open(t, t.TempDir(), bus.Settings{Registry: registry}, ext.use, func(c *bus.Config) { c.SpoolMax = 1 << 20 })
	p := publisher(t, b, "edge")
	ext.stop()
	pad := strings.Repeat("x", 100<<10)
	for i := range 20 {
		send(t, p, i%3, fmt.Sprintf("%04d%s", i, pad))
	}
	s, _ := b.Status(t.Context())
	if sp := s.Spools[0]; sp.Bytes > 1<<20 || sp.Batches != 9 {
		t.Errorf("spool: %+v", sp)
	}
	if n := value(t, registry, "forewarn_bus_spool_dropped_total"); n != 11 {
		t.Errorf("dropped %v, want 11", n)
	}
	ext.start()
	defer draining(t, p)()
	bustest.Until(t, 20*time.Second, "the spool is empty", func() bool { return spooled(t, b) == 0 })
	var all []string
	for i := range 3 {
		data, _ := messages(t, b, bus.StreamName(bus.Metrics, i))
		for _, d := range data {
			all = append(all, d[:4])
		}
	}
	slices.Sort(all)
	if !slices.Equal(all, numbers(11, 20)) {
		t.Errorf("kept %q, want the newest nine", all)
	}
}

// value reads a metric without labels.
func value(t testing.TB, registry *prometheus.Registry, name string) float64 {
	t.Helper()
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	sum := 0.0
	for _, f := range families {
		if f.GetName() != name {
			continue
		}
		for _, m := range f.GetMetric() {
			sum += m.GetCounter().GetValue() + m.GetGauge().GetValue()
		}
	}
	return sum
}

// G6: a damaged file on the spool is set aside and stops nothing.
func TestG6CorruptSpoolFiles(t *testing.T) {
	ext := newExternal(t)
	dir := t.TempDir()
	registry := prometheus.NewRegistry()
	b := bustest.Open(t, dir, bus.Settings{Registry: registry}, ext.use)
	p := publisher(t, b, "edge")
	ext.stop()
	send(t, p, 0, numbers(0, 5)...)
	files, err := filepath.Glob(filepath.Join(dir, "spool", "edge", "*.batch"))
	if err != nil || len(files) != 5 {
		t.Fatal(files, err)
	}
	whole, err := os.ReadFile(files[1])
	if err != nil {
		t.Fatal(err)
	}
	for i, damaged := range [][]byte{whole[:len(whole)/2], append(slices.Clone(whole[:len(whole)-1]), 0xff), whole} {
		if err := os.WriteFile(files[i], damaged, 0o600); err != nil { // torn, bit rot, another's
			t.Fatal(err)
		}
	}
	ext.start()
	defer draining(t, p)()
	bustest.Until(t, 20*time.Second, "the spool is empty", func() bool { return spooled(t, b) == 0 })
	if data, _ := messages(t, b, bus.StreamName(bus.Metrics, 0)); !slices.Equal(data, numbers(3, 5)) {
		t.Errorf("stored %q", data)
	}
	if dead, _ := messages(t, b, bus.StreamDeadLetters); len(dead) != 3 {
		t.Errorf("%d dead letters, want 3", len(dead))
	}
	if n := value(t, registry, "forewarn_bus_spool_corrupt_total"); n != 3 {
		t.Errorf("counted %v", n)
	}
}

// G4, G7: a full stream refuses, and the batch goes to the spool at once.
func TestG7FullStreamSpools(t *testing.T) {
	b := bustest.New(t, func(c *bus.Config) { c.MaxStore, c.SpoolAfter = 32<<20, 5*time.Second })
	p := publisher(t, b, "edge")
	pad := strings.Repeat("x", 512<<10)
	for i := range 10 {
		send(t, p, 0, fmt.Sprintf("%04d%s", i, pad))
	}
	data, _ := messages(t, b, bus.StreamName(bus.Metrics, 0))
	if n := spooled(t, b); len(data) < 3 || len(data)+n != 10 || data[0][:4] != "0000" {
		t.Errorf("%d on the bus, %d on the spool", len(data), n)
	}
}

func TestPublishRefusesWhatCannotBeSent(t *testing.T) {
	b := bustest.New(t)
	p := publisher(t, b, "edge")
	if err := p.Publish(t.Context(), bus.Metrics, 0, "s", make([]byte, 2<<20)); !errors.Is(err, bus.ErrTooLarge) {
		t.Errorf("2 MiB: %v", err)
	}
	if err := p.Publish(t.Context(), bus.Metrics, 0, "s", make([]byte, 1<<20-5<<10)); err != nil {
		t.Errorf("nearly 1 MiB: %v", err)
	}
	if err := p.Publish(t.Context(), bus.Metrics, 99, "s", nil); err == nil {
		t.Error("partition 99 exists")
	}
	if err := p.Publish(t.Context(), "XYZ", 0, "s", nil); err == nil {
		t.Error("kind XYZ exists")
	}
	if _, err := b.NewPublisher("edge"); err == nil || !strings.Contains(err.Error(), "in use") {
		t.Errorf("second publisher of a name: %v", err)
	}
	if _, err := b.NewPublisher("a:b/../c"); err == nil {
		t.Error("a bad name is taken")
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	for partition := range 2 {
		if err := p.Publish(t.Context(), bus.Metrics, partition, "s", nil); !errors.Is(err, bus.ErrClosed) {
			t.Errorf("after Close: %v", err)
		}
	}
}

// G4: if the spool cannot be written either, Publish says so and what to do.
func TestG4SpoolFailure(t *testing.T) {
	ext := newExternal(t)
	registry := prometheus.NewRegistry()
	dir := t.TempDir()
	b := bustest.Open(t, dir, bus.Settings{Registry: registry}, ext.use)
	p := publisher(t, b, "edge")
	ext.stop()
	if err := os.RemoveAll(filepath.Join(dir, "spool", "edge")); err != nil {
		t.Fatal(err)
	}
	err := p.Publish(t.Context(), bus.Metrics, 0, "s", []byte("x"))
	if !errors.Is(err, bus.ErrSpool) || !strings.Contains(err.Error(), "writable") {
		t.Errorf("Publish: %v", err)
	}
	if n := value(t, registry, "forewarn_bus_spool_failures_total"); n != 1 {
		t.Errorf("counted %v", n)
	}
}

// G5: two publishers do not mix up each other's batches.
func TestG5TwoPublishers(t *testing.T) {
	b := bustest.New(t)
	one, two := publisher(t, b, "one"), publisher(t, b, "two")
	done := make(chan struct{})
	go func() { defer close(done); send(t, one, 0, numbers(0, 50)...) }()
	send(t, two, 0, numbers(0, 50)...)
	<-done
	data, ids := messages(t, b, bus.StreamName(bus.Metrics, 0))
	for _, name := range []string{"one", "two"} {
		var its, itsIDs []string
		for i, id := range ids {
			if strings.HasPrefix(id, name+":") {
				its, itsIDs = append(its, data[i]), append(itsIDs, id)
			}
		}
		if !slices.Equal(its, numbers(0, 50)) {
			t.Errorf("%s: %q", name, its)
		}
		assertIDs(t, itsIDs, name)
	}
}

// G4: a batch that is on its way when the publisher is closed goes to the spool at once, and is sent by the next one.
func TestG4CloseEndsAttempts(t *testing.T) {
	ext := newExternal(t)
	dir, registry := t.TempDir(), prometheus.NewRegistry()
	b := bustest.Open(t, dir, bus.Settings{Registry: registry}, ext.use, func(c *bus.Config) { c.SpoolAfter, c.AckTimeout = time.Hour, 100*time.Millisecond })
	p := publisher(t, b, "edge")
	ext.stop()
	sent := make(chan error, 1)
	go func() { sent <- p.Publish(context.Background(), bus.Metrics, 0, "s", []byte("x")) }()
	bustest.Until(t, 20*time.Second, "it is tried again", func() bool { return value(t, registry, "forewarn_bus_retries_total") > 1 })
	if err := b.Close(); err != nil {
		t.Error(err)
	}
	if err := <-sent; err != nil {
		t.Errorf("Publish: %v", err)
	}
	ext.start()
	b = bustest.Open(t, dir, bus.Settings{}, ext.use)
	defer draining(t, publisher(t, b, "edge"))()
	bustest.Until(t, 20*time.Second, "it is sent", func() bool { data, _ := messages(t, b, "MET_00"); return slices.Equal(data, []string{"x"}) })
}
