package bus_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/bustest"
	"github.com/forewarn/forewarn/shared/obs"
)

// crashing is a tally whose snapshots fail while told so: when its worker is stopped, nothing is saved, as if
// the process had been killed.
type crashing struct {
	tally
	crash atomic.Bool
}

func (c *crashing) Snapshot(w io.Writer) error {
	if c.crash.Load() {
		return errors.New("crashed")
	}
	return c.tally.Snapshot(w)
}

func trend(p bus.Processor) bus.WorkSettings {
	return bus.WorkSettings{Service: "trend", Input: bus.Metrics, Partition: 0, Processor: p}
}

func rarely(c *bus.Config) { c.SnapshotInterval = time.Hour }

// lines makes payloads of which every third has outputs.
func lines(from, to int) (out []string) {
	for i := from; i < to; i++ {
		s := fmt.Sprint(i)
		if i%3 == 0 {
			s = "!" + s
		}
		out = append(out, s)
	}
	return out
}

// undisturbed returns the state and the findings of one run over the payloads.
func undisturbed(t testing.TB, payloads []string) (tallyState, []string) {
	t.Helper()
	b := bustest.New(t)
	var w tally
	stop := running(t, b, trend(&w))
	send(t, publisher(t, b, "edge"), 0, payloads...)
	bustest.Until(t, 20*time.Second, "all is read", func() bool { return w.now().Count == len(payloads) })
	stop()
	data, ids := messages(t, b, bus.StreamFindings)
	for i := range data {
		data[i] += " " + ids[i]
	}
	return w.now(), data
}

// G8, G9: a worker that crashed goes on as if it had not; no finding comes twice, none is missing.
func TestG8G9CrashAndReplay(t *testing.T) {
	want, findings := undisturbed(t, lines(0, 100))
	registry := prometheus.NewRegistry()
	b := bustest.Open(t, t.TempDir(), bus.Settings{Registry: registry}, rarely)
	p := publisher(t, b, "edge")
	for life := range 5 {
		w := &crashing{}
		w.crash.Store(life%2 == 1)
		stop := running(t, b, trend(w))
		send(t, p, 0, lines(20*life, 20*life+20)...)
		bustest.Until(t, 20*time.Second, "all is read", func() bool { return w.now().Count == 20*life+20 })
		stop()
		if life == 4 {
			if diff := cmp.Diff(want, w.now()); diff != "" {
				t.Errorf("state differs from an undisturbed run:\n%s", diff)
			}
		}
	}
	data, ids := messages(t, b, bus.StreamFindings)
	for i := range data {
		data[i] += " " + ids[i]
	}
	if diff := cmp.Diff(findings, data); diff != "" {
		t.Errorf("findings differ from an undisturbed run:\n%s", diff)
	}
	if n := value(t, registry, "forewarn_bus_repeats_total"); n != 0 {
		t.Errorf("%v messages were taken for repeats", n)
	}
}

