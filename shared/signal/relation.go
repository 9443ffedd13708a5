package signal

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/forewarn/forewarn/shared/entity"
	"github.com/forewarn/forewarn/shared/telemetry"
	"github.com/forewarn/forewarn/shared/topology"
)

// relationRule tells which series say what rests on what, and in which of their labels.
type relationRule struct {
	id       string
	metrics  []string
	match    matchers
	relation topology.Relation
	from, to belonging
}

// draftRelation is a [relationRule] as it is written.
type draftRelation struct {
	ID       string            `yaml:"id"`
	Disabled bool              `yaml:"disabled"`
	Metric   oneOrAll          `yaml:"metric"`
	Match    []string          `yaml:"match"`
	From     draftEnd          `yaml:"from"`
	Relation topology.Relation `yaml:"relation"`
	To       draftEnd          `yaml:"to"`
}

// draftEnd is an outermost entity, and the labels that make its name.
type draftEnd struct {
	Type   entity.Type `yaml:"type"`
	Labels []string    `yaml:"labels"`
}

// relationEntry is a rule for relations so far, and where it is written, the newest place first.
type relationEntry struct {
	draft  draftRelation
	places []place
}

// Relations returns what a series says of what rests on what, nil for series of all other kinds. Callers keep the result per
// series; a value of 0 takes it back.
func (c *Catalogue) Relations(ls telemetry.Labels) (out []topology.Edge) {
	name := ls.Get(telemetry.MetricName)
	for _, r := range c.relations {
		if !slices.Contains(r.metrics, name) || !r.match.match(ls) {
			continue
		}
		from, ok := r.from.end(c.resolver, ls)
		if !ok {
			continue
		}
		if to, ok := r.to.end(c.resolver, ls); ok && from != to {
			out = append(out, topology.Edge{From: from, Relation: r.relation, To: to})
		}
	}
	return out
}

// end returns the ID of the outermost entity that labels name.
func (b *belonging) end(r *entity.Resolver, ls telemetry.Labels) (string, bool) {
	names, ok := b.names(ls, map[string]string{})
	if !ok {
		return "", false
	}
	if b.typ == entity.Host { // the cluster's name is no part of a host's
		return entity.Outermost(entity.Host, "", r.Canonical(names[0])).ID, true
	}
	return entity.Outermost(b.typ, ls.Get(clusterLabel), names...).ID, true
}

// addRelations lays a file's rules for relations over those before.
func (m *merger) addRelations(p *parsed) (errs []error) {
	seen := map[string]bool{}
	for i := range p.doc.Relations {
		d, here := &p.doc.Relations[i], place{p.name, p.relations[i]}
		if seen[d.ID] {
			errs = append(errs, located([]place{here}, "relation "+d.ID, errors.New("the id is taken already in this file; choose another"), "id"))
			continue
		}
		seen[d.ID] = true
		k := slices.IndexFunc(m.relations, func(e *relationEntry) bool { return e.draft.ID == d.ID })
		if k < 0 {
			k = len(m.relations)
			m.relations = append(m.relations, &relationEntry{})
		}
		e := m.relations[k]
		if err := here.node.Decode(&e.draft); err != nil {
			errs = append(errs, form().Explain(p.name, err))
		}
		e.places = slices.Insert(e.places, 0, here)
	}
	return errs
}

// compile returns the rule, or all that is wrong with it.
func (e *relationEntry) compile() (*relationRule, error) {
	d := &e.draft
	r := &relationRule{id: d.ID, metrics: d.Metric, relation: d.Relation}
	var errs []error
	fail := func(err error, path ...any) { errs = append(errs, located(e.places, "relation "+d.ID, err, path...)) }
	if !idPattern.MatchString(d.ID) {
		fail(fmt.Errorf("%q is no id; use 1 to 63 lower-case letters, digits and hyphens", d.ID), "id")
	}
	if len(d.Metric) == 0 || len(d.Metric)+len(d.Match) > maxNames {
		fail(fmt.Errorf("%d metrics and matchers; name at least one metric and at most %d in all", len(d.Metric)+len(d.Match), maxNames), "metric")
	}
	if !slices.Contains(topology.Relations(), d.Relation) {
		fail(fmt.Errorf("%q is no relation; write runs_on, depends_on or part_of", d.Relation), "relation")
	}
	for k, t := range d.Match {
		x, err := parseMatcher(t)
		if err != nil {
			fail(err, "match", k)
		}
		r.match = append(r.match, x)
	}
	var err error
	if r.from, err = d.From.compile(); err != nil {
		fail(err, "from")
	}
	if r.to, err = d.To.compile(); err != nil {
		fail(err, "to")
	}
	return r, errors.Join(errs...)
}

func (d *draftEnd) compile() (belonging, error) {
	b := belonging{root: RootSelf, typ: d.Type}
	if !namePattern.MatchString(string(d.Type)) || d.Type == "source" {
		return b, fmt.Errorf("%q is no type; use host, pod, volume, deployment or a word of your own in lower case", d.Type)
	}
	need := map[entity.Type]int{entity.Host: 1, entity.Pod: 2}[d.Type]
	if len(d.Labels) == 0 || len(d.Labels) > maxNames || need > 0 && len(d.Labels) != need {
		return b, fmt.Errorf("%d labels do not name a %s; a host has one, a pod two (namespace and pod), others at least one", len(d.Labels), d.Type)
	}
	for _, l := range d.Labels {
		p, ok := parsePart(l)
		if !ok || strings.HasSuffix(l, "?") {
			return b, fmt.Errorf("%q names no label; write label or label|other", l)
		}
		b.parts = append(b.parts, p)
	}
	return b, nil
}
