package memo

// Set remembers which keys it was given, of those that were asked for of late, up to a bound: in two generations as a [Cache], and in a
// quarter of its memory. Keys must be hashes, whose low bits are as good as any. Make one by [NewSet]. It is not safe for concurrent use.
type Set struct {
	half       int
	young, old table
}

// NewSet returns an empty set with room for so many keys, at least two: between half of that and all of it is remembered.
func NewSet(room int) *Set { return &Set{half: max(1, room/2)} }

// Follows reports whether a key is remembered as the one that came after the last one before: false says nothing. It costs next to
// nothing, for who can ask elsewhere in between.
func (s *Set) Follows(key uint64) bool { return s.young.follows(key) }

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
	if s.young.has(key) {
		return
	}
	if len(s.young.keys) >= s.half {
		s.young, s.old = s.old, s.young
		s.young.clear()
	}
	s.young.add(key)
}

// Len returns how many keys are remembered, those that are in both generations twice.
func (s *Set) Len() int { return len(s.young.keys) + len(s.old.keys) }

// table is a set of hashes in the order in which they were added. It looks first behind the last one that was asked for, as a [Cache]
// does, and only then into the slots, of which there are so many that some stay empty. A map takes twice as much.
type table struct {
	keys  []uint64
	slots []uint32 // a power of two of them: the place of a key plus one, 0 where empty
	last  int      // the place of the key that was asked for last
}

func (t *table) has(key uint64) bool {
	if len(t.keys) == 0 {
		return false
	}
	if t.follows(key) {
		return true
	}
	if at := t.slots[t.find(key)]; at != 0 {
		t.last = int(at) - 1
		return true
	}
	return false
}

// follows reports whether a key is the one after the last that was asked for, the first one after the last of all.
func (t *table) follows(key uint64) bool {
	next := t.last + 1
	if next >= len(t.keys) {
		next = 0
	}
	if next == len(t.keys) || t.keys[next] != key {
		return false
	}
	t.last = next
	return true
}

// find returns the slot in which the place of a key is, or is to be; there is an empty one.
func (t *table) find(key uint64) int {
	mask := len(t.slots) - 1
	i := int(key) & mask //nolint:gosec // the low bits
	for t.slots[i] != 0 && t.keys[t.slots[i]-1] != key {
		i = (i + 1) & mask
	}
	return i
}

// add adds a key that is not there.
func (t *table) add(key uint64) {
	if len(t.keys) >= len(t.slots)/4*3 {
		t.grow()
	}
	t.slots[t.find(key)] = uint32(len(t.keys) + 1) //nolint:gosec // memory ends before
	t.keys = append(t.keys, key)
}

func (t *table) grow() {
	t.slots = make([]uint32, max(16, 2*len(t.slots)))
	for i, key := range t.keys {
		t.slots[t.find(key)] = uint32(i + 1) //nolint:gosec // memory ends before
	}
}

// clear empties the table and keeps its memory.
func (t *table) clear() {
	clear(t.slots)
	t.keys, t.last = t.keys[:0], 0
}
