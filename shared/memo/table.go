package memo

// table holds values by hash, in the order in which they were added. It looks first behind the last one that was asked for, and only then
// into the slots, of which there are so many that some stay empty: 16 bytes a key beside its value, half of what a map takes, and no
// pointers but those of values.
type table[V any] struct {
	keys   []uint64
	values []V
	slots  []uint32 // a power of two of them: the place of a key plus one, 0 where empty
	last   int      // the place of the key that was asked for last
}

// at returns the place of a key, -1 if it has none.
func (t *table[V]) at(key uint64) int {
	if len(t.keys) == 0 {
		return -1
	}
	if !t.follows(key) {
		place := t.slots[t.find(key)]
		if place == 0 {
			return -1
		}
		t.last = int(place) - 1
	}
	return t.last
}

// follows reports whether a key is the one after the last that was asked for, the first one after the last of all.
func (t *table[V]) follows(key uint64) bool {
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
func (t *table[V]) find(key uint64) int {
	i := t.home(key)
	for t.slots[i] != 0 && t.keys[t.slots[i]-1] != key {
		i = t.next(i)
	}
	return i
}

func (t *table[V]) home(key uint64) int { return int(key) & (len(t.slots) - 1) } //nolint:gosec // the low bits
func (t *table[V]) next(slot int) int   { return (slot + 1) & (len(t.slots) - 1) }

// add adds a key that is not there.
func (t *table[V]) add(key uint64, v V) {
	if len(t.keys) >= len(t.slots)/4*3 {
		t.grow()
	}
	t.last = len(t.keys)
	t.keys, t.values = append(t.keys, key), append(t.values, v)
	t.place(t.last)
}

// place notes where a key is.
func (t *table[V]) place(at int) { t.slots[t.find(t.keys[at])] = uint32(at + 1) } //nolint:gosec // memory ends before

func (t *table[V]) grow() {
	t.slots = make([]uint32, max(16, 2*len(t.slots)))
	for at := range t.keys {
		t.place(at)
	}
}

// drop takes a key out, if it is there; the last one takes its place.
func (t *table[V]) drop(key uint64) {
	at := t.at(key)
	if at < 0 {
		return
	}
	t.vacate(t.find(key))
	end := len(t.keys) - 1
	if at != end {
		slot := t.find(t.keys[end])
		t.keys[at], t.values[at] = t.keys[end], t.values[end]
		t.slots[slot] = uint32(at + 1) //nolint:gosec // memory ends before
	}
	clear(t.values[end:])
	t.keys, t.values, t.last = t.keys[:end], t.values[:end], 0
}

// vacate empties a slot. Whatever behind it would not be found any more moves up.
func (t *table[V]) vacate(slot int) {
	distance := func(from, to int) int { return (to - from) & (len(t.slots) - 1) }
	for i := t.next(slot); t.slots[i] != 0; i = t.next(i) {
		if home := t.home(t.keys[t.slots[i]-1]); distance(home, i) >= distance(slot, i) {
			t.slots[slot], slot = t.slots[i], i
		}
	}
	t.slots[slot] = 0
}

// clear empties the table and keeps its memory.
func (t *table[V]) clear() {
	clear(t.slots)
	clear(t.values)
	t.keys, t.values, t.last = t.keys[:0], t.values[:0], 0
}
