package signature

import (
	"math"
	"slices"
)

// node is a state of the automaton: the longest end of what was read that begins a literal, or one of the first.
type node = uint16

// maxNodes is how many states fit a node.
const maxNodes = math.MaxUint16 + 1

// In the first states nothing that was read begins a literal: before a word, within one, and within a number, which may be
// of an escape. Within a word only literals are looked for that may begin there: most bytes are read in that one state.
const (
	outside node = iota
	inside
	number
	firstNodes
)

// automaton is the machine of Aho & Corasick (1975) over literals without regard to the case of ASCII. It finds every
// literal that begins where a word may, and some others. Failures are resolved in states near the first and where many
// literals part: a step is one load. The others, most by far and met less, are kept as what fits and where else to look, so
// that the machine fits a processor's cache.
type automaton struct {
	// next holds a row of width for each state before firstRare, with the next state for each class of bytes. Rows near
	// the root come first, and so do classes that are frequent: nearly all steps are among them.
	next  []node
	width int
	class [256]uint8
	// rare holds the states from firstRare on, edges what fits in them.
	firstRare node
	rare      []rare
	edges     []edge
	// Where a literal ends, the state is firstEnd or more, and ends[state-firstEnd] lists the literals.
	firstEnd node
	ends     [][]int32
}

// rare is a state that few bytes go on from: the count edges from at, and for all other bytes what the state fail does.
type rare struct {
	at    uint32
	count uint8
	fail  node
}

// edge is a class of bytes that goes on, and where to.
type edge struct {
	class uint8
	to    node
}

// A state is rare if no more than fewEdges bytes go on from it, unless it is one of the nearFirst: those are met most.
const (
	fewEdges  = 2
	nearFirst = 2048
)

// step returns the state that follows. It takes, all in all, no more steps than bytes are read: each failure
// takes back a step that went on.
func (a *automaton) step(state node, class uint8) node {
	for state >= a.firstRare {
		r := a.rare[state-a.firstRare]
		for _, e := range a.edges[r.at : r.at+uint32(r.count)] {
			if e.class == class {
				return e.to
			}
		}
		state = r.fail
	}
	return a.next[int(state)*a.width+int(class)]
}

// trie is an automaton while it is built, numbered as the literals came: next with and edges without failures.
type trie struct {
	next  [][256]node
	edges [][]byte
	fail  []node
	ends  [][]int32
	// rank is by state its place by distance from the first.
	rank []int
	// uses counts bytes in literals.
	uses [256]int
}

// newAutomaton builds the machine for literals that are lower-case and not empty; the index of a literal is its name.
// It returns false if they need more than maxNodes states.
func newAutomaton(literals []words) (*automaton, bool) {
	size := int(firstNodes)
	for _, l := range literals {
		size += len(l.text)
	}
	size = min(size, maxNodes) // at most; literals that begin alike share states
	t := &trie{next: make([][256]node, firstNodes, size), ends: make([][]int32, firstNodes, size)}
	for i, l := range literals {
		if !t.add(outside, l.text, int32(i)) || l.openLeft && !t.add(inside, l.text, int32(i)) {
			return nil, false
		}
	}
	return t.number(t.link()), true
}

func (t *trie) add(state node, literal string, index int32) bool {
	for i := range len(literal) {
		c := literal[i]
		t.uses[c]++
		if t.next[state][c] == 0 {
			if len(t.next) == maxNodes {
				return false
			}
			t.next[state][c] = node(len(t.next))
			t.next = append(t.next, [256]node{})
			t.ends = append(t.ends, nil)
		}
		state = t.next[state][c]
	}
	t.ends[state] = append(t.ends[state], index)
	return true
}

// link fills in where to go on when a byte does not fit, and what ends with each state. It returns the states by
// their distance from the first.
func (t *trie) link() []node {
	t.fail = make([]node, len(t.next))
	t.edges = make([][]byte, len(t.next))
	order := t.begin()
	for i := int(firstNodes); i < len(order); i++ {
		state := order[i]
		back := t.fail[state]
		t.ends[state] = append(t.ends[state], t.ends[back]...)
		for c := range t.next[state] {
			child := t.next[state][c]
			if child == 0 {
				t.next[state][c] = t.next[back][c]
				continue
			}
			t.fail[child] = t.next[back][c]
			t.edges[state] = append(t.edges[state], byte(c))
			order = append(order, child)
		}
	}
	return order
}

