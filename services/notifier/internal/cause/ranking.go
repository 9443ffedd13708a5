package cause

import (
	"time"

	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/topology"
)

// ranking is one look at the troubles of an incident.
type ranking struct {
	troubles []Trouble
	// plain is what the nature of each trouble counts, began when the first one of its entity did. By are those that explain it, and of
	// those that it explains.
	plain  []float64
	began  []time.Time
	by, of [][]int
	first  map[string]time.Time // when the first trouble of an entity began that is not ordinary
	leader string               // the entity whose trouble began first
	begin  time.Time            // when that did, and after when the first of the others did; zero if there is none
	after  time.Time
	count  map[string]int // troubles of an entity that are not ordinary
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
	}
	r.lead()
	for i := range r.troubles {
		r.began = append(r.began, r.first[r.troubles[i].Entity.ID])
	}
	r.explain(newStack(r.troubles, g))
	return r
}

// explain finds what explains what.
func (r *ranking) explain(s *stack) {
	r.by, r.of = make([][]int, len(r.troubles)), make([][]int, len(r.troubles))
	for k := range r.troubles {
		for i := range r.troubles {
			if s.rests(k, i) && r.mayExplain(i, k) {
				r.by[k], r.of[i] = append(r.by[k], i), append(r.of[i], k)
			}
		}
	}
}

// lead finds which entity was in trouble first, and when the next one was.
func (r *ranking) lead() {
	for id, at := range r.first {
		if r.begin.IsZero() || at.Before(r.begin) || at.Equal(r.begin) && id < r.leader {
			r.leader, r.begin = id, at
		}
	}
	for id, at := range r.first {
		if id != r.leader && (r.after.IsZero() || at.Before(r.after)) {
			r.after = at
		}
	}
}

// mayExplain reports whether the i-th may be what troubles the k-th if that one rests on it: it did not begin much later, and the k-th is
// not plainer trouble by itself: what has run out is not explained by what is only busier than usual. A message that names what fails is
// explained by any trouble of that.
func (r *ranking) mayExplain(i, k int) bool {
	a, b := &r.troubles[i], &r.troubles[k]
	late := slack
	if a.Kind == finding.Silence {
		late = quiet
	}
	if a.common() || b.common() || r.began[i].Sub(r.began[k]) > late {
		return false
	}
	return r.plain[k] <= explainable || r.plain[i] >= r.plain[k]-plainer || pointing(b)
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
