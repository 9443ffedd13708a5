// Package life decides what a finding does to an incident and whether people are told.
//
// It is pure: it reads no clock and no store, so that the same findings give the same incidents, live, on
// replay and in tests. Time is that of the findings.
package life

import (
	"fmt"
	"slices"
	"time"

	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/incident"
)

// Rules are the choices of the operator.
type Rules struct {
	// MinSeverity is the least severity that opens an incident.
	MinSeverity finding.Severity
	// ReopenWindow is how long after its end a new episode of the same fault re-opens an incident.
	ReopenWindow time.Duration
	// UpdateInterval is the least time between two messages about one incident, unless it got worse or ended.
	UpdateInterval time.Duration
	// ETAChange is the part of the time left by which the median must move to be told, 0 to 1; and
	// ETAChangeMin the least such move.
	ETAChange    float64
	ETAChangeMin time.Duration
}

// beyond is where a quantile lies that the worker left out, because it is later than this.
const beyond = 180 * 24 * time.Hour

// actor is who changes incidents when it is not a person.
const actor = "forewarn"

// Step is one change of one incident.
type Step struct {
	// Incident is the incident after the change, with the Revision that it had before.
	Incident *incident.Incident
	Change   incident.Change
	// Reason says why people are told, "" if they are not.
	Reason incident.Reason
	// Reindex says that the store's keys for it change.
	Reindex bool
}

// Joins reports whether an episode that cur does not know belongs to it: cur is of the same fault and is
// open, or ended within the re-open window before f.
func (r Rules) Joins(cur *incident.Incident, f *finding.Finding) bool {
	if cur.Fault() != incident.Fault(f.Kind, f.Signal) {
		return false
	}
	return cur.State == incident.Open || cur.ResolvedAt == nil || f.Time.Sub(*cur.ResolvedAt) <= r.ReopenWindow
}

// Apply returns what f makes of cur, or opens a new incident if cur is nil. It returns nil if f changes
// nothing: below the least severity, the end of something never opened, or seen before ([Seen]). cur is not changed.
func (r Rules) Apply(cur *incident.Incident, f *finding.Finding) *Step {
	if cur != nil {
		if _, seen := Seen(cur, f); seen {
			return nil
		}
	}
	live := cur != nil && cur.State == incident.Open
	if v, ok := silence(f); ok && (!live || cur.Version != v) {
		return nil // something was heard of it after all
	}
	switch {
	case live && f.Action == finding.Resolved:
		return r.resolve(cur, f)
	case live:
		return r.update(cur, f)
	case f.Action == finding.Resolved, f.Severity.Rank() < r.MinSeverity.Rank():
		return nil
	case cur != nil:
		return r.reopen(cur, f)
	}
	return r.open(f)
}

func (r Rules) open(f *finding.Finding) *Step {
	next := &incident.Incident{
		ID:       incident.NewID(f.Time, f.ID),
		State:    incident.Open,
		OpenedAt: f.Time,
		Worst:    f.Severity,
	}
	return advance(next, f, incident.ReasonOpened, finding.Opened, f.Message)
}

func (r Rules) reopen(cur *incident.Incident, f *finding.Finding) *Step {
	next := clone(cur)
	next.State = incident.Open
	at := f.Time
	next.Reopened, next.ReopenedAt = cur.Reopened+1, &at
	text := i18n.Text{En: "Open again soon after it was resolved. " + f.Message.En, Zh: "恢复后不久再次出现。" + f.Message.Zh}
	if cur.ResolvedAt != nil {
		gap := i18n.Span(f.Time.Sub(*cur.ResolvedAt))
		text = i18n.Text{
			En: fmt.Sprintf("Open again %s after it was resolved. %s", gap.En, f.Message.En),
			Zh: fmt.Sprintf("恢复 %s后再次出现。%s", gap.Zh, f.Message.Zh),
		}
	}
	next.ResolvedAt = nil
	return advance(next, f, incident.ReasonReopened, finding.Opened, text)
}

func (r Rules) update(cur *incident.Incident, f *finding.Finding) *Step {
	return advance(clone(cur), f, r.reason(cur, f), finding.Updated, f.Message)
}