// begin fills in the rows of the first states, and returns them and those that follow.
func (t *trie) begin() []node {
	order := make([]node, 0, len(t.next))
	for state := range firstNodes {
		order = append(order, state)
	}
	for _, state := range []node{outside, inside} {
		for c, child := range t.next[state] {
			if child == 0 {
				t.next[state][c] = after(state, byte(c))
				continue
			}
			t.fail[child] = after(outside, byte(c))
			order = append(order, child)
		}
	}
	for c := range t.next[number] {
		t.next[number][c] = t.next[inside][c]
		switch {
		case !inWord(byte(c)):
			t.next[inside][c], t.next[number][c] = t.next[outside][c], t.next[outside][c]
		case t.next[inside][c] == inside:
			t.next[number][c] = after(number, byte(c))
		}
	}
	return order
}

// after returns the first state that follows another when a byte is read that begins no literal. Behind what an escape
// may end with, the n of \n or the m of ESC [ 31 m, a word may begin.
func after(state node, c byte) node {
	digit := '0' <= c && c <= '9'
	switch {
	case !inWord(c), c == 'm' && state != inside, state == outside && (c == 'n' || c == 'r' || c == 't'):
		return outside
	case state != inside && digit:
		return number
	}
	return inside
}

// kind tells states apart by how they are kept, in the order of their numbers.
func (t *trie) kind(state node) int {
	switch {
	case len(t.ends[state]) > 0:
		return 2
	case t.rank[state] >= nearFirst && len(t.edges[state]) <= fewEdges:
		return 1
	}
	return 0
}

// number gives the states their final numbers: those with rows first, then those that are rare, those where something
// ends last; each in the order given.
func (t *trie) number(order []node) *automaton {
	a := &automaton{}
	name := make([]node, len(order))
	t.rank = make([]int, len(order))
	for i, state := range order {
		t.rank[state] = i
	}
	count := node(0)
	for kind, first := range []*node{new(node), &a.firstRare, &a.firstEnd} {
		*first = count
		for _, state := range order {
			if t.kind(state) == kind {
				name[state] = count
				count++
			}
		}
	}
	a.class, a.width = t.classes()
	a.next = make([]node, int(a.firstRare)*a.width)
	a.rare = make([]rare, len(order)-int(a.firstRare))
	a.ends = make([][]int32, len(order)-int(a.firstEnd))
	for state, row := range t.next {
		t.fill(a, name, node(state), &row)
	}
	return a
}

// fill takes a state over into the automaton.
func (t *trie) fill(a *automaton, name []node, state node, row *[256]node) {
	n := name[state]
	if n >= a.firstEnd {
		a.ends[n-a.firstEnd] = t.ends[state]
	}
	if n < a.firstRare {
		to := a.next[int(n)*a.width:]
		for c := range row {
			to[a.class[c]] = name[row[lower(byte(c))]]
		}
		return
	}
	a.rare[n-a.firstRare] = rare{at: uint32(len(a.edges)), count: uint8(len(t.edges[state])), fail: name[t.otherwise(state)]}
	for _, c := range t.edges[state] {
		a.edges = append(a.edges, edge{a.class[c], name[row[c]]})
	}
}

// otherwise returns where to look for a byte that does not go on from a state: its failure, or the first of the failures
// that follow that something else goes on from.
func (t *trie) otherwise(state node) node {
	back := t.fail[state]
	for t.kind(back) != 0 && !slices.ContainsFunc(t.edges[back], func(c byte) bool { return !slices.Contains(t.edges[state], c) }) {
		back = t.fail[back]
	}
	return back
}

// classes tells bytes apart as far as the literals do, the frequent ones first, and returns how many classes there are.
// Bytes that are in no literal and no word are one class.
func (t *trie) classes() (class [256]uint8, count int) {
	order := make([]byte, 0, 256)
	for c := range 256 {
		if b := byte(c); b == lower(b) && (t.uses[b] > 0 || inWord(b)) {
			order = append(order, b)
		}
	}
	slices.SortStableFunc(order, func(a, b byte) int { return t.uses[b] - t.uses[a] })
	for i, c := range order {
		class[c] = uint8(i + 1)
	}
	for c := range class {
		class[c] = class[lower(byte(c))]
	}
	return class, len(order) + 1
}

func isUpper(c byte) bool { return 'A' <= c && c <= 'Z' }

func lower(c byte) byte {
	if isUpper(c) {
		return c + 'a' - 'A'
	}
	return c
}

// inWord reports whether c is part of an ASCII word. Chinese has no words to be at the border of.
func inWord(c byte) bool {
	c = lower(c)
	return 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '_'
}
