package pattern

import (
	"slices"
	"strings"
)

const (
	// leastWords is how many words lines must share, apart from those that differ, so that little evidence suffices.
	leastWords = 2
	// moreWhenBare is how many times as many values it takes where they share fewer for each that differs.
	moreWhenBare = 4
	// moreWhenFirst is how many times as many it takes of the first word, which mostly says what is spoken of.
	moreWhenFirst = 2
	// moreForStates is how many times as many it takes if they look like states of a machine.
	moreForStates = 3
	// morePlaces is how many values more it takes for each further place that differs.
	morePlaces = 2
	// maxPlaces is in how many places lines may differ.
	maxPlaces = 4
	// maxKinds is how many ways to differ are looked at for one line.
	maxKinds = 16
)

// places are those in which a line differs from a pattern, in ascending order.
type places struct {
	at [maxPlaces]uint16
	n  int
}

func (p *places) all() []uint16 { return p.at[:p.n] }

// within reports whether all of p are among those of q.
func (p *places) within(q *places) bool {
	for _, i := range p.all() {
		if !slices.Contains(q.all(), i) {
			return false
		}
	}
	return true
}

// phrase reports whether two of the places have but a space between them: then they hold a text rather than values.
func (p *places) phrase(t *template) bool {
	for k := 1; k < p.n; k++ {
		if i := p.at[k]; i == p.at[k-1]+1 && strings.TrimSpace(t.between(int(i))) == "" {
			return true
		}
	}
	return false
}

// relative is a pattern that is like a line.
type relative struct {
	*entry
	differs places
	// shared is how many words with letters both have, and filled in how many places only one has a value.
	shared, filled int
}

// compare returns what e and t have in common; not ok if that is too little. Where one has a value the other may have
// anything, and names that both have a value in them, such as eth<*> and wlan<*>, are values.
func compare(e *entry, t *template) (r relative, ok bool) {
	if len(e.words) != len(t.words) {
		return r, false
	}
	r.entry = e
	for i := range e.words {
		mine, theirs := &e.words[i], &t.words[i]
		switch {
		case mine.same(theirs):
			if mine.any(constant) {
				r.shared++
			}
		case mine.any(value) || theirs.any(value) || mine.any(holed) && theirs.any(holed):
			if mine.any(constant) || theirs.any(constant) {
				r.filled++
			}
		case r.differs.n == maxPlaces:
			return r, false
		default:
			r.differs.at[r.differs.n] = uint16(i)
			r.differs.n++
		}
	}
	return r, r.shared > 0 || r.filled == 0 && r.differs.n == 0
}

// family is the relatives that a template shall be joined with.
type family struct {
	contexts contexts
	values   int
	members  []relative
	kinds    []places
	joined   []*entry
	seen     []*word
}

// find collects in f.joined the patterns of g that form one pattern with t, but for self, and reports whether there are
// any.
func (f *family) find(g *group, t *template, self *entry) bool {
	f.members, f.kinds = f.members[:0], f.kinds[:0]
	s := t.sketch()
	for i, e := range g.entries {
		if e == self || g.sketches[i].apart(s) > maxPlaces {
			continue
		}
		if r, ok := compare(e, t); ok {
			f.members = append(f.members, r)
			if len(f.kinds) < maxKinds && !slices.Contains(f.kinds, r.differs) {
				f.kinds = append(f.kinds, r.differs)
			}
		}
	}
	slices.SortStableFunc(f.kinds, func(a, b places) int { return a.n - b.n })
	for i := range f.kinds {
		if f.enough(&f.kinds[i], t) {
			for _, place := range f.kinds[i].all() {
				f.contexts.learn(t, int(place))
			}
			return true
		}
	}
	return false
}

// enough collects the relatives that differ in no other places than those of p, and reports whether they are so many
// that these are places for values.
func (f *family) enough(p *places, t *template) bool {
	f.joined = f.joined[:0]
	shared, filled := len(t.words), 0
	for i := range f.members {
		if r := &f.members[i]; r.differs.within(p) {
			f.joined = append(f.joined, r.entry)
			shared, filled = min(shared, r.shared), max(filled, r.filled)
		}
	}
	if p.n == 0 { // one has a value where another has a word
		return shared >= leastWords || filled == 0
	}
	if shared == 0 || p.phrase(t) {
		return false
	}
	for _, i := range p.all() {
		if f.distinct(int(i), t) < f.needed(int(i), t, p.n, shared) {
			return false
		}
	}
	return true
}

// distinct counts the different words in one place of t and those collected, and leaves them in f.seen.
func (f *family) distinct(i int, t *template) int {
	f.seen = append(f.seen[:0], &t.words[i])
	for _, e := range f.joined {
		if w := &e.words[i]; !slices.ContainsFunc(f.seen, w.same) {
			f.seen = append(f.seen, w)
		}
	}
	return len(f.seen)
}

// needed returns how many different words it takes in a place, given those seen, how many places differ and how many
// words are shared.
func (f *family) needed(i int, t *template, differ, shared int) int {
	bare := shared < leastWords*differ
	if !bare && f.contexts.known(t, i) {
		return 2
	}
	need := f.values + morePlaces*(differ-1)
	if bare {
		need *= moreWhenBare
	}
	if i == 0 {
		need *= moreWhenFirst
	}
	if !slices.ContainsFunc(f.seen, func(w *word) bool { return !w.any(state) }) {
		need *= moreForStates
	}
	return need
}

// join returns the pattern of t and those collected: a value wherever not all have the same word.
func (f *family) join(t *template) template {
	return t.with(func(i int) bool {
		w := &t.words[i]
		return slices.ContainsFunc(f.joined, func(e *entry) bool { return !w.same(&e.words[i]) })
	})
}
