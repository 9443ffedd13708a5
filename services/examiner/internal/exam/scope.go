package exam

import (
	"maps"
	"slices"
	"strings"

	"github.com/forewarn/forewarn/services/examiner/internal/evidence"
	"github.com/forewarn/forewarn/shared/signal"
	"github.com/forewarn/forewarn/shared/telemetry"
	"github.com/forewarn/forewarn/shared/transaction"
)

// scope is what a transaction runs through, as far as it is known.
type scope struct {
	t         *transaction.Transaction
	catalogue *signal.Catalogue
	// entities are those of each role: those that are named by their ids, and those that data were seen of.
	entities map[evidence.Role]map[string]bool
}

func newScope(t *transaction.Transaction, c *signal.Catalogue) *scope {
	s := &scope{t: t, catalogue: c, entities: map[evidence.Role]map[string]bool{
		evidence.Applications: {}, evidence.Databases: {}, evidence.Targets: {},
	}}
	for role, places := range s.places() {
		for _, p := range places {
			if p.Literal() {
				s.entities[role][p.Written] = true
			}
		}
	}
	for _, target := range t.Targets {
		s.entities[evidence.Targets][target.Written] = true
	}
	return s
}

func (s *scope) places() map[evidence.Role][]transaction.Place {
	return map[evidence.Role][]transaction.Place{evidence.Applications: s.t.Applications, evidence.Databases: s.t.Databases}
}

// see notes that there is an outermost entity, in each role that it has.
func (s *scope) see(root string) {
	for role, places := range s.places() {
		if slices.ContainsFunc(places, func(p transaction.Place) bool { return p.Match(root) }) {
			s.entities[role][root] = true
		}
	}
}

// of returns which entity of one of these roles a series belongs to, "" for none.
func (s *scope) of(roles []evidence.Role) func(telemetry.Labels) string {
	return func(ls telemetry.Labels) string {
		if slices.Contains(roles, evidence.Targets) {
			for _, target := range s.t.Targets {
				if transaction.Matches(target.Match, ls) {
					return target.Written
				}
			}
		}
		root := s.catalogue.Root(ls, "")
		for role, places := range s.places() {
			if slices.Contains(roles, role) && slices.ContainsFunc(places, func(p transaction.Place) bool { return p.Match(root) }) {
				s.entities[role][root] = true
				return root
			}
		}
		return ""
	}
}

// all returns the entities of a role, sorted.
func (s *scope) all(role evidence.Role) []string { return slices.Sorted(maps.Keys(s.entities[role])) }

// any returns the entities of roles, sorted, each once.
func (s *scope) any(roles []evidence.Role) (out []string) {
	for _, r := range roles {
		out = append(out, s.all(r)...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// written returns how the transaction names the entities of a role.
func (s *scope) written(role evidence.Role) (out []string) {
	for _, p := range s.places()[role] {
		out = append(out, p.Written)
	}
	if role == evidence.Targets {
		for _, t := range s.t.Targets {
			out = append(out, t.Written)
		}
	}
	return out
}

// bare is what people call an entity: its id without the type; of a target, the value of its only label.
func bare(id string) string {
	if _, value, ok := strings.Cut(id, `="`); ok && strings.Count(id, `"`) == 2 {
		return strings.TrimSuffix(value, `"`)
	}
	if kind, name, ok := strings.Cut(id, ":"); ok && !strings.ContainsAny(kind, `="~`) {
		return name
	}
	return id
}
