package anomaly

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/forewarn/forewarn/models/pattern"

	"github.com/forewarn/forewarn/shared/chunk"
)

// append adds the newest hour and day, and what was counted in each, 64 numbers in all, most of them one byte.
func (t *tally) append(b []byte) []byte {
	b = binary.AppendVarint(binary.AppendVarint(b, t.hours.newest), t.days.newest)
	for _, n := range t.hours.counts {
		b = binary.AppendUvarint(b, uint64(n))
	}
	for _, n := range t.days.counts {
		b = binary.AppendUvarint(b, uint64(n))
	}
	return b
}

// append adds a pattern with all that is known of it.
func (c *counted) append(b []byte) []byte {
	b = binary.LittleEndian.AppendUint64(b, uint64(c.id))
	b = chunk.Append(chunk.Append(b, []byte(c.text)), []byte(c.sample))
	for _, n := range c.levels {
		b = binary.AppendUvarint(b, n)
	}
	for _, at := range []int64{c.first, c.last, c.since} {
		b = binary.AppendVarint(b, at)
	}
	b = binary.AppendUvarint(b, c.used)
	return c.tally.append(append(b, bit(c.told), bit(c.raw)))
}

func bit(is bool) byte {
	if is {
		return 1
	}
	return 0
}

// restore reads what was counted of a source, and its patterns, of which there may be so many.
func (s *source) restore(b []byte, most int) error {
	r := reader{rest: b}
	r.tally(&s.all)
	r.tally(&s.errors)
	for r.err == nil && len(r.rest) > 0 {
		c := r.counted()
		if r.err == nil && (s.patterns[c.id] != nil || len(s.patterns) >= most) {
			r.err = fmt.Errorf("pattern %s is told twice, or is one of too many", c.id)
		}
		if r.err == nil {
			s.put(c)
		}
	}
	return r.err
}

// reader reads the counts of a source. After its first error it returns zeros.
type reader struct {
	rest []byte
	err  error
}

func (r *reader) unsigned(limit uint64) uint64 {
	v, width := binary.Uvarint(r.rest)
	return r.took(v, width, v <= limit)
}

func (r *reader) signed() int64 {
	v, width := binary.Varint(r.rest)
	return int64(r.took(uint64(v), width, v >= -maxMillis && v <= maxMillis))
}

// took goes on behind a number, if it could be read and is right.
func (r *reader) took(v uint64, width int, right bool) uint64 {
	if r.err == nil && (width <= 0 || !right) {
		r.err = errors.New("a number of a log cannot be read")
	}
	if r.err != nil {
		return 0
	}
	r.rest = r.rest[width:]
	return v
}

// maxMillis is far beyond all times, and maxLines beyond all counts.
const (
	maxMillis = int64(1) << 50
	maxLines  = uint64(1) << 60
)

func (r *reader) chunk() (out []byte) {
	if r.err == nil {
		out, r.rest, r.err = chunk.Cut(r.rest)
	}
	return out
}

func (r *reader) tally(t *tally) {
	t.hours.newest, t.days.newest = max(0, r.signed()), max(0, r.signed())
	for i := range t.hours.counts {
		t.hours.counts[i] = uint32(r.unsigned(math.MaxUint32))
	}
	for i := range t.days.counts {
		t.days.counts[i] = uint32(r.unsigned(math.MaxUint32))
	}
}

func (r *reader) counted() *counted {
	c := &counted{}
	if len(r.rest) < 8 {
		r.err = chunk.ErrCut
		return c
	}
	c.id, r.rest = pattern.ID(binary.LittleEndian.Uint64(r.rest)), r.rest[8:]
	c.text, c.sample = string(r.chunk()), string(r.chunk())
	for l := range c.levels {
		c.levels[l] = r.unsigned(maxLines)
	}
	c.first, c.last, c.since = r.signed(), r.signed(), r.signed()
	c.used, c.told, c.raw = r.unsigned(maxLines), r.unsigned(1) == 1, r.unsigned(1) == 1
	r.tally(&c.tally)
	return c
}
