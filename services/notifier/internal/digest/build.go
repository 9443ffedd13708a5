// Package digest makes of incidents, forecasts and plans what a team should know of a week or a month.
//
// It is pure: [Build] reads no clock and no store, and the same [Inputs] give the same digest. [Compose] says a digest in
// words. Nothing in it is written by hand: every number is counted from incidents, from what workers say became of their
// predictions, and from plans.
package digest

import (
	"slices"
	"time"

	"github.com/forewarn/forewarn/models/calendar"
	"github.com/forewarn/forewarn/shared/digest"
	"github.com/forewarn/forewarn/shared/entity"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/incident"
	"github.com/forewarn/forewarn/shared/plan"
	"github.com/forewarn/forewarn/shared/signal"
)

// Inputs are what a digest is made of. What is nil is not known; Missing should say why then.
type Inputs struct {
	Edition Edition
	// Team is its name, "" for everybody.
	Team string
	// Owner names the team that answers for a thing as one of its signals shows it, "" if none does; nil where there are no teams.
	Owner func(signal string, e *entity.Entity) string
	// Now is when the digest is made, Late that it should have been sent long ago.
	Now  time.Time
	Late bool
	// Incidents are as they were at the end of the edition, or are now if that is still to come; in any order.
	Incidents []*incident.Incident
	// Before are those of them, by id, as they were at the beginning; what is not in it had not changed since or did not exist.
	Before map[string]*incident.Incident
	// Signals are what workers know now, nil for an edition of the past or if none answered.
	Signals []signal.State
	// Catalogue says how long repairs take and how bad failures are; nil if that is not known.
	Catalogue *signal.Catalogue
	// Plans are those of now; Planned tells that they were asked for.
	Plans    []plan.Plan
	Planned  bool
	Calendar *calendar.Calendar
	// Unread are metrics that no rule reads, SilentTargets what collectors cannot reach; Surveyed tells that both were asked for.
	Unread, SilentTargets []string
	Surveyed              bool
	Missing               []i18n.Text
}

const (
	// shownRisks is how many risks a digest lists.
	shownRisks = 10
	// trackDays is how far back the track record of a digest reaches.
	trackDays = 90
)

// Build returns the digest of what it is given.
func Build(in Inputs) *digest.Digest {
	b := &builder{Inputs: in, at: in.Edition.Until}
	if in.Now.Before(b.at) {
		b.at = in.Now
	}
	b.choose()
	d := &digest.Digest{
		Schema: digest.SchemaVersion, Span: in.Edition.Span, ID: in.Edition.ID, Team: in.Team,
		From: in.Edition.From.UTC(), Until: b.at.UTC(), DueAt: in.Edition.Due.UTC(), MadeAt: in.Now.UTC(), Late: in.Late,
		TrackDays: trackDays, Missing: append([]i18n.Text{}, in.Missing...),
	}
	risks := b.risks()
	d.Changes = b.changes(risks)
	d.Close = b.close(risks)
	d.Risks, d.MoreRisks = risks[:min(len(risks), shownRisks)], max(0, len(risks)-shownRisks)
	d.Purchases = b.purchases()
	d.Coverage = b.coverage()
	if d.WatchedSince = b.watchedSince(); d.Unready() {
		d.Close = nil // of what nobody knows it cannot be said that it is safe
	}
	d.Track, d.Kinds = b.track(b.mine)
	d.Response = b.response(b.mine)
	d.Teams = b.teams()
	d.Causes = b.causes()
	if in.Edition.Span == digest.Month {
		d.Availability = b.availability()
	}
	return d
}

// builder makes one digest.
type builder struct {
	Inputs
	// at is the moment from which it looks ahead.
	at time.Time
	// mine are the incidents of the team that had opened by then and are no part of others.
	mine []*incident.Incident
}

// choose picks the incidents that the digest is about.
func (b *builder) choose() {
	for _, in := range b.Incidents {
		if in.MergedInto == "" && in.OpenedAt.Before(b.at) && b.owns(in.Signal, &in.Entity) {
			b.mine = append(b.mine, in)
		}
	}
}

// owns reports whether the team answers for a thing.
func (b *builder) owns(signal string, e *entity.Entity) bool {
	return b.Team == "" || b.ownerOf(signal, e) == b.Team
}

// watchedSince returns since when something has been watched that the digest is about, if that was after its beginning; nil else, and
// if it is not known.
func (b *builder) watchedSince() *time.Time {
	var first time.Time
	for i := range b.Signals {
		s := &b.Signals[i]
		if b.owns(s.Key, &s.Entity) && (first.IsZero() || s.Since.Before(first)) {
			first = s.Since
		}
	}
	if !first.After(b.Edition.From) || slices.ContainsFunc(b.mine, func(in *incident.Incident) bool { return in.OpenedAt.Before(first) }) {
		return nil
	}
	first = first.UTC()
	return &first
}

func (b *builder) ownerOf(signal string, e *entity.Entity) string {
	if b.Owner == nil {
		return ""
	}
	return b.Owner(signal, e)
}

// within reports whether a time is in that of the edition.
func (b *builder) within(t time.Time) bool { return !t.Before(b.Edition.From) && t.Before(b.at) }

// openAt reports whether an incident was open at a time after its opening.
func openAt(in *incident.Incident, at time.Time) bool {
	return in.State != incident.Resolved || in.ResolvedAt == nil || in.ResolvedAt.After(at)
}

// rule returns the catalogue's rule of a signal, nil if it has none.
func (b *builder) rule(key string) *signal.Rule {
	if b.Catalogue == nil {
		return nil
	}
	r, _ := b.Catalogue.Rule(ruleOf(key))
	return r
}

// impact returns how bad it is when a signal fails: as the catalogue says, else as severe as people were told.
func (b *builder) impact(key string, s finding.Severity) int {
	if r := b.rule(key); r != nil && r.Impact > 0 {
		return r.Impact
	}
	return [...]int{3, 1, 3, 5}[s.Rank()]
}
