package signal

import (
	_ "embed"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/forewarn/forewarn/shared/entity"
)

var (
	//go:embed catalogue.yaml
	builtin []byte
	//go:embed habits.yaml
	builtinHabits []byte
)

// File is a catalogue and what to call it in errors.
type File struct {
	Name string
	Data []byte
}

// Load returns the built-in catalogue, extended and changed by the users' files in their order. In a rule
// whose id is known already, only the keys that are written change; "disabled: true" takes it out. All errors of all
// files are returned joined, each as "<file>:<line>: rule <id>: <key>: <what is wrong>; <what to do>".
func Load(user ...File) (*Catalogue, error) { return load(nil, withBuiltin(user)) }

func withBuiltin(user []File) []File {
	return append([]File{
		{Name: "built-in catalogue.yaml", Data: builtin},
		{Name: "built-in habits.yaml", Data: builtinHabits},
	}, user...)
}

// load lays the files over one another; aliases win over those in files.
func load(aliases map[string]string, files []File) (*Catalogue, error) {
	m := merger{entries: make(map[string]*entry), aliases: make(map[string]string)}
	var errs []error
	for _, f := range files {
		p, err := parse(f)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		errs = append(errs, m.add(p)...)
		errs = append(errs, m.addReleases(p)...)
		errs = append(errs, m.addRelations(p)...)
		m.addTopology(p)
	}
	maps.Copy(m.aliases, aliases)
	c, err := m.catalogue()
	if err = errors.Join(append(errs, err)...); err != nil {
		return nil, err
	}
	return c, nil
}

// merger lays files over one another.
type merger struct {
	order   []string
	entries map[string]*entry
	aliases map[string]string

	releases  []*releaseEntry
	relations []*relationEntry
	topology  []topologyEntry
}

// entry is a rule so far, and where it is written, the newest place first.
type entry struct {
	draft  draft
	places []place
}

func (m *merger) add(p *parsed) (errs []error) {
	maps.Copy(m.aliases, p.doc.Aliases)
	seen := make(map[string]string)
	for i := range p.doc.Rules {
		id, here := p.doc.Rules[i].ID, place{p.name, p.rules[i]}
		where, _ := here.line("id")
		if first, dup := seen[id]; dup {
			errs = append(errs, fmt.Errorf("%s: rule %s: id: the id is taken already at %s; choose another or join both rules", where, id, first))
			continue
		}
		seen[id] = where
		e, known := m.entries[id]
		if !known {
			if d := &p.doc.Rules[i]; d.Disabled && d.Kind == "" && len(d.Inputs) == 0 {
				errs = append(errs, fmt.Errorf("%s: rule %s: disabled: there is no rule of that id; correct the id or remove the entry", where, id))
				continue
			}
			e = new(entry)
			m.entries[id] = e
			m.order = append(m.order, id)
		}
		if err := here.node.Decode(&e.draft); err != nil {
			errs = append(errs, form().Explain(p.name, err))
			continue
		}
		e.places = slices.Insert(e.places, 0, here)
	}
	return errs
}

// catalogue compiles what was merged.
func (m *merger) catalogue() (*Catalogue, error) {
	c := &Catalogue{byID: make(map[string]*Rule), metrics: make(map[string]*metric)}
	var errs []error
	for _, id := range m.order {
		e := m.entries[id]
		if e.draft.Disabled || len(e.places) == 0 {
			continue
		}
		r, err := e.compile()
		if err == nil {
			err = e.wrap(c.index(r), keyInputs)
		}
		if err != nil {
			errs = append(errs, err)
		}
	}
	for _, e := range m.releases {
		if e.draft.Disabled {
			continue
		}
		r, err := e.compile()
		if err != nil {
			errs = append(errs, err)
		}
		c.releases = append(c.releases, r)
	}
	for _, e := range m.relations {
		if e.draft.Disabled {
			continue
		}
		r, err := e.compile()
		if err != nil {
			errs = append(errs, err)
		}
		c.relations = append(c.relations, r)
	}
	var err error
	if c.resolver, err = entity.NewResolver(m.aliases); err != nil {
		errs = append(errs, err)
	}
	if c.topology, err = m.compileTopology(c.resolver); err != nil {
		errs = append(errs, err)
	}
	return c, errors.Join(errs...)
}
