package exam

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/forewarn/forewarn/services/examiner/internal/evidence"
	"github.com/forewarn/forewarn/shared/checks"
	"github.com/forewarn/forewarn/shared/i18n"
)

// state is what there is of a need of an entity.
type state int

// The states, the worse first. silent: there was something, and is no more; brief: too little to say what is usual.
const (
	absent state = iota
	silent
	brief
	known
)

// holding is what data there are: by need and entity; failed are needs of which history could not be read. Last is when there was something last
// of what is silent.
type holding struct {
	states map[string]map[string]state
	failed map[string]bool
	last   map[string]time.Time
}

// note notes the best that there is of a need of an entity.
func (h holding) note(need, id string, s state, last time.Time) {
	h.states[need][id] = max(h.states[need][id], s)
	if key := need + "\x00" + id; last.After(h.last[key]) {
		h.last[key] = last
	}
}

// metrics looks at all metrics and returns what data there were.
func (x *examination) metrics(ctx context.Context) holding {
	h := holding{states: map[string]map[string]state{}, failed: map[string]bool{}, last: map[string]time.Time{}}
	for i := range x.Evidence.Metrics {
		m := &x.Evidence.Metrics[i]
		if h.states[m.Need] == nil {
			h.states[m.Need] = map[string]state{}
		}
		x.metric(ctx, m, h)
	}
	return h
}

// metric looks at one metric of all entities that it is of.
func (x *examination) metric(ctx context.Context, m *evidence.Metric, h holding) {
	need := x.Evidence.Need(m.Need)
	if x.History == nil {
		h.failed[m.Need] = true
		return
	}
	courses, err := x.History.Read(ctx, m, x.at, x.scope.of(need.Of))
	if err != nil {
		h.failed[m.Need] = true
		return
	}
	r := x.results[need.Check]
	for _, id := range slices.Sorted(maps.Keys(courses)) {
		j := courses[id].Judge(m)
		switch {
		case !j.Data && j.Last.Before(x.from):
			h.note(m.Need, id, silent, j.Last)
			continue
		case j.Verdict == checks.Unknown:
			h.note(m.Need, id, brief, j.Last)
			continue
		}
		h.note(m.Need, id, known, j.Last)
		look := checks.Look{
			Name: m.ID, Verdict: j.Verdict, Entity: id, Now: j.Now, Usual: j.Usual, Most: j.Most, Unit: m.Unit, Text: x.sayMetric(m, id, &j),
		}
		if !j.Since.IsZero() {
			since := j.Since.UTC()
			look.Since = &since
		}
		r.look(look, x.shortMetric(m, id, &j))
	}
}

// needs names what was missing.
func (x *examination) needs(ctx context.Context, h holding) {
	for i := range x.Evidence.Needs {
		n := &x.Evidence.Needs[i]
		r := x.results[n.Check]
		if h.failed[n.ID] {
			r.lack(n.Required, sayFailed(n.Title, x.History == nil))
			continue
		}
		ids := x.scope.any(n.Of)
		if len(ids) == 0 {
			x.nobody(r, n.Required, n.Of)
		}
		for _, id := range ids {
			switch h.states[n.ID][id] {
			case absent:
				offers, others := x.senders(ctx, n, id)
				if n.Required || !others {
					r.lack(n.Required, sayAbsent(n, id, offers))
				}
			case silent:
				r.lack(n.Required, saySilentMetric(n, id, x.at.Sub(h.last[n.ID+"\x00"+id])))
			case brief:
				r.lack(n.Required, sayBrief(n, id))
			}
		}
	}
}

// nobody says that there is nothing in these roles to look at: none was named, or nothing is seen of those that were.
func (x *examination) nobody(r *result, required bool, roles []evidence.Role) {
	var names []string
	for _, role := range roles {
		names = append(names, x.scope.written(role)...)
	}
	r.lack(required, sayNobody(roles, names))
}

// offer is what a sender would give.
type offer struct {
	sender  *evidence.Sender
	metrics []*evidence.Metric
	// running says that it sends other things of the entity.
	running bool
}

// senders returns who could give a need of an entity: those that run, if any do, else all. Others says that none of them runs, but a sender of
// another product in that place does, which has nothing of the kind.
func (x *examination) senders(ctx context.Context, n *evidence.Need, id string) (out []offer, others bool) {
	some := false
	for i := range x.Evidence.Senders {
		o := offer{sender: &x.Evidence.Senders[i]}
		for k := range x.Evidence.Metrics {
			if m := &x.Evidence.Metrics[k]; m.Need == n.ID && m.Sender == o.sender.ID {
				o.metrics = append(o.metrics, m)
			}
		}
		o.running = x.sends(ctx, o.sender, n.Of)[id]
		if len(o.metrics) > 0 {
			some = some || o.running
			out = append(out, o)
		} else if o.running && slices.Equal(o.sender.On, n.Of) {
			others = true
		}
	}
	return slices.DeleteFunc(out, func(o offer) bool { return some && !o.running }), others && !some
}

// sends returns the entities of roles of which a sender sent something; none if that cannot be read.
func (x *examination) sends(ctx context.Context, s *evidence.Sender, of []evidence.Role) map[string]bool {
	key := fmt.Sprint(s.ID, of)
	if _, known := x.running[key]; !known {
		up, err := x.History.Any(ctx, s.Up, x.at, x.scope.of(of))
		if err != nil {
			up = nil // what runs is only a hint
		}
		x.running[key] = up
	}
	return x.running[key]
}

// short keeps the first half of what is missing, without what would give it.
func short(t i18n.Text) i18n.Text {
	return i18n.Text{En: before(t.En, ": "), Zh: before(t.Zh, "：")}
}
