package chunk_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/forewarn/forewarn/shared/chunk"
)

func TestRoundTrip(t *testing.T) {
	pieces := [][]byte{[]byte("one"), {}, bytes.Repeat([]byte{7}, 300)}
	var all []byte
	for _, p := range pieces {
		all = chunk.Append(all, p)
	}
	for i, want := range pieces {
		got, rest, err := chunk.Cut(all)
		if err != nil || !bytes.Equal(got, want) {
			t.Fatalf("piece %d: %q, %v", i, got, err)
		}
		all = rest
	}
	if len(all) > 0 {
		t.Errorf("%d bytes are left", len(all))
	}
}

// FuzzCut: whatever the bytes are, a piece and what follows it are within them, or it is said that they are cut.
func FuzzCut(f *testing.F) {
	f.Add(chunk.Append(nil, []byte("piece")))
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01})
	f.Fuzz(func(t *testing.T, b []byte) {
		piece, rest, err := chunk.Cut(b)
		if err != nil && !errors.Is(err, chunk.ErrCut) {
			t.Errorf("another error: %v", err)
		}
		if err == nil && !bytes.HasSuffix(b, append(bytes.Clone(piece), rest...)) {
			t.Errorf("%x is taken apart into %x and %x", b, piece, rest)
		}
	})
}
