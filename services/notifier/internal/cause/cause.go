// Package cause ranks the troubles of an incident by how likely each is the cause of the others.
//
// What comes out is a likelihood and its reasons, never a finding of fact: that one thing stands below another and went wrong
// first is no proof. The score is a sum that people can follow:
//
//   - what it is: a message that names what has run out, a limit that is reached and a host that is silent explain; that something
//     is slow, or busier than usual, is mostly what others cause;
//   - when it began: the first counts most, 20 minutes later a third of it is left;
//   - where it is: for each other entity in trouble that rests on it, or stands above it in the same host or pod, its share;
//   - how bad it is, and what else is wrong with the same entity;
//   - what is itself explained by something below that began no later, and is as plain, counts three fifths.
//
// The package is pure: equal troubles give equal causes, in whatever order they come.
package cause

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/forewarn/forewarn/shared/entity"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/incident"
	"github.com/forewarn/forewarn/shared/topology"
)

// Trouble is one episode of an incident.
type Trouble struct {
	*incident.Trouble
	Episode  string
	Severity finding.Severity
	// Confirmed says that a message of a log speaks of the same.
	Confirmed bool

	since time.Time // of the first episode of the fault
}

const (
	onsetPoints    = 1.2
	onsetFades     = 20 * time.Minute
	explainsPoints = 2.0
	companyPoints  = 0.15
	// confirmedPoints is what a message that speaks of the same counts.
	confirmedPoints = 0.5
	maxCompany      = 3
	// explained is what is left of the score of what something below explains.
	explained = 0.6
	// slack is how much later than what it explains a cause may be noticed: a baseline takes three quarters of an hour for a
	// moderate shift, and one signal is noticed before another.
	slack = 45 * time.Minute
	// plainer is by how much more the nature of a trouble may count than that of what explains it, and explainable up to what it
	// is explained by anything.
	plainer     = 0.5
	explainable = 1.0
	// unseen is the score of what nobody measures.
	unseen = 1.0
)

// suspect is one entity, with the trouble of it that counts most.
type suspect struct {
	Trouble
	score   float64
	reasons []reason
	others  int // further troubles of the entity
}

// Rank returns the likeliest causes among troubles, the likeliest first, at most [incident.MaxCauses], one for each entity.
func Rank(troubles []Trouble, g *topology.Graph) []incident.Cause {
	r := newRanking(troubles, g)
	suspects := r.suspects()
	total := math.Exp(unseen)
	for i := range suspects {
		total += math.Exp(suspects[i].score)
	}
	var out []incident.Cause
	for i := range suspects[:min(len(suspects), incident.MaxCauses)] {
		s := &suspects[i]
		out = append(out, incident.Cause{
			Entity: s.Entity, Kind: s.Kind, Signal: s.Signal, Series: s.Series, Episode: s.Episode, Severity: s.Severity, Title: s.Title,
			Since: s.since, Weight: math.Round(1000*math.Exp(s.score)/total) / 1000, Reasons: strongest(s.reasons),
		})
	}
	return out
}

// faults leaves one trouble of each fault: the newest, since the first.
func faults(all []Trouble) []Trouble {
	out := slices.Clone(all)
	for i := range out {
		out[i].since = out[i].Since
	}
	slices.SortFunc(out, func(a, b Trouble) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Signal, b.Signal), a.Since.Compare(b.Since), cmp.Compare(a.Episode, b.Episode))
	})
	same := func(a, b *Trouble) bool { return a.Kind == b.Kind && a.Signal == b.Signal }
	n := 0
	for i := range out {
		if n > 0 && same(&out[n-1], &out[i]) {
			first := out[n-1].since
			out[n-1] = out[i]
			out[n-1].since = first
			continue
		}
		out[n] = out[i]
		n++
	}
	return out[:n]
}

// ranking is one look at the troubles of an incident.
type ranking struct {
	troubles []Trouble
	// plain is what the nature of each trouble counts, began when the first one of its entity did, and below what its root rests on.
	plain []float64
	began []time.Time
	below []map[string]bool
	first map[string]time.Time // as began, by entity
}

func newRanking(troubles []Trouble, g *topology.Graph) *ranking {
	r := &ranking{troubles: faults(troubles), first: map[string]time.Time{}}
	roots := map[string]map[string]bool{}
	for i := range r.troubles {
		t := &r.troubles[i]
		plain, _ := nature(t)
		r.plain = append(r.plain, plain)
		if first, known := r.first[t.Entity.ID]; !known || t.since.Before(first) {
			r.first[t.Entity.ID] = t.since
		}
		if _, known := roots[t.Entity.Root]; !known {
			roots[t.Entity.Root] = map[string]bool{}
			for _, id := range g.Below(t.Entity.Root) {
				roots[t.Entity.Root][id] = true
			}
		}
		r.below = append(r.below, roots[t.Entity.Root])
	}
	for i := range r.troubles {
		r.began = append(r.began, r.first[r.troubles[i].Entity.ID])
	}
	return r
}

