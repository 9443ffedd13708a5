package backtest

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync/atomic"

	"github.com/klauspost/compress/gzip"
)

// maxLine bounds a line of a file: series have at most 64 KiB of labels, written with quotes doubled.
const maxLine = 256 << 10

// file reads the rows of one CSV or CSV.gz. Lines that cannot be read are skipped and counted.
type file struct {
	name string
	f    *os.File
	in   *bufio.Reader
	line int
	read *atomic.Int64 // bytes of the file, as it lies on the disk
	bad  *complaints

	next row
	done bool
}

// header is what the first line of a file must be.
const header = "series,timestamp,value"

// openFile opens a file and reads its header and first row.
func openFile(name string, read *atomic.Int64, bad *complaints) (*file, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("--input: %w", err)
	}
	r := &file{name: name, f: f, read: read, bad: bad}
	if err := r.begin(); err != nil {
		return nil, errors.Join(fmt.Errorf("--input %s: %w", name, err), f.Close())
	}
	return r, nil
}

func (f *file) begin() error {
	f.in = bufio.NewReaderSize(counter{f.f, f.read}, maxLine)
	if magic, _ := f.in.Peek(2); bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		unpacked, err := gzip.NewReader(f.in)
		if err != nil {
			return fmt.Errorf("cannot be unpacked: %w", err)
		}
		f.in = bufio.NewReaderSize(unpacked, maxLine)
	}
	first, err := f.readLine()
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if got := strings.TrimPrefix(string(first), "\ufeff"); got != header {
		return fmt.Errorf("the first line is %.80q; it must be %q", got, header)
	}
	return f.advance()
}

// counter counts what is read of a file.
type counter struct {
	io.Reader
	n *atomic.Int64
}

func (c counter) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.n.Add(int64(n))
	return n, err
}

// advance reads the next row that can be read, or sets done.
func (f *file) advance() error {
	for {
		line, err := f.readLine()
		if errors.Is(err, io.EOF) {
			f.done = true
			return f.f.Close()
		}
		if err != nil {
			return fmt.Errorf("%s: line %d: %w", f.name, f.line, err)
		}
		if len(line) == 0 {
			continue
		}
		if f.next, err = parseRow(line); err == nil {
			return nil
		}
		f.bad.add(f.name, f.line, err)
	}
}

// readLine returns the next line without its end; it is valid until the next call. A line that is too long is
// skipped and counted.
func (f *file) readLine() ([]byte, error) {
	for {
		f.line++
		line, err := f.in.ReadSlice('\n')
		if errors.Is(err, bufio.ErrBufferFull) {
			f.bad.add(f.name, f.line, fmt.Errorf("is longer than %d bytes", maxLine))
			if err = f.skipLine(); err == nil {
				continue
			}
			return nil, err
		}
		if errors.Is(err, io.EOF) && len(line) > 0 {
			err = nil // the last line has no end
		}
		return bytes.TrimRight(line, "\r\n"), err
	}
}

func (f *file) skipLine() error {
	for {
		_, err := f.in.ReadSlice('\n')
		if !errors.Is(err, bufio.ErrBufferFull) {
			return err
		}
	}
}

// complaints counts what could not be read and keeps the first few.
type complaints struct {
	count int
	first []string
}

// mostComplaints is how many are told; the rest is a number.
const mostComplaints = 5

func (c *complaints) add(name string, line int, err error) {
	if c.count++; len(c.first) < mostComplaints {
		c.first = append(c.first, fmt.Sprintf("%s: line %d: %v", name, line, err))
	}
}
