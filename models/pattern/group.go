package pattern

import (
	"cmp"
	"slices"
)

// group is the patterns of one shape, in the order of their creation.
type group struct {
	shape    uint64
	entries  []*entry
	sketches []sketch // of the entries
}

// find returns the oldest pattern that covers t, nil if none does. What is found does not depend on what came later, so
// that it may be remembered.
func (g *group) find(t *template) *entry {
	if g == nil {
		return nil
	}
	s := t.sketch()
	for i, e := range g.entries {
		if !g.sketches[i].excludes(s) && e.covers(t) {
			return e
		}
	}
	return nil
}

// add puts e, which is the newest, in.
func (g *group) add(e *entry) {
	e.group = g
	g.entries = append(g.entries, e)
	g.sketches = append(g.sketches, e.sketch())
}

// remove takes e out.
func (g *group) remove(e *entry) {
	i := slices.Index(g.entries, e)
	g.entries = slices.Delete(g.entries, i, i+1)
	g.sketches = slices.Delete(g.sketches, i, i+1)
	e.group = nil
}

// stale returns the pattern to be forgotten first: the oldest that a single line was of, so that a flood of lines which
// come but once carries nothing else away; if there is none, that used least recently.
func (g *group) stale() *entry {
	for _, e := range g.entries {
		if e.count == 1 {
			return e
		}
	}
	return slices.MinFunc(g.entries, func(a, b *entry) int { return cmp.Compare(a.tick, b.tick) })
}
