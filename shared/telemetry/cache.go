package telemetry

// seriesCache keeps at most 2*half series in two generations: when the young one is full it becomes the old
// one, and what is asked for again moves back. So a series in use stays, one that ended goes, and nothing has
// to be counted or timed. Both maps are reused: a cache that turns over does not allocate.
type seriesCache struct {
	half       int // in units of room
	room       int // that the young ones take
	young, old map[uint64]*Series
}

// unwanted stands for all series that a decoder leaves out.
var unwanted = &Series{}

// A series takes as much room with its labels as so many of which only the key is kept.
const withLabels = 8

func newSeriesCache(maxSeries int) seriesCache {
	return seriesCache{
		half:  max(1, maxSeries/2) * withLabels,
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

// put takes in a series whose key is not among the young.
func (c *seriesCache) put(key uint64, s *Series) {
	if c.room >= c.half {
		c.young, c.old, c.room = c.old, c.young, 0
		clear(c.young)
	}
	if c.room += withLabels; s == unwanted {
		c.room -= withLabels - 1
	}
	c.young[key] = s
}
