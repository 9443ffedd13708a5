package embedded

import "github.com/prometheus/prometheus/storage"

// maxRefs bounds each of the two generations of a refCache, to about 10 MB in all.
const maxRefs = 1 << 18

// refCache remembers the TSDB's references of recently appended series by fingerprint, so that the labels of a
// known series are never looked at. A reference may have gone stale: the TSDB says so when it is used. When the
// young generation is full it becomes the old one, and what is not used until the next turn is forgotten.
type refCache struct {
	young, old map[uint64]storage.SeriesRef
}

func newRefCache() refCache { return refCache{young: map[uint64]storage.SeriesRef{}} }

// get returns the reference, 0 if none is known.
func (c *refCache) get(fingerprint uint64) storage.SeriesRef {
	if ref, ok := c.young[fingerprint]; ok {
		return ref
	}
	ref, ok := c.old[fingerprint]
	if ok {
		c.put(fingerprint, ref)
	}
	return ref
}

func (c *refCache) put(fingerprint uint64, ref storage.SeriesRef) {
	if len(c.young) >= maxRefs {
		c.young, c.old = map[uint64]storage.SeriesRef{}, c.young
	}
	c.young[fingerprint] = ref
}

func (c *refCache) drop(fingerprint uint64) {
	delete(c.young, fingerprint)
	delete(c.old, fingerprint)
}
