package scrape

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

// endless is a body without an end.
type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

func TestBodyIsWholeAndBounded(t *testing.T) {
	all := NewBodies()
	f := func(size, limit int, fits bool) {
		t.Helper()
		b := body{all: all}
		want := bytes.Repeat([]byte("a 1\n"), size/4+1)[:size]
		got, err := b.read(t.Context(), iotest.HalfReader(bytes.NewReader(want)), limit)
		defer b.release()
		if fits && (err != nil || !bytes.Equal(got, want)) {
			t.Errorf("%d of at most %d bytes: got %d bytes, %v", size, limit, len(got), err)
		}
		if !fits && (err == nil || !strings.Contains(err.Error(), "limits.body_bytes")) {
			t.Errorf("%d of at most %d bytes: error = %v, want that it is too large", size, limit, err)
		}
		if fits && cap(got) < len(got)+spare {
			t.Errorf("%d of at most %d bytes: no room for the parser", size, limit)
		}
		if cap(got) > limit+firstBody {
			t.Errorf("%d of at most %d bytes: buffer of %d", size, limit, cap(got))
		}
	}
	f(0, 1024, true)
	f(1023, 1024, true)
	f(1024, 1024, true)
	f(1025, 1024, false)
	f(smallBody, 4<<20, true)
	f(smallBody+1, 4<<20, true)
	f(smallBody, smallBody, true)
	f(smallBody+1, smallBody, false)
	f(4<<20, 4<<20, true)
	f(4<<20+1, 4<<20, false)
}

// Large answers that fail wait for each other; those that never did, and small ones, do not wait for them.
func TestSuspectsHurtNobody(t *testing.T) {
	all := NewBodies()
	hostile := []*body{{all: all}, {all: all}, {all: all}, {all: all}}
	for _, b := range hostile {
		if _, err := b.read(t.Context(), endless{}, 2<<20); err == nil {
			t.Fatal("an endless answer was read")
		}
		b.release()
		b.release() // gives nothing back twice
	}
	_, err := hostile[0].read(t.Context(), endless{}, 2<<20) // holds the turn of suspects
	if err == nil {
		t.Fatal("an endless answer was read")
	}
	given, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := hostile[1].read(given, endless{}, 2<<20); !errors.Is(err, errCrowded) {
		t.Errorf("a second suspect: %v, want that there is no room", err)
	}
	hostile[1].release()
	good := []*body{{all: all}, {all: all}, {all: all}}
	for i, b := range good {
		if _, err := b.read(t.Context(), strings.NewReader(strings.Repeat("a", smallBody+5)), 2<<20); err != nil {
			t.Errorf("large answer %d: %v", i, err)
		}
	}
	small := &body{all: all}
	if got, err := small.read(given, strings.NewReader("a 1\n"), 2<<20); err != nil || string(got) != "a 1\n" {
		t.Errorf("a small answer while all turns are taken: %q, %v", got, err)
	}
	for _, b := range append(good, hostile[0]) {
		b.release()
	}
	if _, err := hostile[0].read(t.Context(), strings.NewReader(strings.Repeat("a", smallBody+5)), 2<<20); err != nil || hostile[0].suspect {
		t.Errorf("a suspect that does well: %v, suspect %v; want it trusted again", err, hostile[0].suspect)
	}
	hostile[0].release()
	if n := len(all.trusted) + len(all.suspect); n != 0 {
		t.Errorf("%d turns were not given back", n)
	}
}

func TestBodyReportsReadErrors(t *testing.T) {
	b := body{all: NewBodies()}
	if _, err := b.read(t.Context(), iotest.ErrReader(io.ErrUnexpectedEOF), 1024); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("error = %v, want the reader's", err)
	}
}
