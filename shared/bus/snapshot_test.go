package bus

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/forewarn/forewarn/shared/obs"
)

// open returns a bus with fast settings; tests of unexported things cannot use package bustest.
func open(t testing.TB, change ...func(*Config)) *Bus {
	t.Helper()
	cfg := DefaultConfig()
	cfg.SyncInterval, cfg.MinFree = time.Minute, 0
	for _, c := range change {
		c(&cfg)
	}
	b, err := Open(t.Context(), cfg, Settings{DataDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	return b
}

// loaded returns what a new process would find.
func loaded(t testing.TB, b *Bus, set WorkSettings) (*snapshots, *envelope, error) {
	t.Helper()
	s := b.newSnapshots(set)
	if err := s.read(t.Context()); err != nil {
		t.Fatal(err)
	}
	e, err := s.load(t.Context())
	return s, e, err
}

// saveWhole saves an envelope as a worker does.
func saveWhole(ctx context.Context, s *snapshots, e *envelope) (int64, error) {
	return s.save(ctx, e, func(w io.Writer) error {
		_, err := w.Write(e.state)
		return err
	}, time.Now())
}

// bytes are what is kept of an envelope.
func (e *envelope) bytes() []byte { return append(e.head(nil), e.state...) }

func noise(n int) []byte {
	r := rand.NewChaCha8([32]byte{1})
	out := make([]byte, n)
	_, _ = r.Read(out)
	return out
}

func TestSnapshotRoundTrip(t *testing.T) {
	b := open(t)
	set := WorkSettings{Service: "x", Input: Metrics, Partition: 1}
	s := b.newSnapshots(set)
	for i, size := range []int{0, 1, chunkSize, 3*chunkSize + 7, 10, 2 * chunkSize, 0} {
		heard := newRepeats()
		heard.seen(fmt.Sprintf("edge:1:%d", i+1), uint64(i+1))
		want := &envelope{seq: uint64(i + 1), repeats: heard, state: noise(size)}
		if _, err := saveWhole(t.Context(), s, want); err != nil {
			t.Fatal(err)
		}
		var got *envelope
		var err error
		if s, got, err = loaded(t, b, set); err != nil {
			t.Fatalf("size %d: %v", size, err)
		}
		if got.seq != want.seq || !bytes.Equal(got.state, want.state) || !bytes.Equal(got.bytes(), want.bytes()) {
			t.Errorf("size %d: came back different", size)
		}
	}
	info, err := b.dataJS.Stream(t.Context(), streamSnapshots)
	if err != nil {
		t.Fatal(err)
	}
	// The slot that is not in use holds a snapshot of two chunks and a little, the one in use nothing but what was heard.
	if n := info.CachedInfo().State.Bytes; n > 2*chunkSize+chunkSize/4 {
		t.Errorf("%d bytes are left of snapshots that need a manifest and little more than two chunks", n)
	}
}

// G11: a crash while a snapshot is written leaves the one before it valid.
func TestG11CrashWhileSaving(t *testing.T) {
	b := open(t)
	set := WorkSettings{Service: "x", Input: Metrics}
	s := b.newSnapshots(set)
	first := &envelope{seq: 7, repeats: newRepeats(), state: noise(3 * chunkSize)}
	if _, err := saveWhole(t.Context(), s, first); err != nil {
		t.Fatal(err)
	}
	for round := range 3 {
		for n := range 2 + round { // the crash comes before the manifest
			if _, err := b.dataJS.Publish(t.Context(), s.chunkSubject(1-s.current.Slot, n), []byte("half written")); err != nil {
				t.Fatal(err)
			}
		}
		var got *envelope
		var err error
		s, got, err = loaded(t, b, set)
		if err != nil || got == nil || got.seq != first.seq || !bytes.Equal(got.state, first.state) {
			t.Fatalf("round %d: %v", round, err)
		}
	}
	second := &envelope{seq: 8, repeats: newRepeats(), state: []byte("small")}
	if _, err := saveWhole(t.Context(), s, second); err != nil {
		t.Fatal(err)
	}
	if _, got, err := loaded(t, b, set); err != nil || got.seq != 8 {
		t.Errorf("after the crash: %v", err)
	}
}

// G11: a damaged snapshot is noticed, whatever part of it is damaged.
func TestG11DamagedSnapshot(t *testing.T) {
	for name, damage := range map[string]func(b *Bus, s *snapshots) error{
		"chunk changed": func(b *Bus, s *snapshots) error {
			_, err := b.dataJS.Publish(context.Background(), s.chunkSubject(s.current.Slot, 1), noise(chunkSize))
			return err
		},
		"chunk missing": func(b *Bus, s *snapshots) error {
			stream, err := b.dataJS.Stream(context.Background(), streamSnapshots)
			if err != nil {
				return err
			}
			return stream.Purge(context.Background(), jetstream.WithPurgeSubject(s.chunkSubject(s.current.Slot, 0)))
		},
		"manifest garbled": func(b *Bus, s *snapshots) error {
			_, err := b.dataJS.Publish(context.Background(), s.manifestSubject(), []byte("{"))
			return err
		},
		"count of chunks flipped to 0": func(b *Bus, s *snapshots) error { // one bit; by a release that wrote no checksum
			m := s.current
			m.Chunks[m.Slot] = 0
			_, err := b.dataJS.Publish(context.Background(), s.manifestSubject(), m.encode())
			return err
		},
		"manifest flipped": func(b *Bus, s *snapshots) error {
			m, err := s.last(context.Background(), s.manifestSubject())
			if err != nil {
				return err
			}
			msg := nats.NewMsg(m.Subject)
			msg.Header.Set(headerSum, m.Header.Get(headerSum))
			msg.Data = bytes.Replace(m.Data, []byte(`"chunks"`), []byte(`"bhunks"`), 1)
			_, err = b.dataJS.PublishMsg(context.Background(), msg)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := open(t)
			set := WorkSettings{Service: "x", Input: Metrics}
			s := b.newSnapshots(set)
			if _, err := saveWhole(t.Context(), s, &envelope{seq: 7, repeats: newRepeats(), state: noise(3 * chunkSize)}); err != nil {
				t.Fatal(err)
			}
			if err := damage(b, s); err != nil {
				t.Fatal(err)
			}
			s, _, err := loaded(t, b, set)
			if !errors.Is(err, errDamaged) {
				t.Fatalf("load: %v", err)
			}
			if err := s.claim(t.Context()); err != nil {
				t.Fatal(err)
			}
			if _, err := saveWhole(t.Context(), s, &envelope{seq: 8, repeats: newRepeats()}); err != nil {
				t.Fatal(err)
			}
			if _, got, err := loaded(t, b, set); err != nil || got.seq != 8 {
				t.Errorf("after rebuilding: %v", err)
			}
		})
	}
}

// still is a processor whose state is its count.
type still struct{ n int }

func (p *still) Process(Message) ([]Output, error) { p.n++; return nil, nil }
func (p *still) Snapshot(w io.Writer) error {
	_, err := fmt.Fprint(w, p.n)
	return err
}

func (p *still) Restore(state []byte) error { _, err := fmt.Sscan(string(state), &p.n); return err }

// G14: when another process has taken the partition, the worker saves nothing more and leaves.
func TestG14SupersededWorkerLeaves(t *testing.T) {
	b := open(t, func(c *Config) { c.SnapshotInterval = 50 * time.Millisecond })
	set := WorkSettings{Service: "x", Input: Metrics, Processor: &still{}}
	old := b.newSnapshots(set)
	if err := old.claim(t.Context()); err != nil {
		t.Fatal(err)
	}
	left := make(chan error, 1)
	go func() { left <- b.Work(t.Context(), set) }()
	p, err := b.NewPublisher("edge")
	if err != nil {
		t.Fatal(err)
	}
	waitForEpoch(t, b, set, 2)
	if _, err := saveWhole(t.Context(), old, &envelope{seq: 1, repeats: newRepeats()}); !errors.Is(err, ErrSuperseded) {
		t.Errorf("save under the old epoch: %v", err)
	}
	other := b.newSnapshots(set)
	if err := other.claim(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := p.Publish(t.Context(), Metrics, 0, "s", []byte("x")); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-left:
		if !errors.Is(err, ErrSuperseded) {
			t.Errorf("Work: %v", err)
		}
	case <-time.After(20 * time.Second):
		t.Error("the worker stays")
	}
}

func waitForEpoch(t *testing.T, b *Bus, set WorkSettings, epoch uint64) {
	t.Helper()
	eventually(t, fmt.Sprintf("epoch %d", epoch), func() bool {
		s := b.newSnapshots(set)
		return s.read(t.Context()) == nil && s.current.Epoch == epoch
	})
}

// G11: when the acknowledgement of a manifest is lost, the next snapshot neither takes it for another
// process's nor is written over the valid one.
func TestG11LostAcknowledgementOfManifest(t *testing.T) {
	b := open(t)
	set := WorkSettings{Service: "x", Input: Metrics}
	s := b.newSnapshots(set)
	if err := s.claim(t.Context()); err != nil {
		t.Fatal(err)
	}
	save := func(s *snapshots, seq uint64) {
		t.Helper()
		if _, err := saveWhole(t.Context(), s, &envelope{seq: seq, repeats: newRepeats()}); err != nil {
			t.Fatal(err)
		}
	}
	save(s, 1)
	unaware := *s
	unaware.unsure = true // what a time-out leaves
	save(s, 2)
	save(&unaware, 3)
	if unaware.current.Slot == s.current.Slot {
		t.Error("written over the valid snapshot")
	}
	if _, got, err := loaded(t, b, set); err != nil || got.seq != 3 {
		t.Errorf("load: %v", err)
	}
}

// hours notes the times that it is given.
type hours struct {
	still
	times []int64
}

func (p *hours) Process(m Message) ([]Output, error) {
	p.times = append(p.times, m.Time.Unix())
	return nil, nil
}

// G17: a processor's clock does not go back, across a restart either, until the server's stays far behind.
func TestG17ClockGoesBackOnlyToACorrectedOne(t *testing.T) {
	b := open(t)
	p := &hours{}
	var times []int64
	const day = 86400
	for life, clock := range [][]int64{
		{100, 200, 150, 210},
		{90, 205, 300},
		{2 * day, 400, 500, 2*day - 1, 600}, // one that agrees, and the count begins anew
		{601, 602, 603},                     // goes on over a restart
		{604, 605, 590, 606},
	} {
		set := WorkSettings{Service: "x", Input: Metrics, Processor: p}
		k := &worker{bus: b, set: set, log: b.log, store: b.newSnapshots(set), repeats: newRepeats()}
		if err := k.start(t.Context()); err != nil {
			t.Fatal(err)
		}
		for i, sec := range clock {
			if err := k.take(t.Context(), Message{Seq: uint64(10*life + i + 1), Time: time.Unix(sec, 0)}); err != nil {
				t.Fatal(err)
			}
		}
		if err := k.save(t.Context()); err != nil {
			t.Fatal(err)
		}
		times = append(times, p.times...)
		p.times = nil
	}
	const far = 2 * day
	want := []int64{100, 200, 200, 210, 210, 210, 300, far, far, far, far, far, far, far, far, 604, 605, 605, 606}
	if diff := cmp.Diff(want, times); diff != "" {
		t.Errorf("times (-want +got):\n%s", diff)
	}
	for _, c := range b.health.Checks() {
		if c.Name == "bus/clock" && c.State == obs.Degraded && strings.Contains(c.Message, "47h49m56s ahead") {
			return
		}
	}
	t.Errorf("it is not said: %+v", b.health.Checks())
}

// G8: equal states have equal bytes, whatever order the senders were first heard in.
func TestG8EqualStatesHaveEqualBytes(t *testing.T) {
	one, two := newRepeats(), newRepeats()
	for i := range 50 {
		one.seen(fmt.Sprintf("p%d:1:1", i), 1)
		two.seen(fmt.Sprintf("p%d:1:1", 49-i), 1)
	}
	for i := range 50 {
		one.seen(fmt.Sprintf("p%d:2:9", i), uint64(i+2))
		two.seen(fmt.Sprintf("p%d:2:9", i), uint64(i+2))
	}
	a := (&envelope{seq: 9, repeats: one, state: []byte("s")}).bytes()
	b := (&envelope{seq: 9, repeats: two, state: []byte("s")}).bytes()
	if !bytes.Equal(a, b) {
		t.Error("bytes differ")
	}
}

func TestRepeats(t *testing.T) {
	r := newRepeats()
	for i, c := range []struct {
		id   string
		want bool
	}{
		{"a:1:1", false},
		{"a:1:2", false},
		{"a:1:2", true},
		{"a:1:1", true},
		{"b:1:1", false},
		{"a:1:5", false},
		{"a:1:4", true},
		{"a:2:1", false},
		{"a:1:5", true},
		{"a:1:6", false},
		{"tick:7", false},
		{"tick:7", false},
		{"", false},
		{"a:b:c:2:1", false},
		{"a:b:c:2:1", true},
		{"x:1:99999999999999999999", false},
		{"x:1:99999999999999999999", false},
	} {
		if got := r.seen(c.id, uint64(i)); got != c.want {
			t.Errorf("%d: seen(%q) = %v", i, c.id, got)
		}
	}
}

func TestRepeatsAreBounded(t *testing.T) {
	r := newRepeats()
	for i := range 3 * maxSenders {
		for boot := range 2 * maxBoots {
			r.seen(fmt.Sprintf("p%d:%d:1", i, boot), uint64(i*100+boot))
		}
	}
	if len(r.senders) != maxSenders || len(r.senders[fmt.Sprintf("p%d", 3*maxSenders-1)].boots) != maxBoots {
		t.Errorf("%d senders", len(r.senders))
	}
	if !r.seen(fmt.Sprintf("p%d:%d:1", 3*maxSenders-1, 2*maxBoots-1), 1<<40) {
		t.Error("the newest was forgotten")
	}
	back, rest, err := decodeRepeats(r.append(nil))
	if err != nil || len(rest) != 0 || !bytes.Equal(back.append(nil), r.append(nil)) {
		t.Errorf("decode: %v", err)
	}
}

func FuzzEnvelope(f *testing.F) {
	r := newRepeats()
	r.seen("edge:3:4", 5)
	f.Add((&envelope{seq: 9, repeats: r, state: []byte("state")}).bytes())
	f.Add((&envelope{repeats: newRepeats()}).bytes())
	f.Add([]byte{codec, 1, 0xff, 0xff, 0xff, 0x7f})
	f.Fuzz(func(t *testing.T, data []byte) {
		e, err := decodeEnvelope(data)
		if err != nil {
			if !errors.Is(err, errDamaged) {
				t.Errorf("error of another kind: %v", err)
			}
			return
		}
		again, err := decodeEnvelope(e.bytes())
		if err != nil || again.seq != e.seq || !bytes.Equal(again.state, e.state) || !bytes.Equal(again.bytes(), e.bytes()) {
			t.Errorf("does not come back: %v", err)
		}
	})
}

func FuzzManifest(f *testing.F) {
	f.Add((&manifest{Epoch: 1, Codec: manifestCodec, Seq: 5, Slot: 1, Chunks: [2]int{1, 2}, Size: 10, Packed: 5, Hash: 1 << 63}).encode())
	f.Add([]byte(`{"codec":1,"slot":-1}`))
	f.Add([]byte(`{"codec":3,"seq":5,"slot":1,"chunks":[1,2],"size":10,"packed":5,"before":{"seq":4,"size":-9}}`))
	f.Add([]byte(`{"codec":1,"chunks":[1,2,3]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := decodeManifest(data)
		if err != nil {
			if !errors.Is(err, errDamaged) {
				t.Errorf("error of another kind: %v", err)
			}
			return
		}
		_ = m.empty()                   // must not panic
		for valid := m; valid != nil; { // room is made for what either names
			if valid.Size < 0 || valid.Size > maxSnapshot {
				t.Errorf("a state of %d bytes", valid.Size)
			}
			old, ok := valid.before()
			if valid = nil; ok {
				valid = &old
			}
		}
		again, err := decodeManifest(m.encode())
		if err != nil || !cmp.Equal(m, again) {
			t.Errorf("does not come back: %v", err)
		}
	})
}

func FuzzSpoolFile(f *testing.F) {
	b := batch{id: "edge:1:2", source: "node", payload: []byte("payload")}
	f.Add(b.encode())
	f.Add((&batch{}).encode())
	f.Add([]byte(spoolMagic + "12345678"))
	f.Fuzz(func(t *testing.T, data []byte) {
		id, source, payload, err := decodeBatch(data)
		if err != nil {
			if !errors.Is(err, errCorrupt) {
				t.Errorf("error of another kind: %v", err)
			}
			return
		}
		id2, source2, payload2, err := decodeBatch((&batch{id: id, source: source, payload: payload}).encode())
		if err != nil || id2 != id || source2 != source || !bytes.Equal(payload, payload2) {
			t.Errorf("does not come back: %v", err)
		}
	})
}

func FuzzSpoolFileName(f *testing.F) {
	f.Add((&batch{lane: lane{Metrics, 3}, serial: serial{1, 2}}).fileName())
	f.Add("0000000000000001-0000000000000002-XXX-00.batch")
	f.Add("boot")
	f.Fuzz(func(t *testing.T, name string) {
		l, s, ok := parseFileName(name)
		if !ok {
			return
		}
		l2, s2, ok := parseFileName((&batch{lane: l, serial: s}).fileName())
		if !ok || l2 != l || s2 != s {
			t.Errorf("%q does not come back", name)
		}
	})
}

func FuzzMessageID(f *testing.F) {
	f.Add("edge:1:2")
	f.Add("tick:3")
	f.Fuzz(func(t *testing.T, id string) {
		name, s, ok := parseMessageID(id)
		if !ok {
			return
		}
		if n2, s2, ok := parseMessageID(messageID(name, s)); !ok || n2 != name || s2 != s {
			t.Errorf("%q does not come back", id)
		}
	})
}

// G5: boots sort in the order of the starts, even if the clock goes back or the counter is lost.
func TestG5BootNumbersGrow(t *testing.T) {
	dir := t.TempDir()
	last := uint64(0)
	for _, c := range []struct {
		atLeast uint64
		clock   int64
		want    uint64
	}{{0, 1000, 1000}, {0, 1000, 1001}, {0, 500, 1002}, {2000, 500, 2001}, {0, 5000, 5000}, {0, -1, 5001}} {
		got, err := nextBoot(dir, c.atLeast, c.clock)
		if err != nil || got != c.want || got <= last {
			t.Errorf("nextBoot(%d, %d) = %d, %v; want %d", c.atLeast, c.clock, got, err, c.want)
		}
		last = got
	}
}
