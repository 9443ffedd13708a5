package bus

import (
	"bytes"
	"testing"
	"time"

	"github.com/cespare/xxhash/v2"
	"github.com/klauspost/compress/s2"
)

// TestG11BlockIsRead: a snapshot of an earlier release, whose chunks are one block, is read, also as the one before that of this release.
func TestG11BlockIsRead(t *testing.T) {
	b := open(t)
	set := WorkSettings{Service: "x", Input: Metrics}
	s := b.newSnapshots(set)
	old := &envelope{seq: 7, repeats: newRepeats(), state: noise(chunkSize + 5)}
	packed := s2.Encode(nil, old.bytes())
	m := manifest{
		Epoch: 1, Writer: "before", Codec: manifestCodec - 1, Seq: 7, Time: time.Now(), Chunks: [slots]int{2, 0},
		Size: int64(len(old.bytes())), Packed: int64(len(packed)), Hash: xxhash.Sum64(old.bytes()),
	}
	for n, part := range [][]byte{packed[:chunkSize], packed[chunkSize:]} {
		if _, err := b.dataJS.Publish(t.Context(), s.chunkSubject(0, n), part); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := b.dataJS.Publish(t.Context(), s.manifestSubject(), m.encode()); err != nil {
		t.Fatal(err)
	}
	s, got, err := loaded(t, b, set)
	if err != nil || !bytes.Equal(got.state, old.state) {
		t.Fatalf("a block is not read: %v", err)
	}
	if err := s.claim(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, got, err := loaded(t, b, set); err != nil || !bytes.Equal(got.state, old.state) {
		t.Fatalf("a block is not read once its partition is claimed: %v", err)
	}
	if _, err := saveWhole(t.Context(), s, &envelope{seq: 8, repeats: newRepeats(), state: noise(10)}); err != nil {
		t.Fatal(err)
	}
	if _, err := b.dataJS.Publish(t.Context(), s.chunkSubject(1, 0), []byte("damage")); err != nil {
		t.Fatal(err)
	}
	if _, got, err := loaded(t, b, set); err != nil || got.seq != 7 || !bytes.Equal(got.state, old.state) {
		t.Errorf("a block is not read as the snapshot before: %v", err)
	}
}
