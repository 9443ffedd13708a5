package bus_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/bustest"
)

// crowd is the environment variable that makes this test program a member of TestG21G23TakeOver: the server's URL.
const crowd = "FOREWARN_TEST_BUS_MEMBER"

// shared is the configuration of a member.
func (e *external) shared(c *bus.Config) {
	e.use(c)
	c.Lease = 3 * time.Second
}

// tallies is the work of one member.
type tallies struct {
	mu  sync.Mutex
	all map[int]*tally
}

func (a *tallies) settings() bus.ShareSettings {
	return bus.ShareSettings{Service: "trend", Input: bus.Metrics, New: func(_ context.Context, p int) bus.Processor {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.all[p] = &tally{}
		return a.all[p]
	}}
}

// TestMember shares the work until it is killed or told to stop.
func TestMember(t *testing.T) {
	url := os.Getenv(crowd)
	if url == "" {
		t.Skip("only runs inside TestG21G23TakeOver")
	}
	b := bustest.Open(t, t.TempDir(), bus.Settings{}, func(c *bus.Config) {
		c.URL, c.Partitions, c.Lease = url, 4, 3*time.Second
		c.SnapshotInterval = 50 * time.Millisecond
	})
	s := (&tallies{all: map[int]*tally{}}).settings()
	if err := b.Share(t.Context(), s); err != nil {
		t.Fatal(err)
	}
}

// member starts one in a process of its own.
func member(t *testing.T, url string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestMember$")
	cmd.Env = append(os.Environ(), crowd+"="+url)
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	return cmd
}

// G21, G23: members are killed, or stopped for longer than their lease and then go on, while work comes in. What they said is
// what an undisturbed run says, each thing once and in order, and so are their states.
func TestG21G23TakeOver(t *testing.T) {
	ext := newExternal(t)
	b := bustest.Open(t, t.TempDir(), bus.Settings{}, ext.shared)
	url := fmt.Sprintf("nats://127.0.0.1:%d", ext.port)
	members := []*exec.Cmd{member(t, url), member(t, url), member(t, url)}

	ctx, cancel := context.WithCancel(t.Context())
	fed := make(chan struct{})
	go func() { defer close(fed); feedAll(ctx, t, b) }()
	bustest.Eventually(t, 20*time.Second, func() error { return allHeard(t, b, 0) })
	for range 3 {
		k := rand.IntN(len(members))
		said := state(t, b, bus.StreamFindings).Messages
		_ = members[k].Process.Kill()
		members[k] = member(t, url)
		frozen := members[(k+1)%len(members)].Process
		_ = frozen.Signal(syscall.SIGSTOP)
		bustest.Eventually(t, 20*time.Second, func() error { return allHeard(t, b, said) })
		_ = frozen.Signal(syscall.SIGCONT)
	}
	cancel()
	<-fed
	for p := range b.Partitions() {
		stored, _ := messages(t, b, bus.StreamName(bus.Metrics, p))
		want, findings := undisturbedOf(t, p, stored)
		bustest.Until(t, 20*time.Second, fmt.Sprintf("all findings of partition %d are out", p), func() bool {
			return len(findingsOf(t, b, p)) >= len(findings)
		})
		if diff := cmp.Diff(findings, findingsOf(t, b, p)); diff != "" {
			t.Errorf("partition %d: findings differ from an undisturbed run:\n%s", p, diff)
		}
		w := &tally{}
		set := trend(w)
		set.Partition = p
		stop := running(t, b, set) // takes the partition from whoever has it, and goes on from that one's state
		bustest.Until(t, 20*time.Second, "state is there", func() bool { return w.now().Last == want.Last })
		stop()
		if diff := cmp.Diff(want, w.now()); diff != "" {
			t.Errorf("partition %d: state differs from an undisturbed run:\n%s", p, diff)
		}
	}
}

// feedAll publishes to every partition until ctx ends.
func feedAll(ctx context.Context, t *testing.T, b *bus.Bus) {
	p, err := b.NewPublisher("edge")
	if err != nil {
		t.Error(err)
		return
	}
	pace := time.NewTicker(2 * time.Millisecond)
	defer pace.Stop()
	for i := 0; ctx.Err() == nil; i++ {
		<-pace.C
		payload := fmt.Sprintf("%d", i)
		if i%5 == 0 {
			payload = "!" + payload
		}
		if err := p.Publish(t.Context(), bus.Metrics, i%b.Partitions(), "test", []byte(payload)); err != nil {
			t.Error(err)
			return
		}
	}
}

// allHeard returns nil once each partition has said something behind the first so many findings.
func allHeard(t *testing.T, b *bus.Bus, said uint64) error {
	t.Helper()
	stream, err := b.JetStream().Stream(t.Context(), bus.StreamFindings)
	if err != nil {
		return err
	}
	for p := range b.Partitions() {
		m, err := stream.GetLastMsgForSubject(t.Context(), bus.SubjectFindings("trend", p))
		if err != nil {
			return err
		}
		if m.Sequence <= said+100 {
			return fmt.Errorf("partition %d is silent", p)
		}
	}
	return nil
}

// undisturbedOf returns the state and the findings of one run over what is stored of a partition.
func undisturbedOf(t *testing.T, partition int, stored []string) (tallyState, []string) {
	t.Helper()
	var w tally
	var findings []string
	for i, payload := range stored {
		seq := uint64(i + 1)
		out, err := w.Process(bus.Message{Seq: seq, Data: []byte(payload)})
		if err != nil {
			t.Fatal(err)
		}
		for n, o := range out {
			findings = append(findings, string(o.Data)+" "+bus.OutputID("trend", partition, seq, n))
		}
	}
	return w.now(), findings
}

