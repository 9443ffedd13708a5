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
	"github.com/forewarn/forewarn/shared/topology"
)

// Rules are the choices of the operator.
type Rules struct {
	// MinSeverity is the least severity that opens an incident.
	MinSeverity finding.Severity
	// ReopenWindow is how long after its end a new episode of the same fault re-opens an incident.
	ReopenWindow time.Duration
	// UpdateInterval is the least time between two messages about one incident, unless it got worse or ended.
	UpdateInterval time.Duration
	// ETAChange is the part of the time left, before or after, whichever is longer, by which the median must move to be told, 0 to 1; and
	// ETAChangeMin the least such move.
	ETAChange    float64
	ETAChangeMin time.Duration
	// JoinWindow is within what time troubles that are near each other must have begun to be one fault; 0: only those join that are
	// about one resource.
	JoinWindow time.Duration
	// RenotifyAfter is when people are told again of what nobody has acknowledged, by its severity; 0: never.
	RenotifyAfter map[finding.Severity]time.Duration
	// CloseAfter is how long after its end, or what people said of that last, an incident is closed; 0: never.
	CloseAfter time.Duration
	// Topology is what rests on what; nil: nothing is known.
	Topology *topology.Graph
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
	// Joined says that f is the first of its fault in an incident of another one.
	Joined bool
	// Reindex says that the store's keys for it change; of its places those from Places on.
	Reindex bool
	Places  int
	// Held says that whether people are told of it may have changed.
	Held bool
}

// Joins reports whether an episode that cur does not know belongs to it: cur is of the same fault and is
// open, or ended within the re-open window before f.
func (r Rules) Joins(cur *incident.Incident, f *finding.Finding) bool {
	if cur.Fault() != incident.Fault(f.Kind, f.Signal) {
		return false
	}
	return cur.State == incident.Open || cur.ResolvedAt == nil || f.Time.Sub(*cur.ResolvedAt) <= r.ReopenWindow
}

// Resumes reports whether f goes on with an incident that ended within the re-open window before: it is there where a trouble of that
// one was, as pods are evicted after the memory of their node has run out.
func (r Rules) Resumes(cur *incident.Incident, f *finding.Finding) bool {
	if r.JoinWindow <= 0 || cur.State != incident.Resolved || cur.ResolvedAt == nil || f.Time.Sub(*cur.ResolvedAt) > r.ReopenWindow ||
		f.Severity.Rank() < r.MinSeverity.Rank() || !r.Seeks(f) || !present(f) {
		return false
	}
	root := short(f.Entity.Root, maxID)
	return r.within(cur, troubleOf(f, nil)) && slices.ContainsFunc(cur.Marks, func(m incident.Mark) bool {
		return !m.Note && m.Trouble != nil && m.Trouble.Present != nil && m.Trouble.Entity.Root == root
	})
}

// Apply returns what f makes of cur, or opens a new incident if cur is nil, with what is known around f. It returns nil if f changes
// nothing: below the least severity, the end of something never opened, or seen before ([Seen]). cur is not changed.
func (r Rules) Apply(cur *incident.Incident, f *finding.Finding, around Scene) *Step {
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
	case live && f.Action == finding.Resolved && !goesOn(cur, f) && !r.isNote(cur, f):
		return r.resolve(cur, f)
	case live:
		return r.update(cur, f, around)
	case f.Action == finding.Resolved, f.Severity.Rank() < r.MinSeverity.Rank():
		return nil
	case cur != nil:
		return r.reopen(cur, f, around)
	}
	return r.open(f, around)
}

func (r Rules) open(f *finding.Finding, around Scene) *Step {
	next := &incident.Incident{
		ID:       incident.NewID(f.Time, f.ID),
		State:    incident.Open,
		OpenedAt: f.Time,
		Worst:    f.Severity,
	}
	return r.absorb(next, f, finding.Opened, around).tell(incident.ReasonOpened, sayMerged(f.Message, around.Merge))
}

func (r Rules) reopen(cur *incident.Incident, f *finding.Finding, around Scene) *Step {
	next := clone(cur)
	next.State = incident.Open
	at := f.Time
	next.Reopened, next.ReopenedAt, next.MergedInto = cur.Reopened+1, &at, "" // what it was merged into is gone, or it would go on there
	text := i18n.Text{En: "Open again soon after it was resolved. " + f.Message.En, Zh: "恢复后不久再次出现。" + f.Message.Zh}
	if cur.ResolvedAt != nil {
		gap := i18n.Span(f.Time.Sub(*cur.ResolvedAt))
		text = i18n.Text{
			En: fmt.Sprintf("Open again %s after it was resolved. %s", gap.En, f.Message.En),
			Zh: fmt.Sprintf("恢复 %s后再次出现。%s", gap.Zh, f.Message.Zh),
		}
	}
	next.ResolvedAt = nil
	anew(&next.Work)
	s := r.absorb(next, f, finding.Opened, around)
	return s.tell(heeded(cur, next, incident.ReasonReopened), text)
}

