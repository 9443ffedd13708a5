// Package slab gives out many small things that stay, side by side in pieces of memory of their own. The runtime keeps what stays among what
// went where both are of one size, and cannot use the gaps for anything larger: of a million things that come in between a hundred
// million others, that is a quarter of all memory. And it follows one piece sooner than fifty things.
//
// A piece is let go when nothing in it is referred to. So it is for what comes together and goes together.
package slab

import (
	"strings"
	"unsafe"
)

// piece is the size of a piece in bytes, that of the runtime's own for small things.
const piece = 8 << 10

// Of gives out values of a type, larger ones than a piece one by one. The zero slab is ready for use. It is not safe for concurrent use.
type Of[T any] struct{ free []T }

// New returns a zero value.
func (s *Of[T]) New() *T { return &s.cut(1)[0] }

// Copy returns a copy of a list that has no room to grow; nil of an empty one.
func (s *Of[T]) Copy(list []T) []T {
	if len(list) == 0 {
		return nil
	}
	out := s.cut(len(list))
	copy(out, list)
	return out
}

// cut returns n zero values, which lie side by side.
func (s *Of[T]) cut(n int) []T {
	if len(s.free) < n {
		var one T
		s.free = make([]T, max(n, piece/max(1, int(unsafe.Sizeof(one)))))
	}
	out := s.free[:n:n]
	s.free = s.free[n:]
	return out
}

// Text gives out strings. The zero slab is ready for use. It is not safe for concurrent use.
type Text struct{ filling *strings.Builder }

// Copy returns a string of equal bytes.
func (t *Text) Copy(s string) string {
	if t.filling == nil || t.filling.Cap()-t.filling.Len() < len(s) {
		t.filling = &strings.Builder{}
		t.filling.Grow(max(piece, len(s)))
	}
	from := t.filling.Len()
	t.filling.WriteString(s)
	return t.filling.String()[from:]
}
