package logfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

const (
	// headBytes of a file tell whether it is text.
	headBytes = 4 << 10
	// nulShare is the part of its head from which a file is none, by runs of NULs: text has the odd one, from a copied
	// value or a power cut, however long.
	nulShare = 0.1
)

// errBinary says that a file is no text.
var errBinary = errors.New("binary file")

// tail is an open file and how far it is read. Reading is ahead of publishing: what is published is kept
// in published.
type tail struct {
	identity
	path string // under which it was found
	file *os.File
	max  int // bytes of a line

	offset  int64 // read so far
	partial []byte
	cut     int64 // bytes of the partial line that are left out

	mark
	emptied mark  // when it was truncated last
	size    int64 // when it was last looked at
	judged  bool  // its head was looked at
	binary  bool
	foreign bool // it was said that it is no UTF-8

	joiner joiner
	batch  []record
	bytes  int       // of batch
	gone   time.Time // since when no path leads to it; zero while one does
	grew   time.Time // when something was read last
}

// over reports whether no path leads to the file any more and it has neither been lost nor grown for that long.
func (t *tail) over(now time.Time, rests time.Duration) bool {
	return !t.gone.IsZero() && now.Sub(t.gone) > rests && now.Sub(t.grew) > rests
}

// mark is how far a file is published, and what tells a copy of it.
type mark struct {
	published int64
	print     fingerprint // of the file's beginning, as far as it was published
	end       fingerprint // of what is before published
}

// restart reads on from the beginning of a file that was emptied. What was read of it before is still to be
// published, but is no position any more.
func (t *tail) restart() {
	if r, ok := t.joiner.flush(); ok {
		t.add(r)
	}
	for i := range t.batch {
		t.batch[i].end = 0
	}
	t.offset, t.emptied, t.mark = 0, t.mark, mark{}
	t.partial, t.cut, t.judged, t.binary = t.partial[:0], 0, false, false
}

// truncated reports whether the file has been emptied since it was last looked at, even if it has grown past
// its old size again: then its first bytes differ. A file emptied and refilled with the same first 256
// bytes cannot be told.
func (t *tail) truncated() (bool, error) {
	info, err := t.file.Stat()
	if err != nil {
		return false, fmt.Errorf("stat: %w", err)
	}
	size := info.Size()
	if size < t.offset || t.binary && size < t.size {
		return true, nil
	}
	if size == t.size || t.print.Bytes == 0 {
		t.size = size
		return false, nil
	}
	t.size = size
	now, err := fingerprintOf(t.file, int64(t.print.Bytes))
	return err == nil && now != t.print, err
}

// read reads once into buf and calls each for every line that is thereby complete. It returns io.EOF if
// there is nothing more at the moment, and errBinary if the file's head is no text. NULs before a line are
// skipped: a writer that did not notice a truncation leaves such a hole, and so does a power cut.
func (t *tail) read(buf []byte, each func(line)) error {
	n, err := t.file.ReadAt(buf, t.offset)
	if n == 0 {
		return err
	}
	if err := t.judge(); err != nil {
		return err
	}
	for data := buf[:n]; len(data) > 0; {
		if len(t.partial) == 0 && t.cut == 0 {
			text := bytes.TrimLeft(data, "\x00")
			t.offset += int64(len(data) - len(text))
			data = text
		}
		end := bytes.IndexByte(data, '\n')
		if end < 0 {
			t.keep(data)
			t.offset += int64(len(data))
			break
		}
		t.offset += int64(end + 1)
		if len(t.partial) == 0 && t.cut == 0 && end <= t.max {
			each(line{text: data[:end], end: t.offset})
		} else {
			t.keep(data[:end])
			t.flushPartial(each)
		}
		data = data[end+1:]
	}
	return nil
}

// judge returns errBinary if the file's head is no text. A hole at its beginning says nothing.
func (t *tail) judge() error {
	if t.judged {
		return nil
	}
	var head [headBytes]byte
	n, err := t.file.ReadAt(head[:], 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("read first bytes: %w", err)
	}
	runs, text := nulRuns(head[:n])
	t.judged = text > 0 || n == headBytes
	if float64(runs) > nulShare*float64(text) {
		return errBinary
	}
	return nil
}

// nulRuns counts the runs of NULs in the head of a file but those before a line, and its other bytes.
func nulRuns(head []byte) (runs, text int) {
	last := byte('\n')
	for _, b := range head {
		switch {
		case b != 0:
			text++
		case last != 0 && last != '\n':
			runs++
		}
		last = b
	}
	return runs, text
}

// keep adds to the partial line as much as a line may have.
func (t *tail) keep(data []byte) {
	fits := min(len(data), t.max-len(t.partial))
	t.partial = append(t.partial, data[:fits]...)
	t.cut += int64(len(data) - fits)
}

// flushPartial gives out the line that has no end yet.
func (t *tail) flushPartial(each func(line)) {
	if len(t.partial) == 0 && t.cut == 0 {
		return
	}
	each(line{text: t.partial, cut: t.cut, end: t.offset})
	t.partial, t.cut = t.partial[:0], 0
}

// commit takes note that the first n entries of the batch are published.
func (t *tail) commit(n int) (position, error) {
	t.published = t.batch[n-1].end
	for _, r := range t.batch[:n] {
		t.bytes -= r.bytes()
	}
	t.batch = t.batch[:copy(t.batch, t.batch[n:])]
	if t.print.Bytes < fingerprintBytes && t.published > int64(t.print.Bytes) {
		begins, err := fingerprintOf(t.file, t.published)
		if err != nil {
			return position{}, err
		}
		t.print = begins
	}
	t.end = endOf(t.file, t.published)
	return position{identity: t.identity, Path: t.path, Offset: t.published, Fingerprint: t.print}, nil
}

// add takes an entry into the batch.
func (t *tail) add(r record) {
	t.batch = append(t.batch, r)
	t.bytes += r.bytes()
}
