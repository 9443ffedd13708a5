package backtest

import (
	"bufio"
	"cmp"
	"container/heap"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
)

// sorter puts records into the order of time. It holds sortChunk of them in memory, 24 bytes each; more go to temporary
// files, which are merged with a buffer of 64 KiB each. Records of one time keep the order in which they came.
type sorter struct {
	most   int // records in memory
	now    []record
	at     int
	chunks []*chunk
	merged chunks // heap of those that are not at their end
	count  int64
}

// record is a row that lies in a file.
type record struct {
	millis int64
	value  float64
	source uint32
	place  uint32 // in its chunk
}

func (r record) compare(other record) int {
	return cmp.Or(cmp.Compare(r.millis, other.millis), cmp.Compare(r.place, other.place))
}

// sortChunk is 48 MiB of records, and somewhat more than twice that while the list grows.
const sortChunk = 2 << 20

func newSorter() *sorter { return &sorter{most: sortChunk} }

// add takes a record.
func (s *sorter) add(source int, millis int64, value float64) error {
	if len(s.now) >= s.most {
		if err := s.spill(); err != nil {
			return err
		}
	}
	s.now = append(s.now, record{millis, value, uint32(source), uint32(len(s.now))}) //nolint:gosec // memory ends before them
	s.count++
	return nil
}

// sort is called once, after the last add and before the first next.
func (s *sorter) sort() error {
	if len(s.chunks) == 0 {
		s.order()
		return nil
	}
	if err := s.spill(); err != nil {
		return err
	}
	s.now = nil
	for _, c := range s.chunks {
		if err := c.rewind(); err != nil {
			return err
		}
		if !c.done {
			s.merged = append(s.merged, c)
		}
	}
	heap.Init(&s.merged)
	return nil
}

// next returns the records in order; not ok at the end.
func (s *sorter) next() (r record, ok bool, err error) {
	if len(s.chunks) == 0 {
		if s.at == len(s.now) {
			return r, false, nil
		}
		s.at++
		return s.now[s.at-1], true, nil
	}
	if len(s.merged) == 0 {
		return r, false, nil
	}
	c := s.merged[0]
	r = c.head
	if err := c.advance(); err != nil {
		return r, false, err
	}
	if c.done {
		heap.Pop(&s.merged)
	} else {
		heap.Fix(&s.merged, 0)
	}
	return r, true, nil
}

func (s *sorter) close() (err error) {
	for _, c := range s.chunks {
		err = errors.Join(err, c.f.Close())
		os.Remove(c.f.Name()) //nolint:errcheck // it may be gone already
	}
	s.chunks, s.merged = nil, nil
	return err
}

func (s *sorter) order() { slices.SortFunc(s.now, record.compare) }

// spill writes what is in memory to a temporary file.
func (s *sorter) spill() error {
	s.order()
	f, err := os.CreateTemp("", "forewarn-sort-*")
	if err != nil {
		return fmt.Errorf("sort the input: %w; set TMPDIR to a folder with room for it", err)
	}
	os.Remove(f.Name()) //nolint:errcheck // gone with the program even if that is killed; where files in use stay, close removes it
	c := &chunk{number: len(s.chunks), f: f}
	s.chunks = append(s.chunks, c)
	if err := c.write(s.now); err != nil {
		return fmt.Errorf("sort the input: %w; set TMPDIR to a folder with room for it", err)
	}
	s.now = s.now[:0]
	return nil
}

// chunk is a sorted part on the disk.
type chunk struct {
	number int
	f      *os.File
	in     *bufio.Reader
	head   record
	done   bool
}

const recordSize = 20

func (c *chunk) write(records []record) error {
	out := bufio.NewWriterSize(c.f, 64<<10)
	var b [recordSize]byte
	for i := range records {
		r := &records[i]
		binary.LittleEndian.PutUint64(b[0:], uint64(r.millis)) //nolint:gosec // never negative
		binary.LittleEndian.PutUint64(b[8:], math.Float64bits(r.value))
		binary.LittleEndian.PutUint32(b[16:], r.source)
		if _, err := out.Write(b[:]); err != nil {
			return err
		}
	}
	return out.Flush()
}

func (c *chunk) rewind() error {
	if _, err := c.f.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("sort the input: %w", err)
	}
	c.in = bufio.NewReaderSize(c.f, 64<<10)
	return c.advance()
}

func (c *chunk) advance() error {
	var b [recordSize]byte
	_, err := io.ReadFull(c.in, b[:])
	if errors.Is(err, io.EOF) {
		c.done = true
		return nil
	}
	if err != nil {
		return fmt.Errorf("sort the input: %w", err)
	}
	c.head.millis = int64(binary.LittleEndian.Uint64(b[0:])) //nolint:gosec // written by write
	c.head.value = math.Float64frombits(binary.LittleEndian.Uint64(b[8:]))
	c.head.source = binary.LittleEndian.Uint32(b[16:])
	return nil
}

// chunks is a heap by time; of one time the chunk that was written first comes first.
type chunks []*chunk

func (c chunks) Len() int      { return len(c) }
func (c chunks) Swap(i, j int) { c[i], c[j] = c[j], c[i] }
func (c chunks) Less(i, j int) bool {
	return cmp.Or(cmp.Compare(c[i].head.millis, c[j].head.millis), cmp.Compare(c[i].number, c[j].number)) < 0
}
func (c *chunks) Push(any) {} // none comes later
func (c *chunks) Pop() any {
	last := (*c)[len(*c)-1]
	*c = (*c)[:len(*c)-1]
	return last
}
