package route

import (
	"fmt"
	"slices"
	"strings"
)

// Problems returns all that is wrong with teams and routes, each error beginning with its key.
func Problems(s Settings) (errs []error) {
	knows := func(name string) bool { _, unknown := s.People.Find([]string{name}); return len(unknown) == 0 }
	for k := range s.Teams {
		at := fmt.Sprintf("teams[%d].", k)
		same := func(o Team) bool { return o.Name == s.Teams[k].Name }
		if slices.ContainsFunc(s.Teams[:k], same) {
			errs = append(errs, fmt.Errorf("%sname: %q is taken by a team before; choose another", at, s.Teams[k].Name))
		}
		errs = append(errs, s.Teams[k].problems(at, knows)...)
	}
	c := checker{s: s, knows: knows}
	c.routes("routes", s.Routes, nil)
	return append(errs, c.errs...)
}

// checker looks through a tree of routes.
type checker struct {
	s     Settings
	knows func(string) bool
	errs  []error
}

func (c *checker) routes(at string, routes []Route, parent *Route) {
	for k := range routes {
		r, here := routes[k].under(parent), fmt.Sprintf("%s[%d]", at, k)
		bad := func(key, rule string) { c.errs = append(c.errs, fmt.Errorf("%s.%s: %s", here, key, rule)) }
		c.one(&r, here, bad)
		if all := routes[k].Match == nil && routes[k].When == nil && !routes[k].Continue; all && k < len(routes)-1 {
			bad("match", "is left out, so that no route after this one is ever looked at; move it to the end, or set continue: true")
		}
		c.routes(here+".routes", r.Routes, &r)
	}
}

// one looks at a route with what it takes from those around it.
func (c *checker) one(r *Route, here string, bad func(key, rule string)) {
	for k := range r.When {
		c.errs = append(c.errs, r.When[k].Problems(fmt.Sprintf("%s.when[%d].", here, k))...)
	}
	for _, name := range r.Channels {
		if !slices.ContainsFunc(c.s.Channels, func(ch Channel) bool { return ch.Name == name }) {
			bad("channels", fmt.Sprintf("%q is none of notifier.channels; add it there, or correct the name", name))
		}
	}
	for _, to := range r.To {
		if rule := c.target(to); rule != "" {
			bad("to", rule)
		}
	}
	if !r.PageOnly && (r.Channels != nil && len(r.Channels) == 0) {
		bad("channels", "is empty, so that nobody is told; leave it out for all channels, or set page_only: true")
	}
	if len(r.GroupBy) > 10 || slices.Contains(r.GroupBy, "") {
		bad("group_by", "has more than 10 fields, or an empty one; name a few, such as team, root or a label")
	}
	if !fitting(r.GroupInterval) {
		bad("group_interval", fmt.Sprintf("%v is out of range; set 1s to %v, or 0 for %v", r.GroupInterval, maxInterval, defaultInterval))
	}
	if r.GroupWait != nil && !fitting(*r.GroupWait) {
		bad("group_wait", fmt.Sprintf("%v is out of range; set 0s to %v", *r.GroupWait, maxInterval))
	}
	if r.GroupLimit < 0 || r.GroupLimit > maxLimit {
		bad("group_limit", fmt.Sprintf("%d is out of range; set 1 to %d, or 0 for %d", r.GroupLimit, maxLimit, defaultLimit))
	}
}

// target returns what is wrong with one of To, "" if nothing is.
func (c *checker) target(to string) string {
	team := func(name string) *Team {
		for k := range c.s.Teams {
			if c.s.Teams[k].Name == name {
				return &c.s.Teams[k]
			}
		}
		return nil
	}
	of, call := strings.CutPrefix(to, OnCall+":")
	switch t := team(of); {
	case to == OnCall || to == Owner:
		if len(c.s.Teams) == 0 {
			return fmt.Sprintf("%s needs a team that owns what the incident is about; add notifier.teams", to)
		}
		for k := range c.s.Teams {
			t := &c.s.Teams[k]
			empty := to == OnCall && t.OnCall != nil // told of the rota itself
			if len(t.reach(to == OnCall)) == 0 && !empty {
				return nobody(t)
			}
		}
	case !call && t != nil && len(t.Members) == 0:
		return nobody(t)
	case call && (t == nil || t.OnCall == nil):
		return fmt.Sprintf("%q: there is no team %q with on_call; add it to notifier.teams", to, of)
	case !call && t == nil && !c.knows(to):
		return fmt.Sprintf("%q is no person, no team, and neither on_call nor team; add it to notifier.people or notifier.teams", to)
	}
	return ""
}

// nobody says that a route tells a team that nobody is in.
func nobody(t *Team) string {
	return fmt.Sprintf("nobody is in team %q; name its members, or leave it out of the routes that tell teams", t.Name)
}

// Gap is somebody on a route whom a channel cannot address, which is worth a word before it matters.
type Gap struct{ Route, Channel, Person string }

// Gaps returns the people whom routes mean and whom one of their channels cannot address: at night somebody else would be told.
func (t *Table) Gaps() (gaps []Gap) {
	var walk func(at string, routes []Route, parent *Route)
	walk = func(at string, routes []Route, parent *Route) {
		for k := range routes {
			r, here := routes[k].under(parent), fmt.Sprintf("%s[%d]", at, k)
			if !r.PageOnly {
				gaps = append(gaps, t.gaps(&r, here)...)
			}
			walk(here+".routes", r.Routes, &r)
		}
	}
	walk("routes", t.s.Routes, nil)
	return gaps
}

func (t *Table) gaps(r *Route, at string) (gaps []Gap) {
	for _, name := range t.meant(r) {
		found, _ := t.s.People.Find([]string{name})
		for k := range t.s.Channels {
			ch := &t.s.Channels[k]
			if len(found) == 0 || ch.Reaches == nil || r.Channels != nil && !slices.Contains(r.Channels, ch.Name) || ch.Reaches(&found[0]) {
				continue
			}
			gaps = append(gaps, Gap{Route: at, Channel: ch.Name, Person: name})
		}
	}
	return gaps
}

// meant returns everybody whom a route may ever mean, each once.
func (t *Table) meant(r *Route) (names []string) {
	add := func(all []string) {
		for _, n := range all {
			if !slices.Contains(names, n) {
				names = append(names, n)
			}
		}
	}
	for _, to := range r.To {
		of, call := strings.CutPrefix(to, OnCall+":")
		owners := to == OnCall || to == Owner
		known := owners
		for k := range t.s.Teams {
			if team := &t.s.Teams[k]; owners || team.Name == of {
				known = true
				add(team.reach(call || to == OnCall))
			}
		}
		if !known {
			add([]string{to})
		}
	}
	return names
}

// reach returns the members of a team, or those who may be on call.
func (t *Team) reach(call bool) []string {
	if !call || t.OnCall == nil {
		return t.Members
	}
	names := slices.Clone(t.OnCall.People)
	for _, o := range t.OnCall.Overrides {
		names = append(names, o.Person)
	}
	return names
}