// suspects returns the entities by their scores.
func (r *ranking) suspects() []suspect {
	best := map[string]*suspect{}
	for i := range r.troubles {
		s := r.judge(i)
		known, ok := best[s.Entity.ID]
		switch {
		case !ok:
			best[s.Entity.ID] = &s
		case s.score > known.score:
			s.others = known.others + 1
			best[s.Entity.ID] = &s
		default:
			known.others++
		}
	}
	out := make([]suspect, 0, len(best))
	for _, s := range best {
		if n := min(s.others, maxCompany); n > 0 {
			s.add(companyPoints*float64(n), sayCompany(s.others))
		}
		if len(best) == 1 {
			s.add(0, i18n.Text{En: "no other trouble is known near it at that time", Zh: "同一时间附近没有发现其他问题"})
		}
		out = append(out, *s)
	}
	slices.SortFunc(out, func(a, b suspect) int {
		return cmp.Or(cmp.Compare(b.score, a.score), a.since.Compare(b.since), cmp.Compare(a.Entity.ID, b.Entity.ID))
	})
	return out
}

// judge scores one trouble.
func (r *ranking) judge(i int) suspect {
	t := &r.troubles[i]
	s := suspect{Trouble: *t}
	s.add(nature(t))
	s.add(severity(t), i18n.Text{})
	if t.Confirmed {
		s.add(confirmedPoints, i18n.Text{En: "a message in the log confirms it", Zh: "日志信息印证了它"})
	}
	s.add(r.onset(t))
	s.add(r.explains(i))
	if below := r.explainer(i); below != nil {
		s.score *= explained
		s.add(0, sayExplained(below))
	}
	return s
}

func (s *suspect) add(points float64, text i18n.Text) {
	s.score += points
	if text.En != "" {
		s.reasons = append(s.reasons, reason{points, text})
	}
}

// onset counts what began first.
func (r *ranking) onset(t *Trouble) (float64, i18n.Text) {
	own := r.first[t.Entity.ID]
	first, next := own, time.Time{}
	for id, at := range r.first {
		if at.Before(first) {
			first = at
		}
		if id != t.Entity.ID && (next.IsZero() || at.Before(next)) {
			next = at
		}
	}
	points := onsetPoints * math.Exp(-float64(own.Sub(first))/float64(onsetFades))
	if ahead := next.Sub(own); !next.IsZero() && ahead >= time.Minute {
		return points, sayFirst(ahead)
	}
	return points, i18n.Text{}
}

// explains counts the other entities in trouble that rest on what t is about.
func (r *ranking) explains(i int) (float64, i18n.Text) {
	resting := map[string]entity.Entity{}
	for k := range r.troubles {
		if r.explainsOne(i, k) {
			o := &r.troubles[k]
			resting[o.Entity.ID] = o.Entity
		}
	}
	if len(resting) == 0 {
		return 0, i18n.Text{}
	}
	others := len(r.first) - 1
	return explainsPoints * float64(len(resting)) / float64(others), sayResting(resting, others)
}

// explainer returns what explains the i-th, nil if nothing does; of several the first by its entity.
func (r *ranking) explainer(i int) (found *Trouble) {
	for k := range r.troubles {
		o := &r.troubles[k]
		if r.explainsOne(k, i) && (found == nil || o.Entity.ID < found.Entity.ID) {
			found = o
		}
	}
	return found
}

// explainsOne reports whether the i-th may be what troubles the k-th: that one rests on it, it did not begin much later, and the k-th
// is not plainer trouble by itself: what has run out is not explained by what is only busier than usual.
func (r *ranking) explainsOne(i, k int) bool {
	if r.plain[k] > explainable && r.plain[i] < r.plain[k]-plainer || r.began[i].Sub(r.began[k]) > slack {
		return false
	}
	t, o := &r.troubles[i].Entity, &r.troubles[k].Entity
	if t.Root == o.Root {
		return t.ID != o.ID && height(t.Type) < height(o.Type)
	}
	return r.below[k][t.Root]
}

// height is how far up an entity stands in its host or pod: what is higher rests on what is lower.
func height(t entity.Type) int {
	switch t {
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
