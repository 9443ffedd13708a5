package bus_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/bustest"
)

// tended runs the duties of a bus until the test ends or stop is called.
func tended(t testing.TB, b *bus.Bus) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- b.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("run: %v", err)
		}
	})
	t.Cleanup(stop)
	return stop
}

// copied reaches the bus of a directory as another program would, and copies it.
func copied(t testing.TB, dir string) *bus.Copy {
	t.Helper()
	var b *bus.Bus
	bustest.Eventually(t, 10*time.Second, func() (err error) { // the socket is there a moment after the bus
		b, err = bus.Reach(t.Context(), bustest.Config(), bus.Settings{DataDir: dir})
		return err
	})
	defer b.Close() //nolint:errcheck // nothing was written
	share := 0.0
	c, err := b.Copy(t.Context(), t.TempDir(), func(s float64) { share = s })
	if err != nil {
		t.Fatal(err)
	}
	if share != 1 {
		t.Errorf("a share of %v was said to be done at the end", share)
	}
	return c
}

// restored makes a new data directory of a copy.
func restored(t testing.TB, c *bus.Copy) (dir string) {
	t.Helper()
	dir = t.TempDir()
	b, err := bus.Vacant(t.Context(), bustest.Config(), bus.Settings{DataDir: dir}, c.Streams)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range c.Streams {
		f, err := os.Open(s.Path)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(b.Restore(t.Context(), s, f), f.Close()); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

// G24: a copy that is taken while everything runs holds all that was acknowledged before, and what is restored of it goes on as an
// undisturbed run would have.
func TestG24CopyWhileItRuns(t *testing.T) {
	const all = 3000
	want, findings := undisturbed(t, lines(0, all))
	dir := t.TempDir()
	b := bustest.Open(t, dir, bus.Settings{})
	stopDuties := tended(t, b)
	var w tally
	stop := running(t, b, trend(&w))
	p := publisher(t, b, "edge")
	send(t, p, 0, lines(0, 1000)...)
	rest := make(chan struct{})
	go func() {
		defer close(rest)
		for _, s := range lines(1000, all) {
			_ = p.Publish(t.Context(), bus.Metrics, 0, "test", []byte(s))
		}
	}()
	c := copied(t, dir)
	<-rest
	stop()
	stopDuties()
	if len(c.Notes) > 0 {
		t.Errorf("not all was copied: %q", c.Notes)
	}

	again := bustest.Open(t, restored(t, c), bus.Settings{})
	var next tally
	running(t, again, trend(&next))
	bustest.Eventually(t, 20*time.Second, func() error {
		if lag, err := again.Lag(t.Context(), "trend", 0); err != nil || lag > 0 {
			return fmt.Errorf("lag %d: %w", lag, err)
		}
		return nil
	})
	had := next.now().Count
	if had < 1000 {
		t.Errorf("%d of 1000 batches that were acknowledged before the copy was begun are in it", had)
	}
	send(t, publisher(t, again, "edge"), 0, lines(had, all)...)
	bustest.Until(t, 20*time.Second, "all is read", func() bool { return next.now().Count == all })
	got := next.now()
	if want.Ticks, got.Ticks = 0, 0; want != got {
		t.Errorf("state differs from an undisturbed run:\n%s", cmp.Diff(want, got))
	}
	said, _ := messages(t, again, bus.StreamFindings)
	for i, f := range findings {
		findings[i], _, _ = strings.Cut(f, " ")
	}
	if diff := cmp.Diff(findings, said); diff != "" {
		t.Errorf("findings differ from an undisturbed run:\n%s", diff)
	}
}

// G24: incidents, their events and what is to be delivered are copied as they were at one moment, also when they change while that is done.
func TestG24IncidentsAreOfOneMoment(t *testing.T) {
	dir := t.TempDir()
	b := bustest.Open(t, dir, bus.Settings{})
	tended(t, b)
	kv, err := b.KeyValue(t.Context(), bus.BucketIncident)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	wrote := make(chan error, 1)
	go func() {
		tick := time.NewTicker(30 * time.Millisecond)
		defer tick.Stop()
		for n := 1; n <= 30 && ctx.Err() == nil; n++ { // then it is calm
			_, err1 := kv.PutString(t.Context(), "a", strconv.Itoa(n))
			_, err2 := b.JetStream().Publish(t.Context(), "inc.a", []byte(strconv.Itoa(n)))
			_, err3 := b.JetStream().Publish(t.Context(), "notify.ops", []byte(strconv.Itoa(n)))
			if err := errors.Join(err1, err2, err3); err != nil {
				wrote <- err
				return
			}
			<-tick.C
		}
		wrote <- nil
	}()
	c := copied(t, dir)
	cancel()
	if err := <-wrote; err != nil {
		t.Fatal(err)
	}
	if len(c.Notes) > 0 {
		t.Errorf("not all was copied: %q", c.Notes)
	}
	again := bustest.Open(t, restored(t, c), bus.Settings{})
	kv, err = again.KeyValue(t.Context(), bus.BucketIncident)
	if err != nil {
		t.Fatal(err)
	}
	last := "0"
	if e, err := kv.Get(t.Context(), "a"); err == nil {
		last = string(e.Value())
	}
	for _, stream := range []string{bus.StreamIncidents, bus.StreamNotify} {
		said, _ := messages(t, again, stream)
		if got := strconv.Itoa(len(said)); got != last || len(said) > 0 && said[len(said)-1] != last {
			t.Errorf("%s has %s messages up to %v, the incident is at its change %s", stream, got, said[max(0, len(said)-1):], last)
		}
	}
}

// G24: who reads findings and deliveries goes on where it was.
func TestG24ReadersGoOn(t *testing.T) {
	dir := t.TempDir()
	b := bustest.Open(t, dir, bus.Settings{})
	cfg := jetstream.ConsumerConfig{Durable: "notifier", AckPolicy: jetstream.AckExplicitPolicy, MaxAckPending: 1}
	cons, err := b.JetStream().CreateConsumer(t.Context(), bus.StreamFindings, cfg)
	if err != nil {
		t.Fatal(err)
	}
	for n := range 5 {
		if _, err := b.JetStream().Publish(t.Context(), "find.trend.00", []byte(strconv.Itoa(n))); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		m, err := cons.Next()
		if err == nil {
			err = m.DoubleAck(t.Context())
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if _, err := cons.Next(); err != nil { // in work, not done with
		t.Fatal(err)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	again := bustest.Open(t, restored(t, copied(t, dir)), bus.Settings{}) // of a program that does not run
	if cons, err = again.JetStream().CreateOrUpdateConsumer(t.Context(), bus.StreamFindings, cfg); err != nil {
		t.Fatal(err)
	}
	m, err := cons.Next()
	if err != nil {
		t.Fatal(err)
	}
	if string(m.Data()) != "2" {
		t.Errorf("the reader goes on with finding %s, want 2", m.Data())
	}
}

// G24: a bus that is copied is not purged meanwhile, and is again when that is over or has been given up.
func TestG24NothingIsPurgedMeanwhile(t *testing.T) {
	b := bustest.New(t)
	kv, err := b.KeyValue(t.Context(), bus.BucketMeta)
	if err != nil {
		t.Fatal(err)
	}
	hold := func(until time.Time) {
		t.Helper()
		if _, err := kv.PutString(t.Context(), "hold", until.UTC().Format(time.RFC3339Nano)); err != nil {
			t.Fatal(err)
		}
	}
	hold(time.Now().Add(time.Minute))
	var w tally
	running(t, b, trend(&w))
	send(t, publisher(t, b, "edge"), 0, lines(0, 10)...)
	tended(t, b)
	stream := bus.StreamName(bus.Metrics, 0)
	first := func() uint64 {
		s, err := b.JetStream().Stream(t.Context(), stream)
		if err != nil {
			t.Fatal(err)
		}
		return s.CachedInfo().State.FirstSeq
	}
	bustest.Until(t, 20*time.Second, "a canary was sung twice", func() bool { // rounds of the janitor have passed
		s, err := b.JetStream().Stream(t.Context(), "CANARY")
		return err == nil && s.CachedInfo().State.LastSeq > 2
	})
	if n := first(); n != 1 {
		t.Errorf("%s begins with %d although purging is held back", stream, n)
	}
	hold(time.Now().Add(-time.Second))
	bustest.Until(t, 20*time.Second, "the stream is purged", func() bool { return first() > 1 })
}

func TestReachSaysWhatToDo(t *testing.T) {
	empty := t.TempDir()
	if _, err := bus.Reach(t.Context(), bustest.Config(), bus.Settings{DataDir: empty}); err == nil || !strings.Contains(err.Error(), "--data-dir") {
		t.Errorf("without a bus: %v", err)
	}
	if left, err := os.ReadDir(empty); err != nil || len(left) > 0 {
		t.Errorf("looking for a bus left %v behind (%v)", left, err)
	}
	dir := t.TempDir()
	bustest.Open(t, dir, bus.Settings{}) // its duties, the socket among them, do not run
	if _, err := bus.Reach(t.Context(), bustest.Config(), bus.Settings{DataDir: dir}); err == nil || !strings.Contains(err.Error(), "in use by pid") {
		t.Errorf("without a socket: %v", err)
	}
}

func TestRestoreRefuses(t *testing.T) {
	f := func(name, config, want string) {
		t.Helper()
		_, err := bus.Vacant(t.Context(), bustest.Config(), bus.Settings{DataDir: t.TempDir()}, []bus.Copied{{Name: name, Config: []byte(config)}})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s %s: %v, want %q", name, config, err, want)
		}
	}
	f("../../etc", `{}`, "no stream of Forewarn")
	f("FIND", `{"name":"INC"}`, "damaged")
	f("FIND", `nonsense`, "cannot be read")
	f("FIND", `{"name":"FIND","sources":[{"name":"x"}]}`, "damaged")

	b := bustest.New(t)
	err := b.Restore(t.Context(), bus.Copied{Name: "FIND", Config: []byte(`{"name":"FIND","subjects":["find.>"],"storage":"file"}`)}, strings.NewReader(""))
	if err == nil || !strings.Contains(err.Error(), "FIND") {
		t.Errorf("over a stream that is there: %v", err)
	}
}
