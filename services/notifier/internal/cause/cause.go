// Package cause ranks the troubles of an incident by how likely each is the cause of the others.
//
// What comes out is a likelihood and its reasons, never a finding of fact: that one thing stands below another and went wrong
// first is no proof. The score is a sum that people can follow:
//
//   - what it is: a message that names what has run out or is broken, a limit that is reached and a host that is silent explain; a message
//     that names what fails points at it; that something waits, is slow, or busier than usual, is mostly what others cause;
//   - when it began: the first counts most, 20 minutes later a third of it is left;
//   - where it is: for each other entity in trouble that rests on it, in however many steps, its share;
//   - how bad it is, and what else is wrong with the same entity;
//   - how ordinary it is: what comes on most days anyway says nothing of this one;
//   - what is itself explained by something below that began no later, and is as plain, counts three fifths, and never more than that.
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
	// Note says that it is too slight for an incident: such may be ordinary.
	Note bool

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
	// daily is from which share of days on a note neither explains nor is explained, and is no cause beside others.
	daily = 0.5
	// slack is how much later than what it explains a cause may be noticed: a baseline takes three quarters of an hour for a
	// moderate shift, and one signal is noticed before another.
	slack = 45 * time.Minute
	// quiet is the same of a silence, which is known when it has lasted longer than all pauses before.
	quiet = 2 * time.Hour
	// plainer is by how much more the nature of a trouble may count than that of what explains it, and explainable up to what it
	// is explained by anything.
	plainer     = 0.5
	explainable = 1.0
	// unseen is the score of what nobody measures.
	unseen = 1.0
)

// suspect is one entity, with the trouble of it that speaks for it: the plainest of those that began early.
type suspect struct {
	Trouble
	score   float64
	voice   float64 // the score of the trouble with its own onset, by which it is chosen to speak
	reasons []reason
	below   []string // the entities that explain all that is wrong with it, none if something is not explained
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

// suspects returns the entities by their scores.
func (r *ranking) suspects() []suspect {
	all, bound := r.entities(), map[string]float64{}
	out := make([]suspect, 0, len(all))
	for _, s := range all {
		if len(all) == 1 {
			s.add(0, i18n.Text{En: "no other trouble is known near it at that time", Zh: "同一时间附近没有发现其他问题"})
		}
		x := *s
		x.score = bounded(s, all, bound)
		out = append(out, x)
	}
	slices.SortFunc(out, func(a, b suspect) int {
		return cmp.Or(cmp.Compare(b.score, a.score), a.since.Compare(b.since), cmp.Compare(a.Entity.ID, b.Entity.ID))
	})
	return out
}

// entities returns the entities as each is by itself, not bounded yet by what explains it.
func (r *ranking) entities() map[string]*suspect {
	all := map[string]*suspect{}
	for i := range r.troubles {
		s := r.judge(i)
		if r.count[s.Entity.ID] == 0 && len(r.count) > 0 {
			continue // all that is wrong with it is ordinary
		}
		known, ok := all[s.Entity.ID]
		if !ok {
			all[s.Entity.ID] = &s
			continue
		}
		if s.voice > known.voice {
			s, *known = *known, s
		}
		known.score, known.below = max(s.score, known.score), both(s.below, known.below)
	}
	return all
}

// both are the entities that explain two troubles of one: none if one of them stands by itself.
func both(a, b []string) []string {
	if len(a) == 0 || len(b) == 0 {
		return nil
	}
	return append(slices.Clip(a), b...)
}

// bounded is the score of an entity, no more than that of the likeliest one that explains all of it: that something suffers is no
// likelier a cause than what it suffers from. What has been found is kept in done.
func bounded(s *suspect, all map[string]*suspect, done map[string]float64) float64 {
	if known, ok := done[s.Entity.ID]; ok {
		return known
	}
	score := s.score
	if len(s.below) > 0 {
		most := math.Inf(-1)
		for _, id := range s.below {
			most = max(most, bounded(all[id], all, done))
		}
		score = min(score, most)
	}
	done[s.Entity.ID] = score
	return score
}

// judge scores one trouble.
func (r *ranking) judge(i int) suspect {
	t := &r.troubles[i]
	s := suspect{Trouble: *t}
	s.add(nature(t))
	s.add(severity(t), i18n.Text{})
	s.add(ordinary(t))
	if t.Confirmed {
		s.add(confirmedPoints, i18n.Text{En: "a message in the log confirms it", Zh: "日志信息印证了它"})
	}
	onset, text := r.onset(t)
	s.add(onset, text)
	s.add(r.explains(i))
	if n := r.count[t.Entity.ID] - 1; n > 0 {
		s.add(companyPoints*float64(min(n, maxCompany)), sayCompany(n))
	}
	s.voice = s.score - onset + r.early(t.since)
	if below := r.explainers(i); len(below) > 0 {
		s.score = min(s.score, explained*s.score)
		s.add(0, sayExplained(below[0]))
		for _, o := range below {
			s.below = append(s.below, o.Entity.ID)
		}
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
	own, known := r.first[t.Entity.ID]
	if !known { // it is ordinary, as all others are
		return 0, i18n.Text{}
	}
	if ahead := r.after.Sub(own); t.Entity.ID == r.leader && !r.after.IsZero() && ahead >= time.Minute {
		return r.early(own), sayFirst(ahead)
	}
	return r.early(own), i18n.Text{}
}

// early is what it counts to begin at a time.
func (r *ranking) early(at time.Time) float64 {
	return onsetPoints * math.Exp(-float64(max(at.Sub(r.begin), 0))/float64(onsetFades))
}

// explains counts the other entities in trouble that rest on what t is about, as far as it would not be there anyway.
func (r *ranking) explains(i int) (float64, i18n.Text) {
	resting := map[string]entity.Entity{}
	for _, k := range r.of[i] {
		resting[r.troubles[k].Entity.ID] = r.troubles[k].Entity
	}
	if len(resting) == 0 {
		return 0, i18n.Text{}
	}
	others := max(len(r.first)-1, len(resting))
	return explainsPoints * (1 - r.troubles[i].anyway()) * float64(len(resting)) / float64(others), sayResting(resting, others)
}

// explainers returns what explains the i-th, the plainest first.
func (r *ranking) explainers(i int) []*Trouble {
	by := slices.Clone(r.by[i])
	slices.SortStableFunc(by, func(a, b int) int {
		return cmp.Or(cmp.Compare(r.plain[b], r.plain[a]), cmp.Compare(r.troubles[a].Entity.ID, r.troubles[b].Entity.ID))
	})
	out := make([]*Trouble, 0, len(by))
	for _, k := range by {
		out = append(out, &r.troubles[k])
	}
	return out
}
