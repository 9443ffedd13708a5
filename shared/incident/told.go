package incident

import (
	"slices"
	"time"
)

// Told is one channel that people were told by, and who.
type Told struct {
	Channel string `json:"channel"`
	// To are the names of the people whom it was for, besides those whom the channel's own configuration names.
	To []string `json:"to,omitempty"`
	// Team owns what the incident is about; "" if none does.
	Team string `json:"team,omitempty"`
	// Group is with what else the message may be put together; nil as queued before messages were.
	Group *Group `json:"group,omitempty"`
}

// Group is a number of incidents that share messages when there are many.
type Group struct {
	// Key tells groups apart, Title says to people what all of it has in common; "" if that has no name.
	Key   string `json:"key"`
	Title string `json:"title,omitempty"`
	// Wait is how long the first message waits for others, Interval the least time between two messages for more than Limit incidents.
	Wait     time.Duration `json:"wait,omitempty"`
	Interval time.Duration `json:"interval,omitempty"`
	Limit    int           `json:"limit,omitempty"`
}

// Targets returns the channels that n was queued for, with whom it was for.
func (n *Notice) Targets() []Told {
	if n.Told != nil {
		return n.Told
	}
	targets := make([]Told, len(n.Channels))
	for k, name := range n.Channels {
		targets[k].Channel = name
	}
	return targets
}

// Expected returns the P50 that people know of after n: that of n, or the one before if nobody was told of n; nil if there is none.
func (n *Notice) Expected() *time.Time {
	switch {
	case n == nil:
		return nil
	case n.Held && n.Was != nil:
		return n.Was
	}
	return n.P50
}

// Holder is what keeps people from being told.
type Holder string

// The holders.
const (
	// BySilence: somebody has silenced it; Name is the silence's id.
	BySilence Holder = "silence"
	// ByMaintenance: it is expected in a window of maintenance; Name is the window's.
	ByMaintenance Holder = "maintenance"
	// ByDown: what it rests on is down; Name is the incident which tells that.
	ByDown Holder = "down"
)

// Hold is why people are not told of an incident. It is immutable.
type Hold struct {
	By   Holder `json:"by"`
	Name string `json:"name"`
	// Why says it to people: a comment, a window's name, what is down.
	Why string `json:"why,omitempty"`
	// Since is when the first notice was held, Until when it ends, nil if that is not known.
	Since time.Time  `json:"since"`
	Until *time.Time `json:"until,omitempty"`
	// Notices is how many were held since.
	Notices int `json:"notices"`
}

// TellBy sets whom i's newest notice is for, and remembers them as those who know of the incident.
func (i *Incident) TellBy(targets []Told) {
	n := *i.Notified
	n.Told, n.Channels, n.Held = targets, nil, false
	for _, t := range targets {
		n.Channels = append(n.Channels, t.Channel)
	}
	i.Notified, i.Held = &n, nil
	if n.Reason == ReasonOpened || n.Reason == ReasonReopened {
		i.Aware = nil
	}
	i.Aware = together(i.Aware, targets)
}

// Withhold notes that i's newest notice was held.
func (i *Incident) Withhold(h Hold) {
	n := *i.Notified
	n.Told, n.Channels, n.Held = nil, nil, true
	if old := i.Held; old != nil {
		h.Since, h.Notices = old.Since, old.Notices
	}
	if n.Reason == ReasonOpened || n.Reason == ReasonReopened {
		i.Aware = nil // of this time nobody knows
	}
	h.Notices++
	i.Notified, i.Held = &n, &h
}

// together returns a with those of b whom it lacks.
func together(a, b []Told) []Told {
	out := slices.Clone(a)
	for _, t := range b {
		k := slices.IndexFunc(out, func(o Told) bool { return o.Channel == t.Channel })
		if k < 0 {
			t.To = slices.Clone(t.To)
			out = append(out, t)
			continue
		}
		out[k].To = slices.Clone(out[k].To)
		for _, p := range t.To {
			if !slices.Contains(out[k].To, p) {
				out[k].To = append(out[k].To, p)
			}
		}
	}
	return out
}
