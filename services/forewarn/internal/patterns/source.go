package patterns

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync/atomic"

	"github.com/forewarn/forewarn/services/forewarn/internal/unpack"
)

const (
	// keptLine is how much of a line is looked at, at most; it is far more than the model does.
	keptLine = 64 << 10
	// checkEvery is after how many lines a pass looks whether it shall end.
	checkEvery = 1024
	passes     = 2
)

// source is the lines of a file, packed by gzip or not, which are read as often as it is wished.
type source struct {
	name  string
	f     *os.File
	begin int64 // where in the file the lines begin
	size  int64
	done  atomic.Int64
	close func() error
}

// open opens a file; "-" is stdin. What is no ordinary file is copied to a temporary one, as much as there is.
func open(ctx context.Context, name string, stdin *os.File) (*source, error) {
	f, err := stdin, error(nil)
	if name != "-" {
		if f, err = os.Open(name); err != nil { //nolint:gosec // it is the user who names the file
			return nil, fmt.Errorf("--input: %w", err)
		}
	}
	info, err := f.Stat()
	if err == nil && info.IsDir() {
		err = errors.New("is a directory; name a file in it")
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("--input %s: %w", name, err), f.Close())
	}
	s := &source{name: name, f: f, size: info.Size(), close: f.Close}
	if !info.Mode().IsRegular() {
		return s.spool(ctx)
	}
	if s.begin, err = f.Seek(0, io.SeekCurrent); err != nil {
		return nil, errors.Join(fmt.Errorf("--input %s: %w", name, err), f.Close())
	}
	s.size -= s.begin
	return s, nil
}

// spool returns a source of a copy of s, which it closes.
func (s *source) spool(ctx context.Context) (*source, error) {
	defer s.close() //nolint:errcheck // it was only read
	tmp, err := os.CreateTemp("", "forewarn-patterns-")
	if err != nil {
		return nil, fmt.Errorf("temporary file for what comes through a pipe: %w; name another directory by TMPDIR", err)
	}
	end := func() error { return errors.Join(tmp.Close(), os.Remove(tmp.Name())) }
	// A reader that waits for a pipe cannot be told to stop, but the pipe can be closed under it.
	stop := context.AfterFunc(ctx, func() { s.close() }) //nolint:errcheck // it was only read
	size, err := io.Copy(tmp, s.f)
	stop()
	if ctx.Err() != nil {
		err = fmt.Errorf("interrupted: %w", ctx.Err())
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("--input %s: copying it to %s to read it twice: %w", s.name, tmp.Name(), err), end())
	}
	return &source{name: s.name, f: tmp, size: size, close: end}, nil
}

// share returns how much of all passes is done, 0 to 1.
func (s *source) share() float64 {
	if s.size == 0 {
		return 0
	}
	return float64(s.done.Load()) / float64(passes*s.size)
}

// Read reads from the file and counts.
func (s *source) Read(p []byte) (int, error) {
	n, err := s.f.Read(p)
	s.done.Add(int64(n))
	return n, err
}

// pass reads the lines from the beginning and hands each to take, without its end and cut to 64 KiB; it is valid until take
// returns.
func (s *source) pass(ctx context.Context, take func(line []byte) error) error {
	if _, err := s.f.Seek(s.begin, io.SeekStart); err != nil {
		return fmt.Errorf("--input %s: %w", s.name, err)
	}
	in, err := unpack.Reader(bufio.NewReaderSize(s, keptLine))
	if err != nil {
		return fmt.Errorf("--input %s: cannot be unpacked: %w", s.name, err)
	}
	for number := 1; ; number++ {
		if number%checkEvery == 0 && ctx.Err() != nil {
			return fmt.Errorf("--input %s: interrupted at line %d: %w", s.name, number, ctx.Err())
		}
		line, err := next(in)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("--input %s: line %d: %w", s.name, number, err)
		}
		if err := take(line); err != nil {
			return err
		}
	}
}

// next returns the next line without its end, as far as it fits the reader; io.EOF after the last, which may have no end.
func next(in *bufio.Reader) ([]byte, error) {
	line, err := in.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		line = bytes.Clone(line)
		for errors.Is(err, bufio.ErrBufferFull) {
			_, err = in.ReadSlice('\n')
		}
		if errors.Is(err, io.EOF) {
			err = nil
		}
	}
	if errors.Is(err, io.EOF) && len(line) > 0 {
		err = nil
	}
	return bytes.TrimSuffix(bytes.TrimSuffix(line, []byte{'\n'}), []byte{'\r'}), err
}
