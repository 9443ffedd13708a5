package pattern

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// taught returns a Miner that has seen the corpus, and its snapshot.
func taught(tb testing.TB) (*Miner, []byte) {
	tb.Helper()
	m := newMiner(tb, DefaultConfig())
	for _, l := range everything(tb) {
		m.Add(l)
	}
	b, err := m.AppendBinary(nil)
	if err != nil {
		tb.Fatal(err)
	}
	return m, b
}

// TestSnapshot: a Miner that was restored goes on as if nothing had happened, to the same bytes.
func TestSnapshot(t *testing.T) {
	m, b := taught(t)
	twin := newMiner(t, DefaultConfig())
	if err := twin.UnmarshalBinary(b); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(m.Patterns(), twin.Patterns()); diff != "" {
		t.Errorf("patterns (-want +got):\n%s", diff)
	}
	r := rand.New(rand.NewPCG(9, 10))
	lines := everything(t)
	for i := range 4000 {
		l := lines[r.IntN(len(lines))]
		if i%3 == 0 {
			l = randomWords(r, 1+r.IntN(5))
		}
		if diff := cmp.Diff(m.Add(l), twin.Add(l), cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("%q (-want +got):\n%s", l, diff)
		}
	}
	one, _ := m.AppendBinary(nil)
	two, _ := twin.AppendBinary(nil)
	if !bytes.Equal(one, two) {
		t.Error("equal states have snapshots that differ")
	}
}

// TestDamagedSnapshotIsRefused: and changes nothing.
func TestDamagedSnapshotIsRefused(t *testing.T) {
	m, b := taught(t)
	f := func(what string, damaged []byte, cfg Config) {
		t.Helper()
		twin := newMiner(t, cfg)
		twin.Add([]byte("as it was"))
		if err := twin.UnmarshalBinary(damaged); err == nil {
			t.Errorf("%s: no error", what)
		}
		if twin.Lines() != 1 || len(twin.Patterns()) != 1 {
			t.Errorf("%s: the state has changed", what)
		}
	}
	small := DefaultConfig()
	small.Patterns = 16
	narrow := DefaultConfig()
	narrow.Words = 8
	f("nothing", nil, m.cfg)
	f("another release", append([]byte{codecVersion + 1}, b[1:]...), m.cfg)
	f("more bytes", append(bytes.Clone(b), 0), m.cfg)
	f("narrower bounds", b, small)
	f("fewer words", b, narrow)
	for n := range len(b) {
		if newMiner(t, m.cfg).UnmarshalBinary(b[:n]) == nil {
			t.Errorf("%d bytes of %d: no error", n, len(b))
		}
	}
}

// FuzzSnapshot: any bytes are refused or are a state that can be used and gives the same bytes again.
func FuzzSnapshot(f *testing.F) {
	_, b := taught(f)
	f.Add(b)
	f.Add(b[:len(b)/2])
	empty, _ := newMiner(f, DefaultConfig()).AppendBinary(nil)
	f.Add(empty)
	f.Add([]byte{codecVersion, 1, 0, 1, 0, 0, 0, 0, 1, 1, 1, 0, 3, 'a', ' ', 0, 2, 0, 1, 1, 1})
	lines := everything(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		m := newMiner(t, DefaultConfig())
		if m.UnmarshalBinary(b) != nil {
			return
		}
		again, err := m.AppendBinary(nil)
		if err != nil || !bytes.Equal(again, b) {
			t.Errorf("%x becomes %x: %v", b, again, err)
		}
		for _, l := range lines {
			m.Add(l)
		}
		m.Review()
	})
}
