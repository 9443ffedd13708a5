// Package unpack reads files that may be packed.
package unpack

import (
	"bufio"
	"bytes"

	"github.com/klauspost/compress/gzip"
)

// Reader returns a reader of what is in a file, unpacked if gzip packed it, with a buffer of the same size as that of in. A file
// is recognised by its content.
func Reader(in *bufio.Reader) (*bufio.Reader, error) {
	if magic, _ := in.Peek(2); !bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		return in, nil
	}
	z, err := gzip.NewReader(in)
	if err != nil {
		return nil, err
	}
	return bufio.NewReaderSize(z, in.Size()), nil
}
