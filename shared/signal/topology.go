package signal

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/forewarn/forewarn/shared/entity"
	"github.com/forewarn/forewarn/shared/topology"
)

const (
	// maxTopology bounds the edges that people write, of all files together.
	maxTopology = 20_000
	// maxEntityID bounds the ID of an entity that people write.
	maxEntityID = 1000
)

// draftTopology is what an entity rests on, as it is written.
type draftTopology struct {
	Entity    string   `yaml:"entity"`
	RunsOn    oneOrAll `yaml:"runs_on"`
	DependsOn oneOrAll `yaml:"depends_on"`
	PartOf    oneOrAll `yaml:"part_of"`
}

// topologyEntry is a draft, and where it is written.
type topologyEntry struct {
	draft draftTopology
	place place
}

// addTopology takes a file's entries. Those of all files add up.
func (m *merger) addTopology(p *parsed) {
	for i := range p.doc.Topology {
		m.topology = append(m.topology, topologyEntry{p.doc.Topology[i], place{p.name, p.topology[i]}})
	}
}

// edges returns the edges of an entry, or all that is wrong with it.
func (e *topologyEntry) edges(r *entity.Resolver) (out []topology.Edge, err error) {
	d := &e.draft
	var errs []error
	fail := func(err error, path ...any) {
		errs = append(errs, located([]place{e.place}, "topology "+d.Entity, err, path...))
	}
	if err := checkEntityID(d.Entity); err != nil {
		fail(err, "entity")
	}
	for _, list := range []struct {
		relation topology.Relation
		ids      []string
	}{{topology.RunsOn, d.RunsOn}, {topology.DependsOn, d.DependsOn}, {topology.PartOf, d.PartOf}} {
		for k, id := range list.ids {
			err := checkEntityID(id)
			if err == nil && r.ID(id) == r.ID(d.Entity) {
				err = fmt.Errorf("%q is the entity itself; name another one or remove the line", id)
			}
			if err != nil {
				fail(err, string(list.relation), k)
				continue
			}
			out = append(out, topology.Edge{From: r.ID(d.Entity), Relation: list.relation, To: r.ID(id)})
		}
	}
	if len(out)+len(errs) == 0 {
		fail(errors.New("nothing is said of it; write runs_on, depends_on or part_of, or remove the entry"), "entity")
	}
	return out, errors.Join(errs...)
}

// checkEntityID says what is wrong with an ID that a person has written, nil if nothing is.
func checkEntityID(id string) error {
	typ, name, ok := strings.Cut(id, ":")
	unprintable := func(r rune) bool { return !unicode.IsPrint(r) }
	switch {
	case !ok || name == "" || !namePattern.MatchString(typ):
		return fmt.Errorf("%q is no entity; write <type>:<name> as pages and API show it, such as host:app-01 or database:db-01:9104", id)
	case len(id) > maxEntityID || strings.ContainsFunc(id, unprintable):
		return fmt.Errorf("%.40q is longer than %d bytes or does not print; copy the entity from a page or from the API", id, maxEntityID)
	}
	return nil
}

// compileTopology returns the edges of all files, each once, in order.
func (m *merger) compileTopology(r *entity.Resolver) ([]topology.Edge, error) {
	var all []topology.Edge
	var errs []error
	for i := range m.topology {
		edges, err := m.topology[i].edges(r)
		all, errs = append(all, edges...), append(errs, err)
	}
	slices.SortFunc(all, topology.Edge.Compare)
	all = slices.Compact(all)
	if len(all) > maxTopology {
		errs = append(errs, fmt.Errorf("topology: %d relations are more than %d; name only those that labels and metrics do not tell", len(all), maxTopology))
	}
	return all, errors.Join(errs...)
}

// Topology returns what people have written of what rests on what, with the hosts' one names, in order. The slice must not be
// changed.
func (c *Catalogue) Topology() []topology.Edge { return c.topology }

// Unheard returns, in order, the entities of [Catalogue.Topology] of which no finding can ever speak: no rule makes entities of
// their type, and neither do logs. They may be right, as applications are that only join others, or misspelt.
func (c *Catalogue) Unheard() (ids []string) {
	types := []entity.Type{entity.Host, entity.Pod, entity.App}
	for _, r := range c.rules {
		types = append(types, r.Type)
	}
	for _, r := range c.relations {
		types = append(types, r.from.typ, r.to.typ)
	}
	for _, e := range c.topology {
		for _, id := range []string{e.From, e.To} {
			if !slices.Contains(types, entity.TypeOf(id)) {
				ids = append(ids, id)
			}
		}
	}
	slices.SortFunc(ids, cmp.Compare[string])
	return slices.Compact(ids)
}
