// Package memo remembers what belongs to the series that come again and again.
package memo

// Cache remembers values by key, of those that were used of late, up to a bound. Make one by [New]. It is not safe for concurrent
// use.
//
// It keeps two generations: when the young one is full it becomes the old one, and what is asked for again moves back. So what is
// in use stays, what ended goes, and nothing has to be counted or timed.
//
// Batches hold the same series in the same order each time. So it looks first at what came after the last key the time before, which
// saves the look into a map that is too large for a processor's caches.
type Cache[V any] struct {
	half       int // the room of a generation
	room       int // what the young ones take of it
	young, old map[uint64]*entry[V]
	turn       uint32 // the number of the young generation
	last       *entry[V]
}

type entry[V any] struct {
	key   uint64
	value V
	next  *entry[V] // what was asked for after it
	turn  uint32    // the generation that it is in, 0 for none
	size  uint32
}

// New returns an empty cache with room for so much, at least two: between half of that and all of it is remembered.
func New[V any](room int) *Cache[V] {
	return &Cache[V]{half: max(1, room/2), turn: 1, young: map[uint64]*entry[V]{}, old: map[uint64]*entry[V]{}}
}

// Get returns the value of a key, false if it is not known (any more).
func (c *Cache[V]) Get(key uint64) (v V, ok bool) {
	if c.last != nil {
		if e := c.last.next; e != nil && e.key == key && e.turn == c.turn {
			c.last = e
			return e.value, true
		}
	}
	e := c.young[key]
	if e == nil {
		if e = c.old[key]; e == nil {
			return v, false
		}
		c.take(e)
	}
	c.follow(e)
	return e.value, true
}

// Put remembers a value in the place of that of before. It takes up a size of the room, usually 1.
func (c *Cache[V]) Put(key uint64, v V, size int) {
	c.Drop(key)
	e := &entry[V]{key: key, value: v, size: uint32(size)} //nolint:gosec // sizes are small
	c.take(e)
	c.follow(e)
}

// Drop forgets a key.
func (c *Cache[V]) Drop(key uint64) {
	for _, generation := range [...]map[uint64]*entry[V]{c.young, c.old} {
		e := generation[key]
		if e == nil {
			continue
		}
		if delete(generation, key); e.turn == c.turn {
			c.room -= int(e.size)
		}
		e.turn, e.next = 0, nil
	}
}

// Clear forgets everything.
func (c *Cache[V]) Clear() { *c = *New[V](2 * c.half) }

// Len returns how many keys are remembered, those that are in both generations twice.
func (c *Cache[V]) Len() int { return len(c.young) + len(c.old) }

// take puts an entry among the young ones.
func (c *Cache[V]) take(e *entry[V]) {
	if c.room >= c.half {
		c.age()
	}
	e.turn = c.turn
	c.young[e.key] = e
	c.room += int(e.size)
}

// age makes the young ones the old ones. Those that were old, and were not asked for since, let go of each other: else one that
// stays could hold a chain of them.
func (c *Cache[V]) age() {
	for _, e := range c.old {
		if e.turn != c.turn {
			e.turn, e.next = 0, nil
		}
	}
	clear(c.old)
	c.young, c.old, c.room = c.old, c.young, 0
	c.turn++
}

// follow notes what was asked for after the last one.
func (c *Cache[V]) follow(e *entry[V]) {
	if c.last != nil {
		c.last.next = e
	}
	c.last = e
}
