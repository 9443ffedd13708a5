package unpack

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"io"
	"testing"
)

func TestReader(t *testing.T) {
	packed := func(text string) []byte {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		if _, err := z.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	f := func(file []byte, want string) {
		t.Helper()
		r, err := Reader(bufio.NewReaderSize(bytes.NewReader(file), 4096))
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(r)
		if err != nil || string(got) != want || r.Size() != 4096 {
			t.Errorf("%q is read as %q by a buffer of %d: %v", file, got, r.Size(), err)
		}
	}
	f(nil, "")
	f([]byte("x"), "x")
	f([]byte("as it is"), "as it is")
	f(packed("was packed"), "was packed")
	f(append(packed("two "), packed("members")...), "two members")
	if _, err := Reader(bufio.NewReader(bytes.NewReader([]byte("\x1f\x8bno")))); err == nil {
		t.Error("what only begins like a packed file is no error")
	}
}
