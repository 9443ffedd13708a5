package trend

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/cespare/xxhash/v2"

	"github.com/forewarn/forewarn/shared/telemetry"
	"github.com/forewarn/forewarn/shared/topology"
)

// relations are what series say of what rests on what. Times are Unix milliseconds, by the clock of the bus.
type relations struct {
	heard map[topology.Edge]int64
	// told is what was last told of each page.
	told map[int]toldPage
}

// toldPage is what was last told of a page: a hash of it, and when.
type toldPage struct {
	Hash uint64 `json:"hash"`
	At   int64  `json:"at"`
}

// relationsKept is how a snapshot holds relations: in order, so that equal states have equal bytes.
type relationsKept struct {
	Heard []edgeKept       `json:"heard"`
	Told  map[int]toldPage `json:"told"`
}

type edgeKept struct {
	topology.Edge
	At int64 `json:"at"`
}

const (
	// maxRelations bounds the edges of a partition, and maxEnd the bytes of an ID in one: some 300 bytes each.
	maxRelations = 20_000
	maxEnd       = 600
	// forgetRelation is how long an edge is kept after its series was heard last: longer than an exporter is away for a restart.
	forgetRelation = 6 * time.Hour
	// tellRelations is how often a page that changes is told at most, and repeatRelations how often one that does not.
	tellRelations   = time.Minute
	repeatRelations = 24 * time.Hour
)

func newRelations() relations {
	return relations{heard: map[topology.Edge]int64{}, told: map[int]toldPage{}}
}

// hear takes a sample of a series that tells an edge: 0 takes it back.
func (r *relations) hear(e topology.Edge, s telemetry.Sample, now time.Time) {
	_, known := r.heard[e]
	switch {
	case s.Value == 0:
		delete(r.heard, e)
	case known || len(r.heard) < maxRelations && len(e.From) <= maxEnd && len(e.To) <= maxEnd:
		r.heard[e] = now.UnixMilli()
	}
}

// forget drops what was not heard for long, as far as anybody listened: awake is since when.
func (r *relations) forget(now, awake time.Time) {
	maps.DeleteFunc(r.heard, func(_ topology.Edge, heard int64) bool {
		return now.UnixMilli()-max(heard, awake.UnixMilli()) > forgetRelation.Milliseconds()
	})
}

// due returns the pages that are to be told now, without ID and source: those that have changed, and once a day all others.
func (r *relations) due(now time.Time) (out []topology.Page) {
	if len(r.heard)+len(r.told) == 0 {
		return nil
	}
	pages := map[int][]topology.Edge{}
	for e := range r.heard {
		n := int(xxhash.Sum64String(e.From) % topology.Pages)
		pages[n] = append(pages[n], e)
	}
	for n := range topology.Pages {
		edges := pages[n]
		slices.SortFunc(edges, topology.Edge.Compare)
		edges = edges[:min(len(edges), topology.MaxPageEdges)]
		hash, before := hashOf(edges), r.told[n]
		waited := time.Duration(now.UnixMilli()-before.At) * time.Millisecond
		if len(edges) == 0 && before.At == 0 || waited < tellRelations || hash == before.Hash && waited < repeatRelations {
			continue
		}
		r.told[n] = toldPage{hash, now.UnixMilli()}
		if len(edges) == 0 {
			delete(r.told, n) // it is empty until it is not
		}
		out = append(out, topology.Page{Number: n, Until: now.UTC(), Edges: edges})
	}
	return out
}

func hashOf(edges []topology.Edge) uint64 {
	var d xxhash.Digest
	d.Reset()
	for _, e := range edges {
		_, _ = d.WriteString(e.From + "\xff" + string(e.Relation) + "\xff" + e.To + "\xff")
	}
	return d.Sum64()
}

func (r *relations) kept() *relationsKept {
	if len(r.heard)+len(r.told) == 0 {
		return nil
	}
	k := &relationsKept{Told: r.told}
	for e, at := range r.heard {
		k.Heard = append(k.Heard, edgeKept{e, at})
	}
	slices.SortFunc(k.Heard, func(a, b edgeKept) int { return cmp.Or(a.Edge.Compare(b.Edge), cmp.Compare(a.At, b.At)) })
	return k
}

func (k *relationsKept) restore() relations {
	r := newRelations()
	if k == nil {
		return r
	}
	for _, e := range k.Heard {
		r.heard[e.Edge] = e.At
	}
	maps.Copy(r.told, k.Told)
	return r
}

// Relations returns the pages of what rests on what that are to be told at the newest tick, without ID and source.
func (w *Worker) Relations() []topology.Page {
	w.relations.forget(w.now, w.awake)
	return w.relations.due(w.now)
}
