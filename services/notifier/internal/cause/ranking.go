package cause

import (
	"time"

	"github.com/forewarn/forewarn/shared/entity"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/topology"
)

// ranking is one look at the troubles of an incident.
type ranking struct {
	troubles []Trouble
	// plain is what the nature of each trouble counts, began when the first one of its entity did.
	plain []float64
	began []time.Time
	first map[string]time.Time       // when the first trouble of an entity began that is not ordinary
	begin time.Time                  // when the first of all did
	count map[string]int             // troubles of an entity
	rests map[string]map[string]bool // outermost entities that an outermost one rests on, and that do not rest on it
}

func newRanking(troubles []Trouble, g *topology.Graph) *ranking {
	r := &ranking{troubles: faults(troubles), first: map[string]time.Time{}, count: map[string]int{}}
	for i := range r.troubles {
		t := &r.troubles[i]
		plain, _ := nature(t)
		r.plain = append(r.plain, plain)
		if t.common() {
			continue
		}
		r.count[t.Entity.ID]++
		if first, known := r.first[t.Entity.ID]; !known || t.since.Before(first) {
			r.first[t.Entity.ID] = t.since
		}
		if r.begin.IsZero() || t.since.Before(r.begin) {
			r.begin = t.since
		}
	}
	for i := range r.troubles {
		r.began = append(r.began, r.first[r.troubles[i].Entity.ID])
	}
	r.rests = reach(r.troubles, g)
	return r
}

// reach tells which of the outermost entities in trouble rest on which, in however many steps over others in trouble. Those that
// rest on each other rest on none of each other.
func reach(troubles []Trouble, g *topology.Graph) map[string]map[string]bool {
	rests := map[string]map[string]bool{}
	for i := range troubles {
		if root := troubles[i].Entity.Root; rests[root] == nil {
			rests[root] = map[string]bool{}
		}
	}
	for root, below := range rests {
		for _, id := range g.Below(root) {
			if rests[id] != nil && id != root {
				below[id] = true
			}
		}
	}
	for middle, below := range rests { // Warshall: the order of the middles is no matter
		for _, reached := range rests {
			for id := range below {
				if reached[middle] {
					reached[id] = true
				}
			}
		}
	}
	return untangle(rests)
}

// untangle leaves out what rests on each other.
func untangle(rests map[string]map[string]bool) map[string]map[string]bool {
	out := make(map[string]map[string]bool, len(rests))
	for root, below := range rests {
		out[root] = map[string]bool{}
		for id := range below {
			if !rests[id][root] {
				out[root][id] = true
			}
		}
	}
	return out
}

// explainsOne reports whether the i-th may be what troubles the k-th: that one rests on it, it did not begin much later, and the k-th
// is not plainer trouble by itself: what has run out is not explained by what is only busier than usual. A message that names what
// fails is explained by any trouble of that.
func (r *ranking) explainsOne(i, k int) bool {
	a, b := &r.troubles[i], &r.troubles[k]
	late := slack
	if a.Kind == finding.Silence {
		late = quiet
	}
	if a.common() || b.common() || r.began[i].Sub(r.began[k]) > late {
		return false
	}
	if r.plain[k] > explainable && r.plain[i] < r.plain[k]-plainer && !pointing(b) {
		return false
	}
	if a.Entity.Root == b.Entity.Root {
		return a.Entity.ID != b.Entity.ID && height(a) < height(b)
	}
	return r.rests[b.Entity.Root][a.Entity.Root]
}

// anyway is how likely it would be there without this incident, as far as is known of notes.
func (t *Trouble) anyway() float64 {
	if !t.Note {
		return 0
	}
	return min(t.Ordinary, 1)
}

// common reports whether it comes on most days.
func (t *Trouble) common() bool { return t.anyway() >= daily }

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
