package bus

import (
	"cmp"
	"encoding/binary"
	"errors"
	"slices"
)

// Bounds of what a worker remembers about who sent what.
const (
	maxSenders = 1024 // publishers
	maxBoots   = 8    // boots of each
)

// repeats remembers the highest number that each publisher's boots have reached in one partition. A publisher
// sends in order, so whatever is not above it has been seen. It is part of a worker's snapshot and depends on
// the messages alone, never on clocks or map order.
type repeats struct {
	senders map[string]*sender
}

type sender struct {
	seen  uint64 // sequence of its last message: the one longest silent is forgotten first
	boots []serial
}

func newRepeats() *repeats { return &repeats{senders: map[string]*sender{}} }

// seen records the message and tells whether it is a repeat. Ids that are not a publisher's never repeat.
func (r *repeats) seen(id string, seq uint64) bool {
	name, s, ok := parseMessageID(id)
	if !ok {
		return false
	}
	from := r.senders[name]
	if from == nil {
		from = &sender{}
		r.senders[name] = from
	}
	from.seen = seq
	i, known := slices.BinarySearchFunc(from.boots, s.boot, func(have serial, boot uint64) int { return cmp.Compare(have.boot, boot) })
	if known {
		if s.n <= from.boots[i].n {
			return true
		}
		from.boots[i].n = s.n
		return false
	}
	from.boots = slices.Insert(from.boots, i, s)
	if len(from.boots) > maxBoots {
		from.boots = slices.Delete(from.boots, 0, 1)
	}
	r.forget()
	return false
}

// forget keeps the number of senders bounded.
func (r *repeats) forget() {
	for len(r.senders) > maxSenders {
		var oldest string
		for name, s := range r.senders {
			if oldest == "" || s.seen < r.senders[oldest].seen {
				oldest = name // seqs differ, so the choice does not depend on map order
			}
		}
		delete(r.senders, oldest)
	}
}

// append adds the table to dst; equal tables give equal bytes.
func (r *repeats) append(dst []byte) []byte {
	names := make([]string, 0, len(r.senders))
	for name := range r.senders {
		names = append(names, name)
	}
	slices.Sort(names)
	dst = binary.AppendUvarint(dst, uint64(len(names)))
	for _, name := range names {
		s := r.senders[name]
		dst = binary.AppendUvarint(dst, uint64(len(name)))
		dst = append(dst, name...)
		dst = binary.AppendUvarint(dst, s.seen)
		dst = binary.AppendUvarint(dst, uint64(len(s.boots)))
		for _, b := range s.boots {
			dst = binary.AppendUvarint(dst, b.boot)
			dst = binary.AppendUvarint(dst, b.n)
		}
	}
	return dst
}

// decodeRepeats reads what append wrote and returns the rest of data.
func decodeRepeats(data []byte) (*repeats, []byte, error) {
	d := reader{data: data}
	r := newRepeats()
	for range d.count(maxSenders) {
		name := string(d.field())
		s := &sender{seen: d.uvarint()}
		for range d.count(maxBoots) {
			s.boots = append(s.boots, serial{d.uvarint(), d.uvarint()})
		}
		ordered := slices.IsSortedFunc(s.boots, func(a, b serial) int { return cmp.Compare(a.boot, b.boot) })
		if name == "" || r.senders[name] != nil || !ordered {
			d.bad = true
		}
		r.senders[name] = s
	}
	if d.bad {
		return nil, nil, errors.New("table of senders is malformed")
	}
	return r, d.data, nil
}

// reader takes values off the front of data; after the first that is not there it is bad and gives zeros.
type reader struct {
	data []byte
	bad  bool
}

func (d *reader) uvarint() uint64 {
	v, n := binary.Uvarint(d.data)
	if n <= 0 || d.bad {
		d.bad = true
		return 0
	}
	d.data = d.data[n:]
	return v
}

// count reads a number of elements that must not exceed most.
func (d *reader) count(most int) int {
	v := d.uvarint()
	if v > uint64(most) {
		d.bad = true
	}
	if d.bad {
		return 0
	}
	return int(v)
}

func (d *reader) field() []byte {
	field, rest, ok := cutField(d.data)
	if !ok || d.bad {
		d.bad = true
		return nil
	}
	d.data = rest
	return field
}