// G10: what comes again after the server has forgotten its id changes nothing, also after a restart.
func TestG10RepeatsAreSkipped(t *testing.T) {
	registry := prometheus.NewRegistry()
	b := bustest.Open(t, t.TempDir(), bus.Settings{Registry: registry})
	stream, err := b.JetStream().Stream(t.Context(), bus.StreamName(bus.Metrics, 0))
	if err != nil {
		t.Fatal(err)
	}
	cfg := stream.CachedInfo().Config
	cfg.Duplicates = 100 * time.Millisecond
	if _, err := b.JetStream().UpdateStream(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	var w tally
	stop := running(t, b, trend(&w))
	p := publisher(t, b, "edge")
	send(t, p, 0, "one", "two", "three")
	_, ids := messages(t, b, bus.StreamName(bus.Metrics, 0))
	bustest.Until(t, 20*time.Second, "all is read", func() bool { return w.now().Last == "three" })
	again := func(id string) {
		bustest.Until(t, 20*time.Second, "the server has forgotten the id", func() bool {
			m := nats.NewMsg("met.00.batch")
			m.Data = []byte("again")
			ack, err := b.JetStream().PublishMsg(t.Context(), m, jetstream.WithMsgID(id))
			return err == nil && !ack.Duplicate
		})
	}
	again(ids[1])
	again(ids[2])
	send(t, p, 0, "four")
	bustest.Until(t, 20*time.Second, "all is read", func() bool { return w.now().Last == "four" })
	stop()
	w2 := &tally{}
	defer running(t, b, trend(w2))()
	again(ids[0])
	send(t, p, 0, "five")
	bustest.Until(t, 20*time.Second, "all is read", func() bool { return w2.now().Last == "five" })
	if got := w2.now().Count; got != 5 {
		t.Errorf("%d messages were processed, want 5", got)
	}
	if n := value(t, registry, "forewarn_bus_repeats_total"); n != 3 {
		t.Errorf("counted %v repeats, want 3", n)
	}
}

// picky refuses to restore.
type picky struct{ tally }

func (*picky) Restore([]byte) error { return errors.New("it cannot be read") }

// G11: a state that cannot be restored is said, and rebuilt from the stream.
func TestG11RefusedStateIsRebuilt(t *testing.T) {
	h := &obs.Health{}
	b := bustest.Open(t, t.TempDir(), bus.Settings{Health: h})
	p := publisher(t, b, "edge")
	send(t, p, 0, lines(0, 10)...)
	w := &tally{}
	stop := running(t, b, trend(w))
	bustest.Until(t, 20*time.Second, "all is read", func() bool { return w.now().Count == 10 })
	stop()
	w2 := &picky{}
	defer running(t, b, trend(w2))()
	bustest.Until(t, 20*time.Second, "all is read again", func() bool { return w2.now().Count == 10 })
	if diff := cmp.Diff(w.now(), w2.now()); diff != "" {
		t.Errorf("rebuilt state differs:\n%s", diff)
	}
	if c := check(h, "bus/input/trend.met.00"); c.State != obs.Degraded {
		t.Errorf("health: %+v", c)
	}
}

// G12: poison goes to the dead letters with its reason, and work goes on.
func TestG12Poison(t *testing.T) {
	registry := prometheus.NewRegistry()
	b := bustest.Open(t, t.TempDir(), bus.Settings{Registry: registry})
	var w tally
	defer running(t, b, trend(&w))()
	send(t, publisher(t, b, "edge"), 0, "one", "bad", "boom", "two")
	bustest.Until(t, 20*time.Second, "all is read", func() bool { return w.now().Last == "two" })
	s, err := b.JetStream().Stream(t.Context(), bus.StreamDeadLetters)
	if err != nil {
		t.Fatal(err)
	}
	for seq, want := range map[uint64][2]string{1: {"bad", "trend: cannot read it"}, 2: {"boom", "trend: panic: boom"}} {
		m, err := s.GetMsg(t.Context(), seq)
		if err != nil {
			t.Fatal(err)
		}
		h := m.Header
		if string(m.Data) != want[0] || h.Get(bus.HeaderReason) != want[1] || h.Get(bus.HeaderSubject) != "met.00.batch" ||
			h.Get(bus.HeaderSeq) != fmt.Sprint(seq+1) || h.Get(bus.HeaderSource) != "test" || m.Subject != "dlq.met.00.batch" {
			t.Errorf("dead letter %d: %s %q %v", seq, m.Subject, m.Data, h)
		}
	}
	letters, err := b.DeadLetters(t.Context(), 1)
	if err != nil || len(letters) != 1 || letters[0].Reason != "trend: panic: boom" || letters[0].Subject != "met.00.batch" || string(letters[0].Data) != "boom" {
		t.Errorf("the newest dead letter is %+v, %v", letters, err)
	}
	if n := value(t, registry, "forewarn_bus_poison_total"); n != 2 {
		t.Errorf("counted %v", n)
	}
}

// G13: messages that were gone before they were read are said and counted.
func TestG13Gap(t *testing.T) {
	h, registry := &obs.Health{}, prometheus.NewRegistry()
	b := bustest.Open(t, t.TempDir(), bus.Settings{Health: h, Registry: registry})
	p := publisher(t, b, "edge")
	w := &tally{}
	stop := running(t, b, trend(w))
	send(t, p, 0, "one", "two")
	bustest.Until(t, 20*time.Second, "all is read", func() bool { return w.now().Count == 2 })
	stop()
	send(t, p, 0, "three", "four", "five")
	s, err := b.JetStream().Stream(t.Context(), bus.StreamName(bus.Metrics, 0))
	if err == nil {
		err = s.Purge(t.Context(), jetstream.WithPurgeSequence(5))
	}
	if err != nil {
		t.Fatal(err)
	}
	w = &tally{}
	defer running(t, b, trend(w))()
	bustest.Until(t, 20*time.Second, "the rest is read", func() bool { return w.now().Last == "five" })
	if n := value(t, registry, "forewarn_bus_lost_messages_total"); n != 2 {
		t.Errorf("counted %v lost, want 2", n)
	}
	if c := check(h, "bus/input/trend.met.00"); c.State != obs.Degraded || !strings.Contains(c.Message, "2 messages") {
		t.Errorf("health: %+v", c)
	}
}

// G13: a stream that somebody deleted starts where its readers are, so that no number is used twice.
func TestG13DeletedStreamDoesNotCountAgain(t *testing.T) {
	dir := t.TempDir()
	b := bustest.Open(t, dir, bus.Settings{})
	w := &tally{}
	stop := running(t, b, trend(w))
	send(t, publisher(t, b, "edge"), 0, lines(0, 10)...)
	bustest.Until(t, 20*time.Second, "all is read", func() bool { return w.now().Count == 10 })
	stop()
	if err := b.JetStream().DeleteStream(t.Context(), bus.StreamName(bus.Metrics, 0)); err != nil {
		t.Fatal(err)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	b = bustest.Open(t, dir, bus.Settings{})
	w = &tally{}
	defer running(t, b, trend(w))()
	send(t, publisher(t, b, "edge"), 0, "!new")
	bustest.Until(t, 20*time.Second, "the new one is read", func() bool { return w.now().Count == 11 })
	bustest.Until(t, 20*time.Second, "its finding is out", func() bool {
		_, ids := messages(t, b, bus.StreamFindings)
		return slices.Contains(ids, bus.OutputID("trend", 0, 11, 0))
	})
}

func TestWorkRefusesWrongSettings(t *testing.T) {
	b := bustest.New(t)
	defer running(t, b, trend(&tally{}))()
	bustest.Until(t, 20*time.Second, "it works", func() bool { _, err := b.Query(t.Context(), "trend", 0, nil); return err == nil })
	for _, w := range []bus.WorkSettings{
		trend(&tally{}),
		{Service: "trend", Input: bus.Logs, Processor: &tally{}},
		{Service: "Bad.Name", Input: bus.Logs, Processor: &tally{}},
		{Service: "x", Input: "NO", Processor: &tally{}},
		{Service: "x", Input: bus.Logs, Partition: 4, Processor: &tally{}},
		{Service: "x", Input: bus.Logs},
	} {
		if err := b.Work(t.Context(), w); err == nil {
			t.Errorf("Work(%+v) worked", w)
		}
	}
}

// G8: a worker waits while the bus is away and goes on when it is back.
func TestG8WorkSurvivesTheBus(t *testing.T) {
	ext := newExternal(t)
	b := bustest.Open(t, t.TempDir(), bus.Settings{}, ext.use)
	p := publisher(t, b, "edge")
	defer draining(t, p)()
	w := &tally{}
	defer running(t, b, trend(w))()
	send(t, p, 0, lines(0, 10)...)
	bustest.Until(t, 20*time.Second, "the first are read", func() bool { return w.now().Count == 10 })
	ext.stop()
	send(t, p, 0, lines(10, 20)...)
	ext.start()
	bustest.Until(t, 20*time.Second, "all are read", func() bool { return w.now().Count == 20 })
	bustest.Until(t, 20*time.Second, "queries are answered", func() bool { _, err := b.Query(t.Context(), "trend", 0, nil); return err == nil })
	if want, _ := undisturbed(t, lines(0, 20)); cmp.Diff(want, w.now()) != "" {
		t.Errorf("state: %s", cmp.Diff(want, w.now()))
	}
}

func TestConsume(t *testing.T) {
	b := bustest.New(t)
	send(t, publisher(t, b, "edge"), 0, numbers(0, 20)...)
	var got []string
	end := errors.New("enough")
	err := b.Consume(t.Context(), bus.StreamName(bus.Metrics, 0), 5, func(m bus.Message) error {
		if got = append(got, string(m.Data)); len(got) == 15 {
			return end
		}
		return nil
	})
	if !errors.Is(err, end) || !slices.Equal(got, numbers(5, 20)) {
		t.Errorf("Consume: %v, %q", err, got)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := b.Consume(ctx, bus.StreamName(bus.Metrics, 0), 0, func(bus.Message) error { return nil }); err != nil {
		t.Errorf("Consume after its context ended: %v", err)
	}
}
