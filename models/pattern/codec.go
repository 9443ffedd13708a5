package pattern

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"
)

// codecVersion changes whenever the layout of a snapshot or the meaning of a field does.
const codecVersion = 1

// AppendBinary appends what has been learned to b: equal states give equal bytes. It never fails.
func (m *Miner) AppendBinary(b []byte) ([]byte, error) {
	b = append(b, codecVersion)
	for _, v := range []uint64{m.lines, m.lost, m.orders, uint64(m.news.Lines), uint64(m.news.New), bit(m.news.Said)} {
		b = binary.AppendUvarint(b, v)
	}
	b = binary.AppendUvarint(b, uint64(len(m.family.contexts)))
	for _, h := range slices.Sorted(maps.Keys(m.family.contexts)) {
		b = binary.LittleEndian.AppendUint64(b, h)
	}
	b = binary.AppendUvarint(b, uint64(m.used.length))
	for e := m.used.first; e != nil; e = e.after {
		b = e.append(b)
	}
	return b, nil
}

func bit(v bool) uint64 {
	if v {
		return 1
	}
	return 0
}

func (e *entry) append(b []byte) []byte {
	for _, v := range []uint64{e.order, e.count, bit(e.loose), uint64(len(e.masked))} {
		b = binary.AppendUvarint(b, v)
	}
	b = append(b, e.masked...)
	b = binary.AppendUvarint(b, uint64(len(e.words)))
	at := uint16(0)
	for _, w := range e.words {
		b = binary.AppendUvarint(b, uint64(w.from-at))
		b = binary.AppendUvarint(b, uint64(w.to-w.from))
		at = w.to
	}
	return b
}

// UnmarshalBinary restores what AppendBinary wrote. On an error m is unchanged: the bytes are of another release, of a Miner
// with wider bounds, cut short or damaged.
func (m *Miner) UnmarshalBinary(b []byte) error {
	if len(b) == 0 || b[0] != codecVersion {
		return fmt.Errorf("state of patterns is not of version %d; let it be learned again", codecVersion)
	}
	fresh, err := New(m.cfg)
	if err != nil {
		return err
	}
	d := decoder{rest: b[1:]}
	d.miner(fresh)
	if d.err == nil && len(d.rest) > 0 {
		d.err = fmt.Errorf("%d bytes too many", len(d.rest))
	}
	if d.err != nil {
		return fmt.Errorf("state of patterns: %w", d.err)
	}
	*m = *fresh
	return nil
}

// decoder reads a snapshot. After its first error it returns zeros.
type decoder struct {
	rest []byte
	err  error
}

// number reads a number of at most limit.
func (d *decoder) number(limit uint64, what string) uint64 {
	v, n := binary.Uvarint(d.rest)
	switch {
	case d.err != nil:
		return 0
	case n <= 0 || n > 1 && d.rest[n-1] == 0: // cut short, too long, or not written by AppendUvarint
		d.err = fmt.Errorf("%s cannot be read", what)
		return 0
	case v > limit:
		d.err = fmt.Errorf("%s is %d, more than %d", what, v, limit)
		return 0
	}
	d.rest = d.rest[n:]
	return v
}

// bytes reads n bytes, which are valid as long as the snapshot is.
func (d *decoder) bytes(n uint64, what string) []byte {
	if d.err == nil && n > uint64(len(d.rest)) {
		d.err = fmt.Errorf("%s has %d bytes, and there are %d", what, n, len(d.rest))
	}
	if d.err != nil {
		return nil
	}
	out := d.rest[:n]
	d.rest = d.rest[n:]
	return out
}

// maxCount is far beyond any number of lines, and far from an overflow.
const maxCount = 1 << 62

func (d *decoder) miner(m *Miner) {
	m.lines = d.number(maxCount, "the number of lines")
	m.lost = d.number(maxCount, "the number of patterns forgotten")
	m.orders = d.number(maxCount, "the number of patterns found")
	m.news = novelty{
		Lines: uint16(d.number(noveltyLines-1, "the number of lines judged")), New: uint16(d.number(noveltyLines-1, "the number of new lines")),
		Said: d.number(1, "whether an explosion was said") == 1,
	}
	d.contexts(m.family.contexts)
	var list []*entry
	for n := d.number(uint64(m.cfg.Patterns), "the number of patterns"); n > 0 && d.err == nil; n-- {
		if e := d.entry(&m.cfg, m.orders); d.err == nil {
			list = append(list, e)
		}
	}
	if d.err == nil {
		d.err = m.restore(list)
	}
}

func (d *decoder) contexts(c contexts) {
	before := uint64(0)
	for i, n := uint64(0), d.number(maxContexts, "the number of contexts"); i < n; i++ {
		b := d.bytes(8, "a context")
		if d.err != nil {
			return
		}
		h := binary.LittleEndian.Uint64(b)
		if i > 0 && h <= before {
			d.err = errors.New("contexts are not in order")
			return
		}
		c[h], before = struct{}{}, h
	}
}

func (d *decoder) entry(cfg *Config, orders uint64) *entry {
	e := &entry{
		order: d.number(orders, "the age of a pattern"),
		count: d.number(maxCount, "the number of lines of a pattern"),
		loose: d.number(1, "how a pattern was found") == 1,
	}
	// Empty values make a masked line longer than the line, at most by half.
	e.masked = string(d.bytes(d.number(2*uint64(cfg.LineBytes), "the length of a pattern"), "a pattern"))
	at, end := uint64(0), uint64(len(e.masked))
	for n := d.number(uint64(cfg.Words)+1, "the number of words"); n > 0 && d.err == nil; n-- {
		from := at + d.number(end-at, "the place of a word")
		at = from + d.number(end-from, "the length of a word")
		if d.err == nil && at == from {
			d.err = errors.New("a word is empty")
		}
		if d.err == nil {
			e.words = append(e.words, newWord([]byte(e.masked), int(from), int(at)))
		}
	}
	e.text = e.template.text()
	e.id = identify(e.text)
	return e
}

// restore remembers patterns, the one used most recently first.
func (m *Miner) restore(list []*entry) error {
	for _, e := range slices.Backward(list) {
		m.used.push(e)
	}
	slices.SortFunc(list, func(a, b *entry) int { return cmp.Compare(a.order, b.order) })
	for i, e := range list {
		if i > 0 && e.order == list[i-1].order {
			return fmt.Errorf("two patterns have the age %d", e.order)
		}
		shape := e.shape()
		g := m.groups[shape]
		if g == nil {
			g = &group{shape: shape}
			m.groups[shape] = g
		}
		if g.find(&e.template) != nil || len(g.entries) == m.cfg.Alike {
			return fmt.Errorf("the pattern %q is told twice, or is one of too many", e.text)
		}
		g.add(e)
	}
	return nil
}
