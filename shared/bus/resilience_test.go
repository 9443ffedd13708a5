package bus

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/forewarn/forewarn/shared/obs"
)

// eventually waits for a condition; tests of unexported things cannot use package bustest.
func eventually(t testing.TB, what string, condition func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !condition(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain: %s", what)
		}
	}
}

// spooling puts a batch on the spool of a publisher.
func spooling(t testing.TB, p *Publisher, l lane, n uint64, payload []byte) serial {
	t.Helper()
	s := serial{p.boot, n}
	if err := p.spool.add(&batch{lane: l, serial: s, id: messageID(p.name, s), payload: payload}); err != nil {
		t.Fatal(err)
	}
	return s
}

func edge(t testing.TB, b *Bus) *Publisher {
	t.Helper()
	p, err := b.NewPublisher("edge")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// G5: a file that cannot be read is kept beside the spool, and stops nothing; no empty dead letter stands for it.
func TestG5UnreadableFileIsKept(t *testing.T) {
	b := open(t)
	p := edge(t, b)
	l := lane{Metrics, 0}
	bad := spooling(t, p, l, 1, []byte("precious"))
	spooling(t, p, l, 2, []byte("next"))
	path := p.spool.path(l, bad)
	if err := os.Rename(path, path+".kept"); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(path, 0o700); err != nil { // reading it is an error, also for root
		t.Fatal(err)
	}
	if _, err := p.drainLane(t.Context(), l); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(path + ".corrupt"); err != nil {
		t.Errorf("it was not set aside: %v", err)
	}
	status, err := b.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if status.DeadLetters != 0 || messagesOf(status, "MET_00") != 1 || p.spool.waiting(l) != 0 {
		t.Errorf("%d dead letters, %d messages, %d wait", status.DeadLetters, messagesOf(status, "MET_00"), p.spool.waiting(l))
	}
}

// G6: a batch too large for the dead letters is kept whole beside the spool.
func TestG6LargeBatchIsNotCut(t *testing.T) {
	b := open(t)
	p := edge(t, b)
	l := lane{Metrics, b.partitions} // of an install with more partitions
	s := spooling(t, p, l, 1, noise(b.payloadLimit()+1))
	if _, err := p.drainLane(t.Context(), l); err != nil {
		t.Error(err)
	}
	info, err := os.Stat(p.spool.path(l, s) + ".corrupt")
	if err != nil || info.Size() < int64(b.payloadLimit()) {
		t.Errorf("set aside: %v, %v", info, err)
	}
}

func messagesOf(s Status, stream string) uint64 {
	i := slices.IndexFunc(s.Streams, func(st StreamStatus) bool { return st.Name == stream })
	return s.Streams[i].Messages
}

// G6: while the head of every lane is being sent, the oldest behind them makes room.
func TestG6OldestBehindTheHeads(t *testing.T) {
	s := newSpool(t, 1<<20)
	add := func(n uint64) error {
		return s.add(&batch{lane: lane{Metrics, int(n % 2)}, serial: serial{1, n}, id: "x", payload: make([]byte, 100<<10)})
	}
	for n := range uint64(9) {
		if err := add(n); err != nil {
			t.Fatal(err)
		}
	}
	for _, l := range s.full() {
		s.hold(l)
	}
	if err := add(9); err != nil {
		t.Errorf("refused although older batches could go: %v", err)
	}
	want := []serial{{1, 0}, {1, 4}, {1, 6}, {1, 8}}
	var got []serial
	for _, e := range s.lanes[lane{Metrics, 0}] {
		got = append(got, e.serial)
	}
	if !slices.Equal(got, want) {
		t.Errorf("left are %v, want %v", got, want)
	}
}

// A lane whose stream does not answer does not hold up the others.
func TestDeadLaneHurtsNobody(t *testing.T) {
	b := open(t, func(c *Config) { c.AckTimeout = time.Hour })
	p := edge(t, b)
	dead, healthy := lane{Metrics, 1}, lane{Metrics, 0}
	if err := b.dataJS.DeleteStream(t.Context(), StreamName(dead.kind, dead.partition)); err != nil {
		t.Fatal(err)
	}
	heard := make(chan *nats.Msg, 1)
	if _, err := b.control.ChanSubscribe(subjectBatch(dead.kind, dead.partition), heard); err != nil {
		t.Fatal(err)
	}
	spooling(t, p, dead, 1, []byte("x"))
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- p.Run(ctx) }()
	<-heard // and never answered
	for n := range uint64(2 * drainTurn) {
		spooling(t, p, healthy, n+2, []byte("x"))
	}
	p.nudge()
	eventually(t, "the healthy lane is empty", func() bool { return p.spool.waiting(healthy) == 0 })
	if n := p.spool.waiting(dead); n != 1 {
		t.Errorf("%d batches of the dead lane wait, want 1", n)
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// G11, G14: what a superseded worker writes leaves the new owner's snapshot whole.
func TestG11G14SupersededWorkerSpoilsNothing(t *testing.T) {
	b := open(t)
	set := WorkSettings{Service: "x", Input: Metrics}
	save := func(s *snapshots, seq uint64, state []byte) error {
		_, err := saveWhole(t.Context(), s, &envelope{seq: seq, repeats: newRepeats(), state: state})
		return err
	}
	zombie, owner := b.newSnapshots(set), b.newSnapshots(set)
	for _, err := range []error{zombie.claim(t.Context()), save(zombie, 1, noise(3*chunkSize)), owner.claim(t.Context()), save(owner, 100, noise(3*chunkSize))} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := save(zombie, 2, slices.Repeat([]byte("z"), 3*chunkSize)); err == nil {
		t.Error("the superseded worker could save")
	}
	if _, e, err := loaded(t, b, set); err != nil || e == nil || e.seq != 100 {
		t.Errorf("the owner's snapshot is now %v, %v", e, err)
	}
}

// G7, G13: when a stream begins anew behind its readers, nothing is purged, all of it is read, and people are told.
func TestG7G13StreamBeginsAnew(t *testing.T) {
	b := open(t, func(c *Config) { c.SnapshotInterval = 20 * time.Millisecond })
	set := WorkSettings{Service: "x", Input: Metrics, Processor: &still{}}
	s := b.newSnapshots(set)
	if err := s.claim(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := saveWhole(t.Context(), s, &envelope{seq: 2000, repeats: newRepeats(), state: []byte("0")}); err != nil {
		t.Fatal(err)
	}
	if err := b.register(t.Context(), registration{Service: "x", Kind: Metrics, Seq: 2000, Time: time.Now()}); err != nil {
		t.Fatal(err)
	}
	p := edge(t, b)
	for range 5 {
		if err := p.Publish(t.Context(), Metrics, 0, "s", []byte("x")); err != nil {
			t.Fatal(err)
		}
	}
	b.tidy(t.Context())
	if status, err := b.Status(t.Context()); err != nil || messagesOf(status, "MET_00") != 5 {
		t.Errorf("%d messages are left of 5 (%v)", messagesOf(status, "MET_00"), err)
	}
	if c := find(b.health, "bus/readers"); c.State != obs.Degraded || !strings.Contains(c.Message, "restart x") {
		t.Errorf("health: %+v", c)
	}
	go func() { _ = b.Work(t.Context(), set) }()
	eventually(t, "it has read all", func() bool {
		_, e, err := loaded(t, b, set)
		return err == nil && e != nil && e.seq == 5 && string(e.state) == "5"
	})
	if c := find(b.health, "bus/input/x.met.00"); c.State != obs.Degraded || !strings.Contains(c.Message, "read from its beginning") {
		t.Errorf("health: %+v", c)
	}
	b.tidy(t.Context())
	if c := find(b.health, "bus/readers"); c.State != obs.OK {
		t.Errorf("health afterwards: %+v", c)
	}
}

// G7: a registration that cannot be read stops the purge of its stream, not of others, and is told.
func TestG7DamagedRegistration(t *testing.T) {
	b := open(t)
	kv, err := b.KeyValue(t.Context(), BucketReader)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := kv.Put(t.Context(), "x.met.00", []byte("{")); err != nil {
		t.Fatal(err)
	}
	p := edge(t, b)
	for partition := range 2 {
		if err := p.Publish(t.Context(), Metrics, partition, "s", []byte("x")); err != nil {
			t.Fatal(err)
		}
		if err := b.register(t.Context(), registration{Service: "y", Kind: Metrics, Partition: partition, Seq: 1, Time: time.Now()}); err != nil {
			t.Fatal(err)
		}
	}
	b.tidy(t.Context())
	status, err := b.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if kept, purged := messagesOf(status, "MET_00"), messagesOf(status, "MET_01"); kept != 1 || purged != 0 {
		t.Errorf("%d and %d messages are left, want 1 and 0", kept, purged)
	}
	if c := find(b.health, "bus/readers"); c.State != obs.Degraded || !strings.Contains(c.Message, "restart x") {
		t.Errorf("health: %+v", c)
	}
}

func find(h *obs.Health, name string) obs.Check {
	for _, c := range h.Checks() {
		if c.Name == name {
			return c
		}
	}
	return obs.Check{}
}

// A store in which a partition has no room for the largest message is refused, with the size that is enough.
func TestStoreTooSmallForItsPartitions(t *testing.T) {
	cfg := DefaultConfig()
	cfg.MaxStore, cfg.Partitions = 32<<20, 64
	_, err := Open(t.Context(), cfg, Settings{DataDir: t.TempDir()})
	if err == nil || !strings.Contains(err.Error(), "set at least 451MiB") {
		t.Fatalf("Open: %v", err)
	}
	open(t, func(c *Config) { c.MaxStore, c.Partitions = 451<<20, 64 })
}

// The address that people see holds neither password nor token.
func TestAddressHoldsNoSecret(t *testing.T) {
	b := &Bus{cfg: Config{URL: "nats://s3cr3t@one.example:4222, tls://user:s3cr3t@two.example:4222"}}
	if got, want := b.address(), "nats://one.example:4222, tls://two.example:4222"; got != want {
		t.Errorf("address %q, want %q", got, want)
	}
}

// FuzzReaderEntry: no key or value of the bucket makes a registration that lets anything be purged unread.
func FuzzReaderEntry(f *testing.F) {
	f.Add("trend.met.00")
	f.Add("..")
	f.Add("a.log.-1")
	f.Fuzz(func(t *testing.T, key string) {
		if r, ok := parseReaderKey(key); ok && (!r.Kind.valid() || r.Service != strings.Split(key, ".")[0]) {
			t.Errorf("%q gives %+v", key, r)
		}
	})
}

// FuzzCleanSubject: any text becomes a subject and a header that the server takes.
func FuzzCleanSubject(f *testing.F) {
	f.Add("met.00.batch")
	f.Add(" .. \r\n*.>")
	f.Add(filepath.Join("a", "b"))
	f.Fuzz(func(t *testing.T, text string) {
		subject := cleanSubject(text)
		if subject == "" || strings.ContainsAny(subject, " \t\r\n*>\x00") || slices.Contains(strings.Split(subject, "."), "") {
			t.Errorf("%q gives the subject %q", text, subject)
		}
		if h := cleanHeader(text); strings.ContainsAny(h, "\r\n\x00") || len(h) > maxReason {
			t.Errorf("%q gives the header %q", text, h)
		}
	})
}
