package route

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/forewarn/forewarn/services/notifier/internal/person"
	"github.com/forewarn/forewarn/services/notifier/internal/rota"
	"github.com/forewarn/forewarn/services/notifier/internal/when"
	"github.com/forewarn/forewarn/shared/entity"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/incident"
	"github.com/forewarn/forewarn/shared/selector"
)

// Channel is what a route needs to know of a way to people.
type Channel struct {
	Name string
	// MinSeverity is the least severity that is told there, whatever a route says.
	MinSeverity finding.Severity
	// Reaches tells whether the channel can address a person; nil if it does not address people one by one, as the robot of a group.
	Reaches func(p *person.Person) bool
}

// Settings are what a table is made of.
type Settings struct {
	Routes   []Route
	Teams    []Team
	Channels []Channel
	People   *person.Directory
	// Calendar tells phases; nil knows of none.
	Calendar when.Calendar
}

// Table decides whom incidents are told to. It is immutable and safe for concurrent use.
type Table struct {
	s     Settings
	rotas map[string]*rota.Rota // by team
}

// New returns a table of settings that [Problems] finds nothing wrong with.
func New(s Settings) (*Table, error) {
	t := &Table{s: s, rotas: map[string]*rota.Rota{}}
	for k := range s.Teams {
		r, err := s.Teams[k].rota()
		if err != nil {
			return nil, fmt.Errorf("team %q: %w", s.Teams[k].Name, err)
		}
		if r != nil {
			t.rotas[s.Teams[k].Name] = r
		}
	}
	return t, nil
}

// Has reports whether there is a channel of a name.
func (t *Table) Has(channel string) bool {
	return slices.ContainsFunc(t.s.Channels, func(ch Channel) bool { return ch.Name == channel })
}

// Decision is whom an incident is told to.
type Decision struct {
	Targets []incident.Told
	// Team owns what the incident is about; "" if none does.
	Team string
	// Missed are people who could not be addressed by a channel that they were to be told by.
	Missed []Miss
}

// Miss is somebody whom a channel cannot address.
type Miss struct{ Channel, Person string }

// Decide returns whom an incident is told to at a time. Without a route that matches, it is told by every channel whose least
// severity it has reached.
func (t *Table) Decide(i *incident.Incident, at time.Time) Decision {
	d := Decision{}
	team := t.owner(i.Signal, &i.Entity)
	if team != nil {
		d.Team = team.Name
	}
	routes := t.matching(i, at, t.s.Routes, nil, "")
	if len(routes) == 0 {
		routes = []Route{{Grouping: Grouping{GroupWait: new(time.Duration)}}}
	}
	for k := range routes {
		t.apply(&d, &routes[k], i, team, at)
	}
	return d
}

// Owner returns the name of the team that answers for a thing as one of its signals shows it, "" if none does.
func (t *Table) Owner(signal string, e *entity.Entity) string {
	if team := t.owner(signal, e); team != nil {
		return team.Name
	}
	return ""
}

func (t *Table) owner(signal string, e *entity.Entity) *Team {
	thing := selector.Thing{Entity: e, Signal: signal}
	for k := range t.s.Teams {
		for _, sel := range t.s.Teams[k].Owns {
			if sel.Matches(thing) {
				return &t.s.Teams[k]
			}
		}
	}
	return nil
}

// matching returns the routes that speak, the innermost that match, with what they leave out filled in.
func (t *Table) matching(i *incident.Incident, at time.Time, routes []Route, parent *Route, path string) (out []Route) {
	for k := range routes {
		r := routes[k].under(parent)
		r.Name = cmp.Or(r.Name, fmt.Sprintf("%s%d", path, k+1))
		if !r.Match.Matches(selector.Incident{Incident: i}) || !t.timely(r.When, at) {
			continue
		}
		inner := t.matching(i, at, r.Routes, &r, r.Name+".")
		if len(inner) == 0 {
			inner = []Route{r}
		}
		out = append(out, inner...)
		if !r.Continue {
			break
		}
	}
	return out
}

func (t *Table) timely(conditions []when.Condition, at time.Time) bool {
	return len(conditions) == 0 || slices.ContainsFunc(conditions, func(c when.Condition) bool { return c.Holds(at, t.s.Calendar) })
}

// apply adds what a route says to a decision.
func (t *Table) apply(d *Decision, r *Route, i *incident.Incident, team *Team, at time.Time) {
	if r.PageOnly {
		return
	}
	wanted, group := t.people(r, team, at), t.group(r, i, d.Team)
	try := func(named bool) (told bool) {
		for k := range t.s.Channels {
			ch := &t.s.Channels[k]
			if i.Worst.Rank() < ch.MinSeverity.Rank() || (r.Channels == nil || slices.Contains(r.Channels, ch.Name)) != named {
				continue
			}
			to, ok := t.addressed(d, ch, wanted, r.To != nil)
			if !ok {
				continue
			}
			d.add(incident.Told{Channel: ch.Name, To: to, Team: d.Team, Group: group})
			if told = true; !named {
				break // one is enough in place of those that were meant
			}
		}
		return told
	}
	if missed := len(d.Missed); !try(true) && len(d.Missed) > missed {
		try(false)
	}
}

// add puts people who are told by a channel together with those who are told by it already.
func (d *Decision) add(told incident.Told) {
	k := slices.IndexFunc(d.Targets, func(other incident.Told) bool { return other.Channel == told.Channel })
	if k < 0 {
		d.Targets = append(d.Targets, told)
		return
	}
	for _, p := range told.To {
		if !slices.Contains(d.Targets[k].To, p) {
			d.Targets[k].To = append(d.Targets[k].To, p)
		}
	}
}

// wanted is somebody who is to be told, with those who are asked instead if they cannot be.
type wanted []string

// people returns whom a route means, each with their substitutes.
func (t *Table) people(r *Route, team *Team, at time.Time) (out []wanted) {
	add := func(w wanted) {
		if len(w) > 0 && !slices.ContainsFunc(out, func(o wanted) bool { return o[0] == w[0] }) {
			out = append(out, w)
		}
	}
	for _, to := range r.To {
		name, call := to, false
		switch {
		case to == Owner || to == OnCall:
			if call = to == OnCall; team == nil {
				continue
			}
			name = team.Name
		case strings.HasPrefix(to, OnCall+":"):
			name, call = strings.TrimPrefix(to, OnCall+":"), true
		}
		k := slices.IndexFunc(t.s.Teams, func(o Team) bool { return o.Name == name })
		switch turns := t.rotas[name]; {
		case k < 0:
			add(wanted{name})
		case call && turns != nil:
			add(turns.Next(at))
		default:
			for _, m := range t.s.Teams[k].Members {
				add(wanted{m})
			}
		}
	}
	return out
}

// addressed returns those of the wanted whom a channel can address, or their substitutes. A channel that addresses people one by
// one is of no use if it can address nobody who was asked for.
func (t *Table) addressed(d *Decision, ch *Channel, people []wanted, asked bool) (to []string, ok bool) {
	for _, w := range people {
		for _, name := range w {
			found, _ := t.s.People.Find([]string{name})
			if len(found) == 1 && (ch.Reaches == nil || ch.Reaches(&found[0])) {
				if !slices.Contains(to, name) {
					to = append(to, name)
				}
				break
			}
			d.Missed = append(d.Missed, Miss{Channel: ch.Name, Person: name})
		}
	}
	return to, len(to) > 0 || ch.Reaches == nil || !asked
}
