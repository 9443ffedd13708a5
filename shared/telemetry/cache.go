package telemetry

// seriesCache keeps at most 2*half series in two generations: when the young one is full it becomes the old
// one, and what is asked for again moves back. So a series in use stays, one that ended goes, and nothing has
// to be counted or timed. Both maps are reused: a cache that turns over does not allocate.
type seriesCache struct {
	half       int
	young, old map[uint64]*Series
}

func newSeriesCache(maxSeries int) seriesCache {
	return seriesCache{
		half:  max(1, maxSeries/2),
		young: make(map[uint64]*Series),
		old:   make(map[uint64]*Series),
	}
}

// get returns nil if the key is not known.
func (c *seriesCache) get(key uint64) *Series {
	if s := c.young[key]; s != nil {
		return s
	}
	s := c.old[key]
	if s != nil {
		c.put(key, s)
	}
	return s
}

func (c *seriesCache) put(key uint64, s *Series) {
	if len(c.young) >= c.half {
		c.young, c.old = c.old, c.young
		clear(c.young)
	}
	c.young[key] = s
}
