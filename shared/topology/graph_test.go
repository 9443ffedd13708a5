package topology

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// ledger is an application on two hosts with a database, and a pod of a deployment that has a database, too.
func ledger() []Edge {
	return []Edge{
		{"application:nc", RunsOn, "host:app-01"},
		{"application:nc", RunsOn, "host:app-02"},
		{"application:nc", DependsOn, "database:db-01:9104"},
		{"pod:prod/erp-1", PartOf, "replicaset:prod/erp-a"},
		{"pod:prod/erp-2", PartOf, "replicaset:prod/erp-a"},
		{"replicaset:prod/erp-a", PartOf, "deployment:prod/erp"},
		{"pod:prod/erp-1", RunsOn, "host:node-1"},
		{"pod:prod/other", RunsOn, "host:node-1"},
		{"pod:prod/erp-1", DependsOn, "volume:prod/data"},
		{"deployment:prod/erp", DependsOn, "host:db-02"},
	}
}

func TestNear(t *testing.T) {
	g := New(ledger())
	f := func(a, b string, how Kinship, via string) {
		t.Helper()
		if n := g.Near(a, b); n.How != how || n.Via != via {
			t.Errorf("%s to %s: %+v, want %v by %q", a, b, n, how, via)
		}
	}
	f("host:app-01", "host:app-01", Same, "")
	f("host:app-01", "host:db-01", Rests, "application:nc")
	f("host:db-01", "host:app-02", Carries, "application:nc")
	f("application:nc", "host:app-02", Rests, "")
	f("application:nc", "host:db-01", Rests, "")
	f("host:app-01", "host:app-02", Siblings, "application:nc")
	f("pod:prod/erp-1", "pod:prod/erp-2", Siblings, "replicaset:prod/erp-a")
	f("pod:prod/erp-1", "host:node-1", Rests, "")
	f("pod:prod/erp-1", "volume:prod/data", Rests, "")
	f("pod:prod/erp-2", "host:db-02", Rests, "deployment:prod/erp")
	f("replicaset:prod/erp-a", "pod:prod/erp-2", Rests, "")
	f("pod:prod/erp-1", "pod:prod/other", Apart, "") // two pods of a node have nothing in common
	f("host:db-01", "host:db-02", Apart, "")
	f("host:node-1", "host:db-02", Apart, "") // what runs in a pod of it is not the node's
	if n := new(Graph).Near("host:a", "host:b"); n.How != Apart {
		t.Errorf("of an empty graph: %+v", n)
	}
}

func TestPlaces(t *testing.T) {
	got := New(ledger()).Listed("pod:prod/erp-1")
	want := []string{
		"at pod:prod/erp-1", "of replicaset:prod/erp-a", "of deployment:prod/erp", "on host:node-1", "on volume:prod/data", "on host:db-02",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for _, places := range [][]string{New(nil).Listed("host:unknown"), New(nil).Sought("host:unknown")} {
		if diff := cmp.Diff([]string{"at host:unknown"}, places); diff != "" {
			t.Error(diff)
		}
	}
}

// TestCirclesAndSelves: a circle ends nothing, and nothing rests on itself.
func TestCirclesAndSelves(t *testing.T) {
	g := New([]Edge{
		{"a:1", DependsOn, "b:1"},
		{"b:1", DependsOn, "a:1"},
		{"a:1", PartOf, "c:1"},
		{"c:1", PartOf, "a:1"},
		{"host:h", DependsOn, "volume:h:/u01"},
		{"a:1", DependsOn, "a:1"},
	})
	if g.Near("a:1", "b:1").How != Rests || g.Near("b:1", "a:1").How != Rests {
		t.Error("a circle is not seen from both sides")
	}
	if len(g.Supports("host:h")) != 0 || g.Len() != 4 {
		t.Errorf("something rests on itself: %v of %d", g.Supports("host:h"), g.Len())
	}
}

// random is any graph of a few entities of each type.
func random(r *rand.Rand) []Edge {
	types := []string{"host", "pod", "application", "deployment", "volume", "database"}
	name := func() string { return fmt.Sprintf("%s:%d", types[r.IntN(len(types))], r.IntN(6)) }
	var out []Edge
	for range r.IntN(80) {
		out = append(out, Edge{name(), Relations()[r.IntN(3)], name()})
	}
	return out
}

// TestProperties: the order of edges is no matter; who is near sees that from both sides; who is near is found.
func TestProperties(t *testing.T) {
	for seed := range uint64(40) {
		r := rand.New(rand.NewPCG(seed, 0))
		edges := random(r)
		g := New(edges)
		r.Shuffle(len(edges), func(i, j int) { edges[i], edges[j] = edges[j], edges[i] })
		other := New(append(edges, edges...))
		for _, e := range edges {
			for _, o := range edges {
				a, b := e.From, o.To
				n, back := g.Near(a, b), g.Near(b, a)
				if n != other.Near(a, b) {
					t.Fatalf("seed %d: %s to %s depends on the order", seed, a, b)
				}
				if a != b && (n.How == Rests) != slices.Contains(g.Below(a), b) {
					t.Fatalf("seed %d: %s to %s is %v, and below it is %v", seed, a, b, n, g.Below(a))
				}
				if (n.How == Apart) != (back.How == Apart) {
					t.Fatalf("seed %d: %s to %s is %v, and %v from there", seed, a, b, n, back)
				}
				found := slices.ContainsFunc(g.Sought(a), func(p string) bool { return slices.Contains(g.Listed(b), p) })
				if n.How != Apart && !found {
					t.Fatalf("seed %d: %s and %s are near, and %v is not listed: %v", seed, a, b, g.Sought(a), g.Listed(b))
				}
			}
		}
	}
}

// TestBounded: a hub has no more neighbours than are looked at, the same ones always.
func TestBounded(t *testing.T) {
	var edges []Edge
	for n := range 1000 {
		edges = append(edges, Edge{"host:hub", DependsOn, fmt.Sprintf("host:%03d", n)}, Edge{"host:hub", PartOf, fmt.Sprintf("group:%03d", n)})
	}
	g := New(edges)
	if s, p := g.Supports("host:hub"), g.Groups("host:hub"); len(s) != maxSupports || len(p) != maxGroups || s[0].Root != "host:000" || p[0] != "group:000" {
		t.Errorf("%d supports, %d groups", len(s), len(p))
	}
}
