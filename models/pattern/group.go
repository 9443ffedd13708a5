package pattern

import (
	"cmp"
	"slices"
)

// group is the patterns of one shape, in the order of their creation.
type group struct {
	shape   uint64
	entries []*entry
}

// find returns the oldest pattern that covers t, nil if none does. What is found does not depend on what came later, so
// that it may be remembered.
func (g *group) find(t *template) *entry {
	if g == nil {
		return nil
	}
	for _, e := range g.entries {
		if e.covers(t) {
			return e
		}
	}
	return nil
}

// remove takes e out.
func (g *group) remove(e *entry) {
	if i := slices.Index(g.entries, e); i >= 0 {
		g.entries = slices.Delete(g.entries, i, i+1)
	}
}

// stale returns the pattern used least recently.
func (g *group) stale() *entry {
	return slices.MinFunc(g.entries, func(a, b *entry) int { return cmp.Compare(a.tick, b.tick) })
}