func (r Rules) update(cur *incident.Incident, f *finding.Finding, around Scene) *Step {
	s := r.absorb(clone(cur), f, finding.Updated, around)
	s.Joined = !knows(cur, f)
	if cur.Notified != nil && s.Incident.Severity.Rank() > cur.Notified.Severity.Rank() {
		worse(&s.Incident.Work)
	}
	return s.tell(heeded(cur, s.Incident, r.reason(cur, s.Incident, f)), sayMerged(r.said(cur, f), around.Merge))
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
	s := r.absorb(next, f, finding.Resolved, Scene{})
	over(next, at)
	return s.tell(heeded(cur, next, why), text)
}

// reason says whether an update is worth a message, given what people were told last and how things were since.
func (r Rules) reason(cur, next *incident.Incident, f *finding.Finding) incident.Reason {
	told := cur.Notified
	switch {
	case told == nil, next.Severity.Rank() > told.Severity.Rank():
		return incident.ReasonRaised
	case f.Time.Sub(told.Time) < r.UpdateInterval:
		return ""
	case next.Severity.Rank() > cur.Severity.Rank(): // it had got better quietly, and people may have put it aside
		return incident.ReasonRaised
	case f.Action != finding.Resolved && another(told, next):
		return incident.ReasonCause
	case next.Fault() == faultOf(f) && r.moved(told.P50, next.ETA.P50, f.Time):
		return incident.ReasonMoved
	}
	return ""
}

// moved reports whether the median moved by a material part of the time that is left, as told or as it is now, whichever is longer: by half,
// as by default, if that time has halved or doubled at once. A date that has passed is now, so that a limit that stays reached is no news.
func (r Rules) moved(was, is *time.Time, now time.Time) bool {
	before, after := leftUntil(was, now), leftUntil(is, now)
	by := (after - before).Abs()
	return by >= r.ETAChangeMin && by > 0 && float64(by) >= r.ETAChange*float64(max(before, after))
}

// leftUntil is the time left until a median, none if it has passed.
func leftUntil(at *time.Time, now time.Time) time.Duration {
	if at == nil {
		return beyond
	}
	return max(at.Sub(now), 0)
}

// absorb gives next the next version, with what f says.
func (r Rules) absorb(next *incident.Incident, f *finding.Finding, action finding.Action, around Scene) *Step {
	next.Version++
	next.LastFinding = f.ID
	s := &Step{Incident: next, Change: incident.Change{
		Time: f.Time, Version: next.Version, Action: action, Level: f.Severity, Actor: actor,
	}}
	if action == finding.Updated {
		s.Places = len(next.Places)
	}
	as, own := r.bearingOf(next, f), evidenceOf(next)
	switch as {
	case confirms:
		s.Change.Signal = short(f.Signal, maxTitle)
		confirm(next, f)
	case takesLead:
		s.Change.Signal = short(next.Signal, maxTitle)
		giveWay(next, f)
		lead(next, f, finding.Opened)
		own, s.Reindex = f.Evidence, true
	case beside, noted:
		if f.Action == finding.Resolved || !slices.Contains(next.Episodes, f.Episode) {
			s.Change.Signal = short(f.Signal, maxTitle)
		}
		next.UpdatedAt = later(next.UpdatedAt, f.Time)
	default:
		lead(next, f, action)
		if len(f.Evidence) > 0 {
			own = f.Evidence
		}
	}
	t, fresh := r.mark(next, f, as == noted, around)
	moved := r.surround(next, t, f, around)
	s.Reindex = s.Reindex || fresh || moved || action != finding.Updated
	next.Severity = severity(next, f)
	if next.Severity.Rank() > next.Worst.Rank() {
		next.Worst = next.Severity
	}
	if len(around.Merge) > 0 {
		own = evidenceOf(next)
	}
	next.Evidence = boundedEvidence(append(confirmations(next), own...))
	next.Causes = r.causes(next)
	return s
}

