package digest

import (
	"cmp"
	"slices"
	"time"

	"github.com/forewarn/forewarn/shared/digest"
	"github.com/forewarn/forewarn/shared/entity"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/incident"
)

// target is the availability that operations handbooks promise: 8.76 hours a year may be lost.
const target = 0.999

// findsDown reports whether a rule of the handbook finds something down.
func findsDown(rule string) bool {
	return rule == "rule-HostDown" || rule == "rule-EndpointDown" || rule == "rule-DatabaseDown"
}

// findsUnheard reports whether a trouble is that nothing is heard.
func findsUnheard(t *incident.Trouble) bool {
	return t.Kind == finding.Silence || ruleOf(t.Signal) == "rule-TargetDown"
}

// stretch is a time from one moment to another.
type stretch struct{ from, to time.Time }

// outages of one thing.
type outages struct {
	name          string
	down, unheard []stretch
}

// availability reckons how long things were up, from the troubles of incidents. Something is down from when a rule of the
// handbook began to find it so until that ended; troubles of one thing that overlap count once. It is unknown while nothing was
// heard of it and no rule found it down. What has neither was heard and up the whole time.
func (b *builder) availability() *digest.Availability {
	a := &digest.Availability{Target: target, Seconds: int64(b.at.Sub(b.Edition.From).Seconds()), Things: []digest.Uptime{}}
	if a.Seconds <= 0 {
		return a
	}
	for _, o := range b.outages() {
		down := total(o.down)
		unknown := total(append(o.unheard, o.down...)) - down
		if down == 0 && unknown == 0 {
			continue
		}
		u := digest.Uptime{
			Entity: o.name, DownSeconds: int64(down.Seconds()), UnknownSeconds: int64(unknown.Seconds()),
			Share: 1 - down.Seconds()/float64(a.Seconds), Least: 1 - (down+unknown).Seconds()/float64(a.Seconds),
		}
		if u.Share >= target {
			a.Met++
		}
		a.Things = append(a.Things, u)
	}
	slices.SortStableFunc(a.Things, func(x, y digest.Uptime) int {
		return cmp.Or(cmp.Compare(y.DownSeconds, x.DownSeconds), cmp.Compare(y.UnknownSeconds, x.UnknownSeconds), cmp.Compare(x.Entity, y.Entity))
	})
	return a
}

// outages collects when things were down or unheard, by entity, in the order in which they are found.
func (b *builder) outages() []*outages {
	byEntity := map[string]*outages{}
	var out []*outages
	for _, in := range b.mine {
		for k := range in.Marks {
			m := &in.Marks[k]
			t := m.Trouble
			if t == nil {
				continue
			}
			down := findsDown(ruleOf(t.Signal))
			if !down && !findsUnheard(t) {
				continue
			}
			o := byEntity[t.Entity.ID]
			if o == nil {
				o = &outages{name: nameOf(&t.Entity)}
				byEntity[t.Entity.ID], out = o, append(out, o)
			}
			if s, ok := b.clip(in, m); ok && down {
				o.down = append(o.down, s)
			} else if ok {
				o.unheard = append(o.unheard, s)
			}
		}
	}
	return out
}

func nameOf(e *entity.Entity) string { return cmp.Or(e.Name, e.ID) }

// clip returns the part of a trouble's time that lies in the edition.
func (b *builder) clip(in *incident.Incident, m *incident.Mark) (stretch, bool) {
	s := stretch{m.Trouble.Since, b.at}
	switch {
	case m.Ended:
		s.to = m.Time
	case in.ResolvedAt != nil:
		s.to = *in.ResolvedAt
	}
	if s.from.Before(b.Edition.From) {
		s.from = b.Edition.From
	}
	if s.to.After(b.at) {
		s.to = b.at
	}
	return s, s.from.Before(s.to)
}

// total is how long stretches last together; where they overlap counts once.
func total(list []stretch) time.Duration {
	list = slices.SortedFunc(slices.Values(list), func(a, b stretch) int { return a.from.Compare(b.from) })
	var sum time.Duration
	var end time.Time
	for _, s := range list {
		if s.from.Before(end) {
			s.from = end
		}
		if s.to.After(s.from) {
			sum += s.to.Sub(s.from)
			end = s.to
		}
	}
	return sum
}
