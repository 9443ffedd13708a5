package baseline

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"testing"
)

// TestLayout: a state is kept as encoding/binary keeps its struct, as all releases have written it, so that no field is left out.
func TestLayout(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	noise := make([]byte, binary.Size(&state{}))
	for range 100 {
		for i := range noise {
			noise[i] = byte(r.UintN(256))
		}
		var want state
		if _, err := binary.Decode(noise, binary.LittleEndian, &want); err != nil {
			t.Fatal(err)
		}
		want.Base = 1 // NaN is not equal to itself
		kept, err := binary.Append(nil, binary.LittleEndian, &want)
		if err != nil {
			t.Fatal(err)
		}
		written := layout{}
		if want.fields(&written); !bytes.Equal(written.b, kept) {
			t.Fatalf("written:\n%x, want\n%x", written.b, kept)
		}
		var got state
		read := layout{b: kept, reading: true}
		if got.fields(&read); read.short || len(read.b) > 0 {
			t.Fatalf("%d bytes are left", len(read.b))
		}
		if again, _ := binary.Append(nil, binary.LittleEndian, &got); !bytes.Equal(again, kept) {
			t.Fatal("read something else than was written")
		}
	}
}

// TestLayoutIsShort: bytes that end too soon leave zeros, and are noticed.
func TestLayoutIsShort(t *testing.T) {
	whole := layout{}
	(&state{course: course{Base: 2}}).fields(&whole)
	for n := range whole.b {
		var got state
		read := layout{b: whole.b[:n], reading: true}
		if got.fields(&read); !read.short {
			t.Fatalf("%d of %d bytes are taken for all", n, len(whole.b))
		}
	}
}

func BenchmarkCodec(b *testing.B) {
	var s Series
	clock := NewClock(nil)
	for i := range int64(1000) {
		s.Observe(clock.At((i+1)*300_000), float64(i%288), Terms{})
	}
	state, err := s.AppendBinary(nil)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("append", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if state, err = s.AppendBinary(state[:0]); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("unmarshal", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := s.UnmarshalBinary(state); err != nil {
				b.Fatal(err)
			}
		}
	})
}
