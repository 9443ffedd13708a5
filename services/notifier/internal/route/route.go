// Package route decides whom an incident is told to, and by which channels: a tree of routes as users of Alertmanager know it, with
// conditions of time, and teams with who of them is on call.
//
// It is pure, and decides by the time that it is given: the same incident at the same time is told to the same people. It returns
// names; addresses are found when a message is sent.
//
//	table, err := route.New(route.Settings{Routes: routes, Teams: teams, Channels: channels, People: directory})
//	d := table.Decide(i, at)
package route

import (
	"time"

	"github.com/forewarn/forewarn/services/notifier/internal/when"
	"github.com/forewarn/forewarn/shared/selector"
)

// Route is one of the list notifier.routes: an incident is told as the first that matches says; with Continue, as later ones say, too.
type Route struct {
	// Name is how the pages and the metrics call it; "" is its place in the list.
	Name string `yaml:"name"`
	// Match is what all of its matchers match; left out it matches everything.
	Match selector.Selector `yaml:"match"`
	// When are conditions of time, of which one must hold; none: always.
	When []when.Condition `yaml:"when"`
	// Channels are names of notifier.channels; left out they are those of the route around this one, at the top all.
	Channels []string `yaml:"channels"`
	// To are people, teams, on_call and team, besides those whom a channel's own configuration names; left out as Channels.
	To []string `yaml:"to"`
	// PageOnly tells nobody: the incident is on the pages.
	PageOnly bool `yaml:"page_only"`
	// Grouping says how messages are put together; what is left out is that of the route around this one.
	Grouping `yaml:",inline"`
	// Continue has the routes after this one looked at, too.
	Continue bool `yaml:"continue"`
	// Routes are looked at first; if one of them matches, this one says nothing itself.
	Routes []Route `yaml:"routes"`
}

// Grouping says when incidents share a message.
type Grouping struct {
	// GroupBy are fields of incidents; those of equal values are a group. Besides the fields of selectors there are team, the one that
	// owns what the incident is about, and cause, the outermost entity that is the likeliest cause or else the incident's own.
	GroupBy []string `yaml:"group_by"`
	// GroupWait is how long the first message of a group waits for others; nil is none for critical ones and 30 s for others.
	GroupWait *time.Duration `yaml:"group_wait"`
	// GroupInterval is the least time between two messages for more than GroupLimit incidents; 0 is 5 min and 5 incidents.
	GroupInterval time.Duration `yaml:"group_interval"`
	GroupLimit    int           `yaml:"group_limit"`
}

// The defaults of grouping, and its bounds.
const (
	defaultWait     = 30 * time.Second
	defaultInterval = 5 * time.Minute
	defaultLimit    = 5
	maxInterval     = 24 * time.Hour
	maxLimit        = 1000
)

// The words that stand for people in Route.To.
const (
	// OnCall is who is on call in the team that owns what the incident is about; on_call:<team> is that of another team.
	OnCall = "on_call"
	// Owner are all members of that team.
	Owner = "team"
)

// under returns r with what it leaves out taken from the route around it.
func (r Route) under(parent *Route) Route {
	if parent == nil {
		return r
	}
	if r.Channels == nil {
		r.Channels = parent.Channels
	}
	if r.To == nil {
		r.To = parent.To
	}
	if r.GroupBy == nil {
		r.GroupBy = parent.GroupBy
	}
	if r.GroupWait == nil {
		r.GroupWait = parent.GroupWait
	}
	if r.GroupInterval == 0 {
		r.GroupInterval = parent.GroupInterval
	}
	if r.GroupLimit == 0 {
		r.GroupLimit = parent.GroupLimit
	}
	return r
}