// surround takes up what is known around f, whose trouble is t, and reports whether the store's keys change by that.
func (r Rules) surround(next *incident.Incident, t *incident.Trouble, f *finding.Finding, around Scene) bool {
	known, places := len(next.Episodes), len(next.Places)
	r.gather(next, t, around.Notes, f.Time)
	for _, other := range around.Merge {
		takeOver(next, other)
	}
	if f.Entity.Root != "" && f.Action != finding.Resolved {
		next.Places = addPlaces(next.Places, r.graph().Listed(short(f.Entity.Root, maxName)))
	}
	return len(next.Episodes) != known || len(next.Places) != places
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// lead takes over what f says of what the incident is about. What was predicted is noted again with each episode that opens.
func lead(next *incident.Incident, f *finding.Finding, action finding.Action) {
	if k := lastOf(next, f); k >= 0 && next.Marks[k].Ended && next.Episodes[k] != f.Episode && f.Action != finding.Resolved {
		action = finding.Opened // a message had kept the incident open since the one before
	}
	next.UpdatedAt = f.Time
	describe(next, f)
	keepScore(next, f, action)
}

// tell adds the change to the timeline, in words, and notes why people are told, "" if they are not.
func (s *Step) tell(why incident.Reason, text i18n.Text) *Step {
	next := s.Incident
	s.Change.Time = s.at(s.Change.Time)
	s.Reason, s.Change.Text = why, clip(text, maxSentence)
	record(next, s.Change, why)
	if why != "" {
		was := next.Notified.Expected()
		next.Notified = &incident.Notice{
			Version: next.Version, Time: s.Change.Time, Reason: why, Severity: next.Severity, P50: next.ETA.P50, Cause: topCause(next),
		}
		if why == incident.ReasonMoved {
			next.Notified.Was = was
		}
	}
	return s
}

// at returns the time of a change that is told to have been made at a time: people's clocks and those of findings are not one, and a
// timeline goes forward.
func (s *Step) at(told time.Time) time.Time {
	if l := s.Incident.Timeline; len(l) > 0 {
		return later(l[len(l)-1].Time, told)
	}
	return told
}

// record adds a change to the timeline. A small move of the forecast takes the place of the small move before
// it, and a reminder that of the one before, so that the bounded timeline tells a story; the stream INC has every step. What messages say is kept.
func record(next *incident.Incident, c incident.Change, why incident.Reason) {
	last := len(next.Timeline) - 1
	if why == "" && last >= 0 && next.Timeline[last].Action == finding.Updated && next.Timeline[last].Signal == "" && c.Signal == "" &&
		next.Notified != nil && next.Timeline[last].Version > next.Notified.Version {
		next.Timeline[last] = c
		return
	}
	if last >= 0 && c.Action == incident.Remind && next.Timeline[last].Action == incident.Remind {
		next.Timeline[last] = c // the one before says the same, with a lower count
		return
	}
	next.Timeline = append(next.Timeline, c)
	for len(next.Timeline) > incident.MaxTimeline {
		k := max(slices.IndexFunc(next.Timeline, func(c incident.Change) bool { return c.Command == "" }), 0) // people's words go last
		next.Timeline = slices.Delete(next.Timeline, k, k+1)
	}
}

// mark notes how far f's episode has come and what it is about, ending those of its fault before it. It returns
// the latter, and whether the episode is new here.
func (r Rules) mark(next *incident.Incident, f *finding.Finding, note bool, around Scene) (t *incident.Trouble, fresh bool) {
	m := incident.Mark{
		Finding: f.ID, Time: f.Time, Version: next.Version, Ended: f.Action == finding.Resolved, Severity: f.Severity, Note: note,
	}
	if _, ok := silence(f); ok {
		m.Ended = false // should its worker speak again, the incident opens again
	}
	if k := slices.Index(next.Episodes, f.Episode); k >= 0 {
		m.Trouble = troubleOf(f, next.Marks[k].Trouble)
		next.Marks[k] = m
		return m.Trouble, false
	}
	m.Trouble = troubleOf(f, noteOf(around.Notes, f.Episode))
	m.Trouble.Ordinary = max(m.Trouble.Ordinary, around.Ordinary)
	for k := range next.Marks {
		if next.FaultOf(k) == faultOf(f) {
			next.Marks[k].Ended = true // a worker has one episode of a fault at a time
		}
	}
	next.Episodes, next.Marks = append(next.Episodes, f.Episode), append(next.Marks, m)
	makeRoom(next)
	return m.Trouble, true
}

// makeRoom lets go what is more than an incident may remember: notes that are over, other notes, what is over, the oldest.
func makeRoom(next *incident.Incident) {
	for len(next.Episodes) > incident.MaxEpisodes {
		k := slices.IndexFunc(next.Marks, func(m incident.Mark) bool { return m.Note && m.Ended })
		if k < 0 {
			k = slices.IndexFunc(next.Marks, func(m incident.Mark) bool { return m.Note })
		}
		if k < 0 {
			k = max(slices.IndexFunc(next.Marks, func(m incident.Mark) bool { return m.Ended }), 0)
		}
		next.Episodes, next.Marks = slices.Delete(next.Episodes, k, k+1), slices.Delete(next.Marks, k, k+1)
	}
}

// clone copies what a step changes in place.
func clone(cur *incident.Incident) *incident.Incident {
	next := *cur
	next.Episodes = slices.Clone(cur.Episodes)
	next.Marks = slices.Clone(cur.Marks)
	next.Timeline = slices.Clone(cur.Timeline)
	next.ConfirmedBy = slices.Clone(cur.ConfirmedBy)
	return &next
}
