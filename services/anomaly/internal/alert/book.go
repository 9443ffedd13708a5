// Package alert keeps what is pending and what is firing of rules: the life of an alert as Prometheus defines it, but without
// a clock of its own.
//
// A result of a rule is told by its labels. It is pending from the first evaluation that has it, fires when it has held for the
// rule's `for`, and is over when it was missing for the rule's `keep_firing_for`. Firing is one episode.
package alert

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/cespare/xxhash/v2"

	"github.com/forewarn/forewarn/services/anomaly/internal/rule"
	"github.com/forewarn/forewarn/shared/entity"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/telemetry"
)

// Result is one result of an evaluation.
type Result struct {
	// Labels are those of the result without the metric's name, which is Metric, "" if it has none.
	Labels   telemetry.Labels
	Metric   string
	Value    float64
	Severity finding.Severity
}

// Alert is one that is pending or firing. Times are Unix milliseconds, 0 for never.
type Alert struct {
	Labels telemetry.Labels `json:"labels"`
	// Since is when it began to hold, Fired when it was told, Missing since when it does not hold any more.
	Since   int64 `json:"since"`
	Fired   int64 `json:"fired,omitempty"`
	Missing int64 `json:"missing,omitempty"`
	// Told is when it was told last, Severity as how bad.
	Told     int64            `json:"told,omitempty"`
	Severity finding.Severity `json:"severity,omitempty"`
	// Episode, Signal, Series, Entity and Title are what it is told under, from when it fires on.
	Episode string        `json:"episode,omitempty"`
	Signal  string        `json:"signal,omitempty"`
	Series  string        `json:"series,omitempty"`
	Entity  entity.Entity `json:"entity,omitzero"`
	Title   i18n.Text     `json:"title,omitzero"`

	heard bool // in the present evaluation
}

// Change is something to tell.
type Change struct {
	Action finding.Action
	// Rule is nil where there is no such rule any more.
	Rule *rule.Rule
	// Alert is the book's: what it is told under may be set when it opens.
	*Alert
	// Result is what was found; without a value if it is over.
	Result Result
	At     time.Time
}

// Book keeps the alerts of some rules. It is not safe for concurrent use.
type Book struct {
	rules  map[string]*rule.Rule
	states map[string]*state
	max    int
	// orphans are the last words about alerts of rules that are gone.
	orphans []Change
	stats   Stats
}

// Stats counts what a book has done since it was made.
type Stats struct {
	// Refused counts results for which there was no room.
	Refused uint64
}

// state is what a book keeps of a rule.
type state struct {
	// Evaluated is when it was last, Unix milliseconds.
	Evaluated int64             `json:"evaluated"`
	Alerts    map[string]*Alert `json:"alerts,omitempty"` // by fingerprint
}

const (
	// tellAgain is how often an alert that goes on is told again.
	tellAgain = 24 * time.Hour
	// clockSlack is how far the time may go back for a moment; when it goes back further, it was wrong before.
	clockSlack = 10 * time.Minute
	// forgetPending is how long nobody may have looked for what was pending before to count.
	forgetPending = time.Hour
)

// New returns an empty book of some rules, with at most so many alerts of each.
func New(rules []*rule.Rule, most int) *Book {
	b := &Book{rules: make(map[string]*rule.Rule, len(rules)), states: map[string]*state{}, max: most}
	for _, r := range rules {
		b.rules[r.Key] = r
	}
	return b
}

// Stats returns the counters.
func (b *Book) Stats() Stats { return b.stats }

// Len returns how many alerts are pending and how many fire.
func (b *Book) Len() (pending, firing int) {
	for _, s := range b.states {
		for _, a := range s.Alerts {
			if a.Fired != 0 {
				firing++
			} else {
				pending++
			}
		}
	}
	return pending, firing
}

// Has reports whether anything is pending or firing of a rule.
func (b *Book) Has(key string) bool { s := b.states[key]; return s != nil && len(s.Alerts) > 0 }

// Update takes the results of a rule at a time and returns what there is to tell, first of those, in their order, then of what is
// over. Of results with equal labels the first counts. An evaluation that is not newer than the one before changes nothing.
func (b *Book) Update(r *rule.Rule, at time.Time, results []Result) (out []Change) {
	s := b.states[r.Key]
	if s == nil {
		s = &state{Alerts: map[string]*Alert{}}
		b.states[r.Key] = s
	}
	if back := s.Evaluated - at.UnixMilli(); back >= 0 && back < clockSlack.Milliseconds() {
		return nil
	}
	s.bridge(at, r.Interval)
	for i := range results {
		out = append(out, b.met(r, s, at, &results[i])...)
	}
	for _, key := range slices.Sorted(maps.Keys(s.Alerts)) {
		a := s.Alerts[key]
		if a.heard {
			a.heard = false
			continue
		}
		over, told := a.missed(r, at)
		if over {
			delete(s.Alerts, key)
		}
		out = append(out, told...)
	}
	if len(s.Alerts) == 0 {
		delete(b.states, r.Key) // nothing to remember
	}
	return out
}

// bridge leaves out of what was pending the time for which nobody looked: it is not known to have held.
func (s *state) bridge(at time.Time, interval time.Duration) {
	gap := at.UnixMilli() - s.Evaluated - interval.Milliseconds()
	if s.Evaluated == 0 {
		gap = 0
	}
	s.Evaluated = at.UnixMilli()
	if gap <= 0 {
		return
	}
	for key, a := range s.Alerts {
		switch {
		case a.Fired != 0:
		case gap > forgetPending.Milliseconds():
			delete(s.Alerts, key)
		default:
			a.Since += gap
		}
	}
}

// met takes a result.
func (b *Book) met(r *rule.Rule, s *state, at time.Time, x *Result) []Change {
	key := fmt.Sprintf("%016x", x.Labels.Fingerprint())
	a := s.Alerts[key]
	switch {
	case a == nil && len(s.Alerts) >= b.max:
		b.stats.Refused++
		return nil
	case a == nil:
		a = &Alert{Labels: x.Labels, Since: at.UnixMilli()}
		s.Alerts[key] = a
	case a.heard:
		return nil
	}
	a.heard, a.Missing = true, 0
	now, action := at.UnixMilli(), finding.Updated
	a.Since = min(a.Since, now) // where the clock was wrong before
	switch {
	case a.Fired == 0 && now-a.Since < r.For.Milliseconds():
		return nil
	case a.Fired == 0:
		a.Fired, action = now, finding.Opened
		a.Episode = fmt.Sprintf("%016x-%d", xxhash.Sum64String(r.Key+"/"+key), now)
	case a.Severity == x.Severity && now-a.Told < tellAgain.Milliseconds():
		return nil
	}
	a.Told, a.Severity = now, x.Severity
	return []Change{{Action: action, Rule: r, Alert: a, Result: *x, At: at}}
}

// missed takes note that an evaluation did not have it, and says whether it is over.
func (a *Alert) missed(r *rule.Rule, at time.Time) (over bool, told []Change) {
	if a.Fired == 0 {
		return true, nil
	}
	now := at.UnixMilli()
	if a.Missing == 0 {
		a.Missing = now
	}
	if r.KeepFiringFor > 0 && now-a.Missing < r.KeepFiringFor.Milliseconds() {
		return false, nil
	}
	return true, []Change{{Action: finding.Resolved, Rule: r, Alert: a, At: at}}
}

// Orphans returns, once, the ends of what fired of rules that are gone since the state was saved.
func (b *Book) Orphans(at time.Time) []Change {
	out := b.orphans
	b.orphans = nil
	for i := range out {
		out[i].At = at
	}
	return out
}
