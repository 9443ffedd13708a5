package signature

import "math"

// node is a state of the automaton: the longest end of what was read that begins a literal. 0 is the root.
type node = uint16

// maxNodes is how many states fit a node. A table of all is 32 MiB.
const maxNodes = math.MaxUint16 + 1

// automaton is the deterministic machine of Aho & Corasick (1975) over literals without regard to the case of ASCII. A
// row holds the next state for every byte, failures resolved: a step is one load. Rows near the root come first, since
// nearly all steps are among them.
type automaton struct {
	next [][256]node
	// Where a literal ends, the state is firstEnd or more, and ends[state-firstEnd] lists the literals.
	firstEnd node
	ends     [][]int32
}

// trie is an automaton while it is built: next without failures, numbered as the literals came.
type trie struct {
	next [][256]node
	fail []node
	ends [][]int32
}

// newAutomaton builds the machine for literals that are lower-case and not empty; the index of a literal is its name.
// It returns false if they need more than maxNodes states.
func newAutomaton(literals []string) (*automaton, bool) {
	size := 1
	for _, text := range literals {
		size += len(text)
	}
	size = min(size, maxNodes) // at most; literals that begin alike share states
	t := &trie{next: make([][256]node, 1, size), ends: make([][]int32, 1, size)}
	for i, text := range literals {
		if !t.add(text, int32(i)) {
			return nil, false
		}
	}
	return t.number(t.link()), true
}

func (t *trie) add(literal string, index int32) bool {
	state := node(0)
	for i := range len(literal) {
		c := literal[i]
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
// their distance from the root.
func (t *trie) link() []node {
	t.fail = make([]node, len(t.next))
	order := make([]node, 1, len(t.next))
	for i := 0; i < len(order); i++ {
		state := order[i]
		back := t.fail[state]
		for c := range t.next[state] {
			child := t.next[state][c]
			if child == 0 {
				t.next[state][c] = t.next[back][c] // of the root: itself
				continue
			}
			if state != 0 {
				t.fail[child] = t.next[back][c]
			}
			t.ends[child] = append(t.ends[child], t.ends[t.fail[child]]...)
			order = append(order, child)
		}
	}
	return order
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
	a.next = make([][256]node, len(order))
	a.ends = make([][]int32, len(order)-int(a.firstEnd))
	for state, row := range t.next {
		to := &a.next[name[state]]
		for c := range row {
			to[c] = name[row[lower(byte(c))]]
		}
		if len(t.ends[state]) > 0 {
			a.ends[name[state]-a.firstEnd] = t.ends[state]
		}
	}
	return a
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