func (r Rules) resolve(cur *incident.Incident, f *finding.Finding) *Step {
	next := clone(cur)
	next.State = incident.Resolved
	at := f.Time
	next.ResolvedAt = &at
	text := f.Message
	if text.En == "" {
		text = i18n.Text{En: "Resolved.", Zh: "已恢复。"}
	}
	why := incident.ReasonResolved
	if _, ok := silence(f); ok {
		why = incident.ReasonUnheard
	}
	return advance(next, f, why, finding.Resolved, text)
}

// reason says whether an update is worth a message, given what people were told last and how things were since.
func (r Rules) reason(cur *incident.Incident, f *finding.Finding) incident.Reason {
	told := cur.Notified
	switch {
	case told == nil, f.Severity.Rank() > told.Severity.Rank():
		return incident.ReasonRaised
	case f.Time.Sub(told.Time) < r.UpdateInterval:
		return ""
	case f.Severity.Rank() > cur.Severity.Rank(): // it had got better quietly, and people may have put it aside
		return incident.ReasonRaised
	case r.moved(told.P50, f.ETA.P50, f.Time):
		return incident.ReasonMoved
	}
	return ""
}

// moved reports whether the median moved by a material part of the time that was left.
func (r Rules) moved(was, is *time.Time, now time.Time) bool {
	if was == nil && is == nil {
		return false
	}
	far := now.Add(beyond)
	if was == nil {
		was = &far
	}
	if is == nil {
		is = &far
	}
	by := is.Sub(*was).Abs()
	left := max(was.Sub(now), 0)
	return by >= r.ETAChangeMin && float64(by) > r.ETAChange*float64(left)
}

// advance gives next the next version, with what f says and its place in the timeline.
func advance(next *incident.Incident, f *finding.Finding, why incident.Reason, action finding.Action, text i18n.Text) *Step {
	next.Version++
	next.UpdatedAt = f.Time
	next.LastFinding = f.ID
	describe(next, f)
	keepScore(next, f, action)
	reindex := mark(next, f) || action != finding.Updated
	change := incident.Change{
		Time: f.Time, Version: next.Version, Action: action, Level: f.Severity, Actor: actor, Text: clip(text, maxSentence),
	}
	record(next, change, why)
	if why != "" {
		next.Notified = &incident.Notice{
			Version: next.Version, Time: f.Time, Reason: why, Severity: f.Severity, P50: f.ETA.P50,
		}
	}
	return &Step{Incident: next, Change: change, Reason: why, Reindex: reindex}
}

// record adds a change to the timeline. A small move of the forecast takes the place of the small move before
// it, so that the bounded timeline tells a story; the stream INC has every step.
func record(next *incident.Incident, c incident.Change, why incident.Reason) {
	last := len(next.Timeline) - 1
	if why == "" && last >= 0 && next.Timeline[last].Action == finding.Updated &&
		next.Notified != nil && next.Timeline[last].Version > next.Notified.Version {
		next.Timeline[last] = c
		return
	}
	next.Timeline = append(next.Timeline, c)
	if extra := len(next.Timeline) - incident.MaxTimeline; extra > 0 {
		next.Timeline = slices.Delete(next.Timeline, 0, extra)
	}
}

// mark notes how far f's episode has come, ending those before it, and reports whether it is new here.
func mark(next *incident.Incident, f *finding.Finding) bool {
	m := incident.Mark{Finding: f.ID, Time: f.Time, Version: next.Version, Ended: f.Action == finding.Resolved}
	if _, ok := silence(f); ok {
		m.Ended = false // should its worker speak again, the incident opens again
	}
	if k := slices.Index(next.Episodes, f.Episode); k >= 0 {
		next.Marks[k] = m
		return false
	}
	for k := range next.Marks {
		next.Marks[k].Ended = true // a worker has one episode of a fault at a time
	}
	next.Episodes, next.Marks = append(next.Episodes, f.Episode), append(next.Marks, m)
	if extra := len(next.Episodes) - incident.MaxEpisodes; extra > 0 {
		next.Episodes, next.Marks = slices.Delete(next.Episodes, 0, extra), slices.Delete(next.Marks, 0, extra)
	}
	return true
}

// clone copies what a step changes in place.
func clone(cur *incident.Incident) *incident.Incident {
	next := *cur
	next.Episodes = slices.Clone(cur.Episodes)
	next.Marks = slices.Clone(cur.Marks)
	next.Timeline = slices.Clone(cur.Timeline)
	return &next
}
