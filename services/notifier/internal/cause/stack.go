package cause

import (
	"github.com/forewarn/forewarn/shared/entity"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/topology"
)

// stack tells which troubles rest on which.
type stack struct {
	troubles []Trouble
	root     []int    // of each trouble, the number of its outermost entity
	below    [][]bool // by two such numbers: whether the first rests on the second
}

// newStack follows what rests on what in however many steps over others in trouble.
func newStack(troubles []Trouble, g *topology.Graph) *stack {
	s := &stack{troubles: troubles}
	number := map[string]int{}
	var roots []string
	for i := range troubles {
		root := troubles[i].Entity.Root
		if _, known := number[root]; !known {
			number[root] = len(roots)
			roots = append(roots, root)
		}
		s.root = append(s.root, number[root])
	}
	for n, root := range roots {
		s.below = append(s.below, make([]bool, len(roots)))
		for _, id := range g.Below(root) {
			if k, known := number[id]; known {
				s.below[n][k] = true
			}
		}
	}
	for middle := range roots { // Warshall
		for n := range roots {
			if !s.below[n][middle] {
				continue
			}
			for k, reached := range s.below[middle] {
				s.below[n][k] = s.below[n][k] || reached
			}
		}
	}
	return s
}

// rests reports whether the k-th trouble is of what rests on what the i-th is of. Those that rest on each other rest on none of each other.
func (s *stack) rests(k, i int) bool {
	upper, lower := s.root[k], s.root[i]
	if upper == lower {
		a, b := &s.troubles[i], &s.troubles[k]
		return a.Entity.ID != b.Entity.ID && height(a) < height(b)
	}
	return s.below[upper][lower] && !s.below[lower][upper]
}

// height is how far up a trouble stands in its host or pod: what is higher rests on what is lower. A log of a host is that of some
// program on it, unless it speaks of what the host itself has.
func height(t *Trouble) int {
	if ofProgram(t) {
		return 2
	}
	switch t.Entity.Type {
	case entity.Host, entity.Volume, entity.Certificate:
		return 0
	case entity.Pod, entity.Container:
		return 1
	case entity.Process, entity.Database:
		return 2
	case entity.Pool:
		return 3
	}
	return 4
}

// ofProgram reports whether a trouble of a host or pod is known from the log of a program that runs there, and may be of that alone.
func ofProgram(t *Trouble) bool {
	if t.Entity.ID != t.Entity.Root {
		return false
	}
	switch t.Kind {
	case finding.Silence:
		return t.Severity == finding.Info
	case finding.Log:
		return classOf(t.Resource) != runsOut || t.Resource == finding.Heap
	}
	return false
}
