package terrain

import (
	"errors"
	"testing"
	"time"

	"go.uber.org/zap"

	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/bustest"
	"github.com/forewarn/forewarn/shared/topology"
)

var start = time.Date(2026, 1, 27, 9, 0, 0, 0, time.UTC)

func page(t *testing.T, source string, number int, at time.Time, edges ...topology.Edge) []byte {
	t.Helper()
	data, err := topology.EncodePage(&topology.Page{ID: source + ":1:0", Source: source, Number: number, Until: at, Edges: edges})
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestTerrain: pages replace those before them, older ones that come again do not, and all of it is there after a restart.
func TestTerrain(t *testing.T) {
	b := bustest.New(t)
	kv, err := b.KeyValue(t.Context(), bus.BucketIncident)
	if err != nil {
		t.Fatal(err)
	}
	written := []topology.Edge{{From: "host:app", Relation: topology.DependsOn, To: "host:db"}}
	open := func() *Terrain {
		t.Helper()
		x, err := Open(t.Context(), b, kv, written, zap.NewNop())
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
	node := func(n string) topology.Edge {
		return topology.Edge{From: "pod:prod/a", Relation: topology.RunsOn, To: "host:" + n}
	}
	x := open()
	take := func(data []byte) {
		t.Helper()
		if err := x.Take(t.Context(), data); err != nil {
			t.Fatal(err)
		}
	}
	check := func(of string, edges int, on, not string) {
		t.Helper()
		for _, x := range []*Terrain{x, open()} {
			g := x.Graph()
			if g.Len() != edges || g.Near("host:app", "host:db").How != topology.Rests {
				t.Errorf("%s: %d edges, want %d", of, g.Len(), edges)
			}
			if on != "" && g.Near("pod:prod/a", "host:"+on).How != topology.Rests || not != "" && g.Near("pod:prod/a", "host:"+not).How != topology.Apart {
				t.Errorf("%s: the pod is not on %s alone", of, on)
			}
		}
	}
	check("at first", 1, "", "")
	first := page(t, "trend:00", 7, start, node("n1"))
	take(first)
	check("a pod", 2, "n1", "n2")
	take(page(t, "trend:00", 7, start.Add(time.Hour), node("n2")))
	check("that has moved", 2, "n2", "n1")
	take(first)
	check("an older page again", 2, "n2", "n1")
	take(page(t, "trend:01", 7, start, node("n3")))
	check("another worker's page of that number", 3, "n2", "")
	take(page(t, "trend:01", 8, start.Add(90*time.Hour), topology.Edge{From: "pod:prod/b", Relation: topology.RunsOn, To: "host:n9"}))
	check("days later", 2, "", "n2")
	if err := x.Take(t.Context(), []byte(`{"schema":1,"type":"relations"}`)); !errors.Is(err, ErrUnusable) {
		t.Errorf("no page: %v", err)
	}
	if _, err := kv.PutString(t.Context(), "relation.damaged", "x"); err != nil {
		t.Fatal(err)
	}
	check("beside what is damaged", 2, "", "n2")
}
