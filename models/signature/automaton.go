package signature

import (
	"math"
	"slices"
)

// node is a state of the automaton: the longest end of what was read that begins a literal, or one of the first.
type node = uint16

// maxNodes is how many states fit a node. A table of all is 32 MiB.
const maxNodes = math.MaxUint16 + 1

// In the first states nothing that was read begins a literal: before a word, within one, and within a number, which may be
// of an escape. Within a word only literals are looked for that may begin there: most bytes are read in that one state.
const (
	outside node = iota
	inside
	number
	firstNodes
)

// automaton is the deterministic machine of Aho & Corasick (1975) over literals without regard to the case of ASCII,
// failures resolved: a step is one load. It finds every literal that begins where a word may, and some others.
type automaton struct {
	// next holds a row of width for each state, with the next state for each class of bytes. Rows near the root come first,
	// and so do classes that are frequent: nearly all steps are among them.
	next  []node
	width int
	class [256]uint8
	// Where a literal ends, the state is firstEnd or more, and ends[state-firstEnd] lists the literals.
	firstEnd node
	ends     [][]int32
}

// trie is an automaton while it is built: next without failures, numbered as the literals came.
type trie struct {
	next [][256]node
	fail []node
	ends [][]int32
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

// number gives the states their final numbers: in that order, those where nothing ends first.
func (t *trie) number(order []node) *automaton {
	a := &automaton{}
	name := make([]node, len(order))
	count := node(0)
	for _, ending := range []bool{false, true} {
		if ending {
			a.firstEnd = count
		}
		for _, state := range order {
			if (len(t.ends[state]) > 0) == ending {
				name[state] = count
				count++
			}
		}
	}
	a.class, a.width = t.classes()
	a.next = make([]node, len(order)*a.width)
	a.ends = make([][]int32, len(order)-int(a.firstEnd))
	for state, row := range t.next {
		to := a.next[int(name[state])*a.width:]
		for c := range row {
			to[a.class[c]] = name[row[lower(byte(c))]]
		}
		if len(t.ends[state]) > 0 {
			a.ends[name[state]-a.firstEnd] = t.ends[state]
		}
	}
	return a
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
