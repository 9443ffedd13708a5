package pipeline

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/forewarn/forewarn/shared/entity"
)

// Node is an entity as the signals show it. It is shared: readers must not change it.
type Node struct {
	entity.Entity
	// Signals are indexes of [Snapshot.Signals]: its own, the most dangerous first.
	Signals []int
	// Outer is the outermost entity that it is in, nil if it is that itself. Inner is what is in it, the most dangerous first.
	Outer *Node
	Inner []*Node
	// danger is the place in [Snapshot.Ranked] of the most dangerous signal of it and of what is in it.
	danger int
	worst  int
}

// Worst is the index of the most dangerous signal of it and of what is in it, -1 if it has none.
func (n *Node) Worst() int { return n.worst }

// Total counts its signals and those of what is in it.
func (n *Node) Total() int {
	sum := len(n.Signals)
	for _, in := range n.Inner {
		sum += len(in.Signals)
	}
	return sum
}

// Entities are all entities of a snapshot.
type Entities struct {
	// Ranked are those with the most dangerous signals first.
	Ranked []*Node
	// Types are the types that there are, sorted.
	Types []entity.Type
	byID  map[string]*Node
}

// Named returns the entity with that id or, if it has a long one, that [Digest]; nil if there is none.
func (e *Entities) Named(name string) *Node {
	if n := e.byID[name]; n != nil || !strings.HasPrefix(name, digestPrefix) {
		return n
	}
	for id, n := range e.byID {
		if len(id) > LongKey && Digest(id) == name {
			return n
		}
	}
	return nil
}

// Entities returns the entities that the signals belong to, and those that these are in. It reckons once per snapshot.
func (s *Snapshot) Entities() *Entities {
	s.once.Do(func() { s.entities = newEntities(s) })
	return s.entities
}

func newEntities(s *Snapshot) *Entities {
	e := &Entities{byID: map[string]*Node{}}
	for place, i := range s.Ranked {
		own := s.Signals[i].Entity
		n := e.node(own.ID)
		n.Entity = own
		n.Signals = append(n.Signals, i)
		n.note(place, i)
		if outer := e.node(own.Root); own.Root != own.ID && own.Root != "" {
			if n.Outer == nil {
				n.Outer = outer
				outer.Inner = append(outer.Inner, n) // in the order of danger, as Ranked is
			}
			outer.note(place, i)
		}
	}
	delete(e.byID, "")
	types := map[entity.Type]bool{}
	for _, n := range e.byID {
		types[n.Type] = true
		e.Ranked = append(e.Ranked, n)
	}
	slices.SortFunc(e.Ranked, func(a, b *Node) int {
		return cmp.Or(cmp.Compare(a.danger, b.danger), cmp.Compare(len(b.Inner), len(a.Inner)), strings.Compare(a.ID, b.ID))
	})
	e.Types = slices.Sorted(maps.Keys(types))
	return e
}

// node returns the one with an id. Of one that has no signals nothing else is known.
func (e *Entities) node(id string) *Node {
	n := e.byID[id]
	if n == nil {
		typ, name, _ := strings.Cut(id, ":")
		n = &Node{Entity: entity.Entity{ID: id, Type: entity.Type(typ), Root: id, Name: name}, worst: -1}
		e.byID[id] = n
	}
	return n
}

// note takes down a signal if it is the first, which is the most dangerous one.
func (n *Node) note(place, signal int) {
	if n.worst < 0 {
		n.danger, n.worst = place, signal
	}
}
