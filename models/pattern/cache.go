package pattern

// cache remembers of masked texts to which pattern they belong. It forgets in halves: what was not asked for since the
// half before the last is gone.
type cache struct {
	young, old map[string]*entry
	bytes      int // of young's keys
	texts      int // that half of it may hold, as many as there may be patterns
}

// cacheBytes bounds half of a cache, for each text that it may hold.
const cacheBytes = 512

// get returns the pattern of a text, nil if it is not known or the pattern is no more.
func (c *cache) get(masked []byte) *entry {
	e := c.young[string(masked)]
	if e == nil {
		if e = c.old[string(masked)]; e != nil && e.group != nil {
			c.put(string(masked), e)
		}
	}
	if e != nil && e.group == nil {
		return nil
	}
	return e
}

func (c *cache) put(masked string, e *entry) {
	if c.young == nil || len(c.young) >= c.texts || c.bytes >= cacheBytes*c.texts {
		c.old, c.young, c.bytes = c.young, make(map[string]*entry), 0
	}
	c.young[masked] = e
	c.bytes += len(masked)
}
