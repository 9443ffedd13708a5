package topology

import "slices"

// Kinship is how two outermost entities are to each other.
type Kinship int

// The kinships, the farthest first.
const (
	// Apart: they are more than one step from each other.
	Apart Kinship = iota
	// Siblings have a group in common: pods of one deployment, hosts of one application.
	Siblings
	// Carries: the other one rests on it.
	Carries
	// Rests: it rests on the other one.
	Rests
	// Same: they are one.
	Same
)

// Nearness is how two outermost entities are to each other, and through what.
type Nearness struct {
	How Kinship
	// Relation is that of the edge of Rests and Carries. Via is the group of Siblings, or through which the one has what it rests on.
	Relation Relation
	Via      string
}

// Below returns all that an outermost entity rests on, so that Near says Rests of it: its supports, and its parts if it is a whole.
func (g *Graph) Below(root string) []string {
	var out []string
	for _, l := range g.Supports(root) {
		out = append(out, l.Root)
	}
	for _, e := range g.in[root] {
		if e.Relation == PartOf {
			out = append(out, e.From)
		}
	}
	return out
}

// Near tells how a is to b.
func (g *Graph) Near(a, b string) Nearness {
	if a == b {
		return Nearness{How: Same}
	}
	if n, ok := g.rests(a, b); ok {
		n.How = Rests
		return n
	}
	if n, ok := g.rests(b, a); ok {
		n.How = Carries
		return n
	}
	others := g.Groups(b)
	for _, group := range g.Groups(a) {
		if slices.Contains(others, group) {
			return Nearness{How: Siblings, Via: group}
		}
	}
	return Nearness{}
}

// rests reports whether a rests on b. A whole rests on its parts.
func (g *Graph) rests(a, b string) (Nearness, bool) {
	for _, l := range g.Supports(a) {
		if l.Root == b {
			return Nearness{Relation: l.Relation, Via: l.Via}, true
		}
	}
	for _, e := range g.out[b] {
		if e.Relation == PartOf && e.To == a {
			return Nearness{Relation: PartOf}, true
		}
	}
	return Nearness{}, false
}
