// Package topology tells what rests on what: an application on its hosts and its database, a pod on its node and its volumes.
//
// Edges come from people (the section "topology" of a catalogue) and from what exporters say of relations (its rules
// "relations"). They lead from outermost entity to outermost entity: what is inside of one, a volume of a host, is in its
// place. Circles are allowed, as two services may well call each other: everything asked here is one step away.
//
//	g := topology.New(edges)
//	for _, l := range g.Supports("host:app-01") { … } // what host:app-01 rests on
//	g.Near("host:app-01", "host:db-01").How == topology.Rests
package topology

import (
	"cmp"
	"slices"

	"github.com/forewarn/forewarn/shared/entity"
)

// Relation says how one entity rests on another.
type Relation string

// The relations.
const (
	// RunsOn: an application on a host, a pod on its node. What troubles the latter troubles the former.
	RunsOn Relation = "runs_on"
	// DependsOn: an application on its database, a pod on its volume.
	DependsOn Relation = "depends_on"
	// PartOf: a pod of its deployment, a host of its cluster. The parts have in common what the whole depends on.
	PartOf Relation = "part_of"
)

// Relations lists the relations.
func Relations() []Relation { return []Relation{RunsOn, DependsOn, PartOf} }

// Edge says that an entity rests on another one. Both are IDs as [entity.Entity] has them.
type Edge struct {
	From     string   `json:"from"`
	Relation Relation `json:"relation"`
	To       string   `json:"to"`
}

// Compare orders edges by their ends, then by relation.
func (e Edge) Compare(o Edge) int {
	return cmp.Or(cmp.Compare(e.From, o.From), cmp.Compare(e.To, o.To), cmp.Compare(e.Relation, o.Relation))
}

// Bounds of what is one step away from an entity; beyond them the first by their names count.
const (
	maxSupports = 32
	maxGroups   = 16
	// maxDepth is how far owners are followed: a pod, its replica set, its deployment, and what that is part of.
	maxDepth = 3
)

// Graph is what rests on what. It is immutable and safe for concurrent use; the zero value knows of nothing.
type Graph struct {
	out, in map[string][]Edge // by outermost entity, in order
}

// New returns the graph of edges, in whatever order they come and however often.
func New(edges []Edge) *Graph {
	g := &Graph{out: map[string][]Edge{}, in: map[string][]Edge{}}
	rooted := make([]Edge, 0, len(edges))
	for _, e := range edges {
		e.From, e.To = entity.RootOf(e.From), entity.RootOf(e.To)
		if e.From != e.To {
			rooted = append(rooted, e)
		}
	}
	slices.SortFunc(rooted, Edge.Compare)
	for _, e := range slices.Compact(rooted) {
		g.out[e.From] = append(g.out[e.From], e)
		g.in[e.To] = append(g.in[e.To], e)
	}
	return g
}

// Len returns the number of edges.
func (g *Graph) Len() (n int) {
	for _, edges := range g.out {
		n += len(edges)
	}
	return n
}

// Link leads from an outermost entity to one that it rests on.
type Link struct {
	Root     string
	Relation Relation
	// Via is what has the relation, and has the entity as a part or runs on it; "" if it is the entity's own.
	Via string
}

// Supports returns what an outermost entity rests on: what it runs and depends on itself, then what its groups depend on; at
// most 32, each once.
func (g *Graph) Supports(root string) []Link {
	var out []Link
	add := func(e Edge, via string) {
		known := e.To == root || slices.ContainsFunc(out, func(l Link) bool { return l.Root == e.To })
		if !known && len(out) < maxSupports {
			out = append(out, Link{e.To, e.Relation, via})
		}
	}
	for _, e := range g.out[root] {
		if e.Relation != PartOf {
			add(e, "")
		}
	}
	for _, group := range g.Groups(root) {
		for _, e := range g.out[group] {
			if e.Relation == DependsOn {
				add(e, group)
			}
		}
	}
	return out
}

// Groups returns what an outermost entity is part of, owners of owners included, and the applications that run on it; at most 16.
func (g *Graph) Groups(root string) []string {
	var out []string
	add := func(id string) bool {
		if id == root || len(out) >= maxGroups || slices.Contains(out, id) {
			return false
		}
		out = append(out, id)
		return true
	}
	level := []string{root}
	for range maxDepth {
		var next []string
		for _, id := range level {
			for _, e := range g.out[id] {
				if e.Relation == PartOf && add(e.To) {
					next = append(next, e.To)
				}
			}
		}
		level = next
	}
	for _, e := range g.in[root] {
		if e.Relation == RunsOn && spans(e.From) {
			add(e.From)
		}
	}
	return out
}

// spans reports whether an entity is something that runs in several places, and no place itself: all pods of a node have nothing
// in common but the node.
func spans(id string) bool {
	switch entity.TypeOf(id) {
	case entity.Host, entity.Pod, entity.Volume, entity.Certificate:
		return false
	}
	return true
}
