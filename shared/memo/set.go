package memo

// Set remembers which keys it was given, of those that were asked for of late, up to a bound: in two generations as a [Cache], and in a
// quarter of its memory. Keys must be hashes, whose low bits are as good as any. Make one by [NewSet]. It is not safe for concurrent use.
type Set struct {
	half       int
	young, old table
}

// NewSet returns an empty set with room for so many keys, at least two: between half of that and all of it is remembered.
func NewSet(room int) *Set { return &Set{half: max(1, room/2)} }

// Has reports whether a key is remembered.
func (s *Set) Has(key uint64) bool {
	if s.young.has(key) {
		return true
	}
	if !s.old.has(key) {
		return false
	}
	s.Add(key)
	return true
}

// Add remembers a key.
func (s *Set) Add(key uint64) {
	if s.young.len >= s.half && !s.young.has(key) {
		s.young, s.old = s.old, s.young
		s.young.clear()
	}
	s.young.add(key)
}

// Len returns how many keys are remembered, those that are in both generations twice.
func (s *Set) Len() int { return s.young.len + s.old.len }

// table is a set of hashes: open addressing, with no more beside a key than the slots that stay empty. A map has a word for the value
// that there is none of, and takes twice as much.
type table struct {
	slots []uint64 // a power of two of them, 0 where empty
	len   int
	zero  bool // the key 0 is there
}

// find returns the slot in which a key is, or is to be; there is an empty one.
func (t *table) find(key uint64) int {
	mask := len(t.slots) - 1
	i := int(key) & mask //nolint:gosec // the low bits
	for t.slots[i] != 0 && t.slots[i] != key {
		i = (i + 1) & mask
	}
	return i
}

func (t *table) has(key uint64) bool {
	if key == 0 {
		return t.zero
	}
	return len(t.slots) > 0 && t.slots[t.find(key)] == key
}

func (t *table) add(key uint64) {
	if t.has(key) {
		return
	}
	t.len++
	if key == 0 {
		t.zero = true
		return
	}
	if t.len > len(t.slots)/4*3 {
		t.grow()
	}
	t.slots[t.find(key)] = key
}

func (t *table) grow() {
	before := t.slots
	t.slots = make([]uint64, max(16, 2*len(before)))
	for _, key := range before {
		if key != 0 {
			t.slots[t.find(key)] = key
		}
	}
}

// clear empties the table and keeps its memory.
func (t *table) clear() {
	clear(t.slots)
	t.len, t.zero = 0, false
}
