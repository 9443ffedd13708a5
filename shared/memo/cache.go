// Package memo remembers what belongs to the series that come again and again.
package memo

// Cache remembers values by key, of those that were used of late, up to a bound. Keys must be hashes, whose low bits are as good as any.
// Make one by [New]. It is not safe for concurrent use.
//
// It keeps two generations: when the young one is full it becomes the old one, and what is asked for again moves back. So what is
// in use stays, what ended goes, and nothing has to be counted or timed.
//
// Batches hold the same series in the same order each time. So it looks first at what came after the last key the time before, which
// saves the look into a table that is too large for a processor's caches.
type Cache[V any] struct {
	half       int // the room of a generation
	young, old table[V]
}

// New returns an empty cache with room for so many keys, at least two: between half of that and all of it is remembered.
func New[V any](room int) *Cache[V] { return &Cache[V]{half: max(1, room/2)} }

// Get returns the value of a key, false if it is not known (any more).
func (c *Cache[V]) Get(key uint64) (v V, ok bool) {
	if at := c.young.at(key); at >= 0 {
		return c.young.values[at], true
	}
	at := c.old.at(key)
	if at < 0 {
		return v, false
	}
	v = c.old.values[at]
	c.add(key, v)
	return v, true
}

// Put remembers a value in the place of that of before.
func (c *Cache[V]) Put(key uint64, v V) {
	if at := c.young.at(key); at >= 0 {
		c.young.values[at] = v
		return
	}
	c.add(key, v)
}

// add takes a key among the young ones, which it is not yet.
func (c *Cache[V]) add(key uint64, v V) {
	if len(c.young.keys) >= c.half {
		c.young, c.old = c.old, c.young
		c.young.clear()
	}
	c.young.add(key, v)
}

// Drop forgets a key.
func (c *Cache[V]) Drop(key uint64) {
	c.young.drop(key)
	c.old.drop(key)
}

// Clear forgets everything.
func (c *Cache[V]) Clear() { *c = *New[V](2 * c.half) }

// Len returns how many keys are remembered, those that are in both generations twice.
func (c *Cache[V]) Len() int { return len(c.young.keys) + len(c.old.keys) }
