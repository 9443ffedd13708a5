package anomaly

import (
	"cmp"
	"slices"

	"github.com/forewarn/forewarn/shared/entity"
	"github.com/forewarn/forewarn/shared/signal"
)

// place is an entity of which something is watched: half a million of them, so it is kept packed.
type place struct {
	entity entity.Packed
	root   *root
	first  *watched // the others follow it as next
}

// root is an outermost entity with all that is watched of it.
type root struct {
	id     string
	places []*place
}

// find returns what a rule reads of an entity, nil if that is not watched.
func (w *Watcher) find(r *signal.Rule, id string) *watched {
	at := w.places[id]
	if at == nil {
		return nil
	}
	s := at.first
	for s != nil && s.Rule != r {
		s = s.next
	}
	return s
}

// place returns that of an entity, a new one if nothing is watched of it yet.
func (w *Watcher) place(e *entity.Entity) *place {
	if at := w.places[e.ID]; at != nil {
		return at
	}
	return w.stock.place(entity.Pack(e), w.root(e.Root))
}

// root returns that of an ID, a new one if nothing is watched of it yet.
func (w *Watcher) root(id string) *root {
	if r := w.roots[id]; r != nil {
		return r
	}
	return &root{id: id}
}

// add begins to watch.
func (w *Watcher) add(s *watched) *watched {
	at := s.place
	if at.first == nil {
		w.places[at.entity.ID()] = at
		w.roots[at.root.id] = at.root
		at.root.places = append(at.root.places, at)
	}
	s.next, at.first = at.first, s
	if s.family != nil {
		w.families[s.family.name] = s.family
		s.family.members = append(s.family.members, s)
	}
	w.count++
	w.order, w.due = nil, 0
	return s
}

// drop forgets. What it has learned is let go at once, although memory beside it may stay.
func (w *Watcher) drop(s *watched) {
	at := s.place
	s.place = nil
	for link := &at.first; *link != nil; link = &(*link).next {
		if *link == s {
			*link = s.next
			break
		}
	}
	if at.first == nil {
		delete(w.places, at.entity.ID())
		if leave(&at.root.places, at) {
			delete(w.roots, at.root.id)
		}
	}
	if s.family != nil && leave(&s.family.members, s) {
		delete(w.families, s.family.name)
	}
	s.kept, s.habit = kept{}, nil
	w.count--
	w.order = nil
}

// leave takes one out of a group, and reports whether it was the last.
func leave[T comparable](group *[]T, one T) (last bool) {
	*group = slices.DeleteFunc(*group, func(o T) bool { return o == one })
	return len(*group) == 0
}

// key names what is watched: <rule>/<entity>, or the series by itself.
func (s *watched) key() string {
	if s.Rule == nil {
		return s.place.entity.ID()
	}
	return s.Rule.ID + "/" + s.place.entity.ID()
}

// compare orders by the keys, of which it makes none.
func (s *watched) compare(o *watched) int {
	if s.Rule != o.Rule && s.Rule != nil && o.Rule != nil {
		return cmp.Compare(s.Rule.ID+"/", o.Rule.ID+"/") // neither begins with the other
	}
	return cmp.Compare(s.place.entity.ID(), o.place.entity.ID())
}

// entity returns what it belongs to, nothing for a series by itself.
func (s *watched) entity() entity.Entity {
	if s.Rule == nil {
		return entity.Entity{}
	}
	e, err := s.place.entity.Unpack()
	if err != nil {
		panic(err) // it was packed here
	}
	return e
}
