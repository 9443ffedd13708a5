// Package chunk joins pieces of bytes to one snapshot and takes it apart again: each piece stands behind its length, a
// varint.
package chunk

import (
	"encoding/binary"
	"errors"
	"io"
)

// ErrCut is returned for bytes that end before the piece does whose length they tell.
var ErrCut = errors.New("the snapshot is cut short")

// Append appends a piece behind its length.
func Append(b, piece []byte) []byte {
	return append(binary.AppendUvarint(b, uint64(len(piece))), piece...)
}

// Write writes a piece behind its length.
func Write(w io.Writer, piece []byte) error {
	var head [binary.MaxVarintLen64]byte
	if _, err := w.Write(head[:binary.PutUvarint(head[:], uint64(len(piece)))]); err != nil {
		return err
	}
	_, err := w.Write(piece)
	return err
}

// Cut returns the first piece and what follows it; both share the memory of b.
func Cut(b []byte) (piece, rest []byte, err error) {
	n, width := binary.Uvarint(b)
	if width <= 0 || n > uint64(len(b)-width) {
		return nil, nil, ErrCut
	}
	return b[width : width+int(n)], b[width+int(n):], nil
}
