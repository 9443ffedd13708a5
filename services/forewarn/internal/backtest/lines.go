package backtest

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/forewarn/forewarn/services/forewarn/internal/unpack"
)

// maxLine bounds a line of a file: series have at most 64 KiB of labels, written with quotes doubled.
const maxLine = 256 << 10

// lines reads the lines of one file, unpacked if need be.
type lines struct {
	name   string
	f      *os.File
	count  *counter
	in     *bufio.Reader
	number int
	bad    *complaints
}

// openLines opens a file; what is read of it counts at the meter.
func openLines(name string, m *meter, bad *complaints) (*lines, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("--input: %w", err)
	}
	count := &counter{f, m, 1}
	l := &lines{name: name, f: f, count: count, bad: bad, in: bufio.NewReaderSize(count, maxLine)}
	if l.in, err = unpack.Reader(l.in); err != nil {
		return nil, errors.Join(fmt.Errorf("--input %s: cannot be unpacked: %w", name, err), f.Close())
	}
	return l, nil
}

// peek returns the first line before it is read, as far as it fits: a pipe cannot be read twice.
func (l *lines) peek() ([]byte, error) {
	for n := 512; ; n *= 2 {
		head, err := l.in.Peek(min(n, maxLine))
		line, _, whole := bytes.Cut(head, []byte{'\n'})
		switch {
		case whole || errors.Is(err, io.EOF) || n >= maxLine:
			return bytes.TrimPrefix(bytes.TrimRight(line, "\r"), []byte("\ufeff")), nil
		case err != nil:
			return nil, fmt.Errorf("--input %s: line 1: %w", l.name, err)
		}
	}
}

// next returns the next line without its end, io.EOF after the last; it is valid until the next call. A line that is
// too long is skipped and counted.
func (l *lines) next() ([]byte, error) {
	for {
		l.number++
		line, err := l.in.ReadSlice('\n')
		if errors.Is(err, bufio.ErrBufferFull) {
			l.complain(fmt.Errorf("is longer than %d bytes", maxLine))
			if err = l.skip(); err == nil {
				continue
			}
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("--input %s: line %d: %w", l.name, l.number, err)
		}
		if len(line) > 0 {
			err = nil // the last line may have no end
		}
		line = bytes.TrimRight(line, "\r\n")
		if l.number == 1 {
			line = bytes.TrimPrefix(line, []byte("\ufeff"))
		}
		return line, err
	}
}

// skip reads on to the end of the line.
func (l *lines) skip() error {
	for {
		_, err := l.in.ReadSlice('\n')
		if !errors.Is(err, bufio.ErrBufferFull) {
			return err
		}
	}
}

// complain counts the present line as one that cannot be read.
func (l *lines) complain(err error) { l.bad.add(fmt.Sprintf("%s: line %d: %v", l.name, l.number, err)) }

func (l *lines) close() error { return l.f.Close() }
