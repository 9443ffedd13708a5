package web

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/forewarn/forewarn/services/console/internal/pipeline"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/incident"
	"github.com/forewarn/forewarn/shared/signal"
)

const (
	// shownCauses is how many candidates are named.
	shownCauses = 6
	// causeBefore and causeAfter are how far before and after an incident another one may begin to have to do with it.
	causeBefore, causeAfter = day, time.Hour
	// readAround is how many incidents are read that began before that.
	readAround = 100
)

// cause is something else in the same outermost entity that was in trouble, or climbed, at the time of an incident. It is a
// candidate: that one led to the other is not known.
type cause struct {
	Key, Rule, Name string
	// Incident is the one that was open about it, nil if it only climbs.
	Incident *incident.Incident
	// Signal is what is known of it now, nil if nothing is.
	Signal *signal.State
}

// causes returns the candidates for an incident: other incidents about the same outermost entity that began within a day before
// it, or are open as it is, the nearest first; and, while it is open, what climbs there now.
func causes(in *incident.Incident, others []*incident.Incident, now *pipeline.Snapshot) (out []cause) {
	for _, o := range nearest(in, others) {
		c := cause{Key: o.Signal, Rule: ruleOf(o.Signal), Name: o.Entity.Name, Incident: o}
		if now != nil {
			c.Signal = now.ByKey(o.Signal)
		}
		out = append(out, c)
	}
	if now == nil || in.State != incident.Open || in.Entity.Root == "" {
		return out[:min(len(out), shownCauses)]
	}
	if root := now.Entities().Named(in.Entity.Root); root != nil {
		for _, n := range append([]*pipeline.Node{root}, root.Inner...) {
			for _, i := range n.Signals {
				if s := &now.Signals[i]; climbs(s) && s.Key != in.Signal && !among(out, s.Key) {
					out = append(out, cause{Key: s.Key, Rule: s.Rule, Name: s.Entity.Name, Signal: s})
				}
			}
		}
	}
	return out[:min(len(out), shownCauses)]
}

// nearest returns the incidents about the same outermost entity that began about when another one did, or are open as it is.
func nearest(in *incident.Incident, others []*incident.Incident) (out []*incident.Incident) {
	apart := func(o *incident.Incident) time.Duration { return o.OpenedAt.Sub(in.OpenedAt).Abs() }
	for _, o := range others {
		after := o.OpenedAt.Sub(in.OpenedAt)
		near := after >= -causeBefore && after <= causeAfter || o.State == incident.Open && in.State == incident.Open
		if near && o.Entity.Root != "" && o.Entity.Root == in.Entity.Root && o.Signal != in.Signal &&
			!slices.ContainsFunc(out, func(have *incident.Incident) bool { return have.ID == o.ID }) {
			out = append(out, o)
		}
	}
	slices.SortStableFunc(out, func(a, b *incident.Incident) int { return cmp.Compare(apart(a), apart(b)) })
	return out
}

func among(all []cause, key string) bool {
	return slices.ContainsFunc(all, func(c cause) bool { return c.Key == key })
}

func climbs(s *signal.State) bool {
	return s.Stage == signal.Ready && (s.Rising || s.ETA.P50 != nil || s.Episode != "")
}

// Apart says how far before or after an incident another one began.
func (s speaker) Apart(of, in *incident.Incident) string {
	switch d := of.OpenedAt.Sub(in.OpenedAt); {
	case d <= -time.Minute:
		return s.Sayf("%s before it", "早 %s", s.Span(-d))
	case d >= time.Minute:
		return s.Sayf("%s after it", "晚 %s", s.Span(d))
	}
	return s.Say("at the same time", "同时")
}

// Evident is the number behind a reason, in its unit; "" where the words say it already.
func (s speaker) Evident(e finding.Evidence) string {
	number := grouped(e.Value)
	switch {
	case e.Name == "rarity" || e.Name == "last_event" || e.Name == "company": // for machines
		return ""
	case e.Unit == "seconds" && e.Value >= 120:
		number = s.Span(time.Duration(e.Value) * time.Second)
	case e.Unit != "":
		number = s.Amount(e.Value, e.Unit)
	case e.Name == "used" || e.Name == "rise":
		number = s.Percent(e.Value)
	}
	if strings.Contains(solid(s.Pick(e.Text)), number) {
		return ""
	}
	return number
}

// ruleOf returns the id of the rule of a signal's key.
func ruleOf(key string) string {
	id, _, _ := strings.Cut(key, "/")
	return id
}
