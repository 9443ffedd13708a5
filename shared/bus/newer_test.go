package bus

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/forewarn/forewarn/shared/obs"
)

// dated is a processor whose state names the release that wrote it.
type dated struct {
	still
	release int
}

func (p *dated) Snapshot(w io.Writer) error {
	_, err := fmt.Fprintf(w, "%d %d", p.release, p.n)
	return err
}

func (p *dated) Restore(state []byte) error {
	var release, n int
	if _, err := fmt.Sscan(string(state), &release, &n); err != nil {
		return err
	}
	if release > p.release {
		return fmt.Errorf("state is of release %d, this one is %d: %w", release, p.release, ErrNewer)
	}
	p.n = n
	return nil
}

// all returns what a worker has on SNAP, subject and data, without what each take-over changes.
func all(t *testing.T, b *Bus, set WorkSettings) (chunks [][]byte, m manifest) {
	t.Helper()
	s := b.newSnapshots(set)
	if err := s.read(t.Context()); err != nil {
		t.Fatal(err)
	}
	for slot := range slots {
		for n := range s.current.Chunks[slot] {
			c, err := s.chunk(t.Context(), slot, n)
			if err != nil {
				t.Fatal(err)
			}
			chunks = append(chunks, c)
		}
	}
	m = s.current
	m.Epoch, m.Writer = 0, ""
	return chunks, m
}

// saveOnce saves a state as a worker does.
func saveOnce(t *testing.T, b *Bus, p Processor) {
	t.Helper()
	s := b.newSnapshots(WorkSettings{Service: "x", Input: Metrics})
	err := s.read(t.Context())
	if err == nil {
		_, err = s.save(t.Context(), &envelope{seq: 7, repeats: newRepeats()}, p.Snapshot, time.Now())
	}
	if err != nil {
		t.Fatal(err)
	}
}

// G25: a state that a newer release wrote is refused, with what to do, and stays as it is: the newer release goes on from it. Only who
// says so begins anew.
func TestG25NewerState(t *testing.T) {
	b := open(t)
	set := WorkSettings{Service: "x", Input: Metrics, Processor: &dated{release: 1}}
	saveOnce(t, b, &dated{release: 2, still: still{41}})
	before, manifestBefore := all(t, b, set)
	for range 3 {
		err := b.Work(t.Context(), set)
		for _, want := range []string{"take up the state of x on MET_00", "release 2", "install that release again", "backup", "bus.discard_newer_state"} {
			if !errors.Is(err, ErrNewer) || !strings.Contains(fmt.Sprint(err), want) {
				t.Errorf("Work: %v, want %q", err, want)
			}
		}
	}
	after, manifestAfter := all(t, b, set)
	if len(after) != len(before) || !bytes.Equal(after[0], before[0]) || manifestAfter != manifestBefore {
		t.Errorf("the snapshot was changed:\n%+v\n%+v", manifestBefore, manifestAfter)
	}
	if c := b.health.Checks(); c[len(c)-1].Name != "bus/input/x.met.00" || c[len(c)-1].State != obs.Failed {
		t.Errorf("health: %+v", c)
	}
	newest := &dated{release: 2}
	if _, e, err := loaded(t, b, set); err != nil || newest.Restore(e.state) != nil || newest.n != 41 {
		t.Errorf("the newer release finds %d, %v", newest.n, err)
	}
	b.cfg.DiscardNewer = true
	k := &worker{bus: b, set: set, log: b.log, stream: "MET_00", store: b.newSnapshots(set), repeats: newRepeats()}
	if err := k.start(t.Context()); err != nil || k.cursor != 0 {
		t.Errorf("when it may begin anew: %v, from %d", err, k.cursor)
	}
}

// G25: likewise a manifest whose form is newer: it is not even claimed.
func TestG25NewerManifest(t *testing.T) {
	b := open(t)
	set := WorkSettings{Service: "x", Input: Metrics, Processor: &dated{release: 1}}
	saveOnce(t, b, &dated{release: 1})
	s := b.newSnapshots(set)
	if err := s.read(t.Context()); err != nil {
		t.Fatal(err)
	}
	m := s.current
	m.Codec = manifestCodec + 1
	msg := nats.NewMsg(s.manifestSubject())
	msg.Data = m.encode()
	msg.Header.Set(headerSum, checksum(msg.Data))
	ack, err := b.dataJS.PublishMsg(t.Context(), msg)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Work(t.Context(), set); !errors.Is(err, ErrNewer) {
		t.Errorf("Work: %v", err)
	}
	if err := b.Share(t.Context(), ShareSettings{Service: "x", Input: Metrics, New: func(context.Context, int) Processor { return &dated{release: 1} }}); !errors.Is(err, ErrNewer) {
		t.Errorf("Share: %v", err)
	}
	if now, err := s.last(t.Context(), s.manifestSubject()); err != nil || now.Sequence != ack.Sequence {
		t.Errorf("the manifest was overwritten: %+v, %v", now, err)
	}
}