// findingsOf returns what was said of a partition, in order.
func findingsOf(t *testing.T, b *bus.Bus, partition int) (out []string) {
	t.Helper()
	data, ids := messages(t, b, bus.StreamFindings)
	for i := range data {
		if strings.HasPrefix(ids[i], fmt.Sprintf("trend:%02d:", partition)) {
			out = append(out, data[i]+" "+ids[i])
		}
	}
	return out
}

// G22: a second process takes over half of the work without waiting for the end of a lease, gives it back when it leaves, and all
// is said once.
func TestG22ComeAndGo(t *testing.T) {
	ext := newExternal(t)
	first, second := bustest.Open(t, t.TempDir(), bus.Settings{}, ext.shared), bustest.Open(t, t.TempDir(), bus.Settings{}, ext.shared)
	one, two := &tallies{all: map[int]*tally{}}, &tallies{all: map[int]*tally{}}
	defer sharing(t, first, one)()
	bustest.Until(t, 10*time.Second, "the first has all", func() bool { return one.count() == 4 })
	stop := sharing(t, second, two)
	bustest.Until(t, 2500*time.Millisecond, "the second has two", func() bool { return two.count() == 2 })
	p := publisher(t, first, "edge")
	for partition := range 4 {
		send(t, p, partition, "!a", "b", "!c")
	}
	heard := func(n uint64) func() bool {
		return func() bool { return state(t, first, bus.StreamFindings).Messages == n }
	}
	bustest.Until(t, 10*time.Second, "all is said once", heard(16))
	stop()
	for partition := range 4 {
		send(t, p, partition, "!d")
	}
	bustest.Until(t, 2500*time.Millisecond, "the first says all again", heard(24))
	one.mu.Lock()
	defer one.mu.Unlock()
	for partition, w := range one.all {
		if got := w.now(); got.Count != 4 {
			t.Errorf("partition %d: %d messages counted, want 4: its state did not come along", partition, got.Count)
		}
	}
}

// count returns how many partitions it has ever worked on.
func (a *tallies) count() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.all)
}

// sharing starts Share and returns how to stop it.
func sharing(t *testing.T, b *bus.Bus, a *tallies) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- b.Share(ctx, a.settings()) }()
	var once sync.Once
	stop = func() {
		once.Do(func() {
			cancel()
			if err := <-done; err != nil {
				t.Errorf("share: %v", err)
			}
		})
	}
	t.Cleanup(stop)
	return stop
}

// G21: one process leads at a time; when it goes another one does, and an error of the work ends it.
func TestG21Lead(t *testing.T) {
	ext := newExternal(t)
	first, second := bustest.Open(t, t.TempDir(), bus.Settings{}, ext.shared), bustest.Open(t, t.TempDir(), bus.Settings{}, ext.shared)
	leaders := make(chan string, 10)
	work := func(name string) func(context.Context) error {
		return func(ctx context.Context) error { leaders <- name; <-ctx.Done(); return nil }
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 2)
	go func() { done <- first.Lead(ctx, "rules", work("first")) }()
	if got := <-leaders; got != "first" {
		t.Fatalf("%s leads", got)
	}
	go func() { done <- second.Lead(t.Context(), "rules", work("second")) }()
	select {
	case got := <-leaders:
		t.Fatalf("%s leads, too", got)
	case <-time.After(4 * time.Second): // longer than a lease
	}
	cancel()
	if got := <-leaders; got != "second" {
		t.Errorf("%s leads after the first has gone", got)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
	broken := errors.New("broken")
	if err := first.Lead(t.Context(), "other", func(context.Context) error { return broken }); !errors.Is(err, broken) {
		t.Errorf("error %v, want %v", err, broken)
	}
}

// gated is a processor that waits before it answers until the gate is open. Its outputs have ids of their own, as if the server
// had forgotten those of others.
type gated struct {
	tally
	inside chan struct{}
	gate   chan struct{}
}

func (g *gated) Process(m bus.Message) ([]bus.Output, error) {
	g.inside <- struct{}{}
	<-g.gate
	out, err := g.tally.Process(m)
	for i := range out {
		out[i].ID = fmt.Sprintf("late:%d:%d", m.Seq, i)
	}
	return out, err
}

// G14, G21: what a process says that was in the middle of a message when another one took over is refused once that one has
// spoken, whatever the server remembers of ids.
func TestG14G21LateOutput(t *testing.T) {
	ext := newExternal(t)
	first, second := bustest.Open(t, t.TempDir(), bus.Settings{}, ext.use), bustest.Open(t, t.TempDir(), bus.Settings{}, ext.use)
	late := &gated{inside: make(chan struct{}), gate: make(chan struct{})}
	done := make(chan error, 1)
	go func() { done <- first.Work(t.Context(), trend(late)) }()
	send(t, publisher(t, first, "edge"), 0, "!a")
	<-late.inside
	defer running(t, second, trend(&tally{}))()
	said := func(n uint64) func() bool {
		return func() bool { return state(t, second, bus.StreamFindings).Messages == n }
	}
	bustest.Until(t, 10*time.Second, "the second has spoken", said(2))
	close(late.gate)
	if err := <-done; !errors.Is(err, bus.ErrSuperseded) {
		t.Errorf("the first ends with %v, want %v", err, bus.ErrSuperseded)
	}
	if !said(2)() {
		t.Error("something is said twice")
	}
}
