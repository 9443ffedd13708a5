package anomaly

import (
	"cmp"
	"context"
	"math"
	"slices"
	"time"

	"github.com/forewarn/forewarn/services/anomaly/internal/alert"
	"github.com/forewarn/forewarn/services/anomaly/internal/query"
	"github.com/forewarn/forewarn/services/anomaly/internal/rule"
	"github.com/forewarn/forewarn/services/anomaly/internal/window"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/signal"
	"github.com/forewarn/forewarn/shared/telemetry"
)

// Ruler evaluates rules from the samples that it is given: the pure heart of the service for the rules of one partition. It keeps as
// many samples as the rules look back and lets Prometheus' engine evaluate over them, so that an expression means what it means
// there. It has no bus and no clock: a group is evaluated at the multiples of its interval that "now", which is what the caller says,
// has passed. The same calls in the same order give the same findings and the same state, unless a query takes longer than
// its time-out. Not safe for concurrent use.
type Ruler struct {
	groups []*rule.Group
	window *window.Window
	query  *query.Evaluator
	book   *alert.Book
	teller teller

	pause
	next    time.Time // when the first group is due
	failing troubles
	stats   RulerStats
}

// RulerStats counts what was done with rules since the start.
type RulerStats struct {
	// Evaluations were made of rules; Failures are those of them that gave an error; Missed were left out, since others were
	// late.
	Evaluations, Failures, Missed uint64
	// Seconds is how long evaluations took.
	Seconds float64
	// Templates failed, and what they say was left out.
	Templates uint64
}

// NewRuler returns a ruler of all rules, with no bound on series: for the past, of which all samples come to one.
func NewRuler(cfg Config, rules *Rules, cat *signal.Catalogue) *Ruler {
	cfg.MaxRuleSeries = math.MaxInt
	return newRuler(cfg, rules.groups, cat)
}

func newRuler(cfg Config, groups []*rule.Group, cat *signal.Catalogue) *Ruler {
	var interests []window.Interest
	for _, r := range rulesOf(groups) {
		for _, s := range r.Selectors {
			interests = append(interests, window.Interest{Metric: s.Metric, Matchers: s.Matchers, Reach: s.Reach})
		}
	}
	r := &Ruler{groups: groups, window: window.New(cfg.MaxRuleSeries, interests), book: alert.New(rulesOf(groups), cfg.MaxAlerts), failing: troubles{}}
	r.query = query.New(r.window, cfg.RuleTimeout, cfg.RuleMaxSamples)
	r.teller = teller{cat: cat, query: r.query.Vector, failed: &r.stats.Templates}
	return r
}

func rulesOf(groups []*rule.Group) (out []*rule.Rule) {
	for _, g := range groups {
		out = append(out, g.Rules...)
	}
	return out
}

// Stats returns the counters.
func (r *Ruler) Stats() RulerStats { return r.stats }

// Observe takes a batch in which samples of a series are in time order, and returns what the evaluations come to that are due.
// The batch is not kept. Findings lack their ID.
func (r *Ruler) Observe(now time.Time, b *telemetry.Batch) []finding.Finding {
	if len(r.groups) > 0 {
		r.window.Observe(now, b)
	}
	return r.advance(now)
}

// Tick says what time it is, so that rules are evaluated when nothing comes, too.
func (r *Ruler) Tick(now time.Time) []finding.Finding {
	out := r.advance(now)
	r.window.Forget(now)
	return out
}

// due is a group at a time at which it is to be evaluated.
type due struct {
	*rule.Group
	at time.Time
}

// maxDue bounds the evaluations of a group at once; after a longer pause the earlier ones are left out.
const maxDue = 64

// advance evaluates what has become due.
func (r *Ruler) advance(now time.Time) []finding.Finding {
	since := r.hear(now)
	out := r.teller.tell(r.book.Orphans(now))
	switch {
	case since.IsZero() || r.waits():
		r.next = time.Time{}
		return out
	case now.Before(r.next):
		return out
	}
	for _, d := range r.due(since, now) {
		for _, x := range d.Rules {
			out = append(out, r.evaluate(x, d.at)...)
		}
	}
	return out
}

// due returns what lies in (since, now], in the order of time, and notes when the next is.
func (r *Ruler) due(since, now time.Time) (out []due) {
	r.next = time.Time{}
	for _, g := range r.groups {
		at := since.Truncate(g.Interval).Add(g.Interval)
		if late := int(now.Sub(at)/g.Interval) + 1 - maxDue; late > 0 {
			at = at.Add(time.Duration(late) * g.Interval)
			r.stats.Missed += uint64(late * len(g.Rules)) //nolint:gosec // counts
		}
		for ; !at.After(now); at = at.Add(g.Interval) {
			out = append(out, due{g, at})
		}
		if r.next.IsZero() || at.Before(r.next) {
			r.next = at
		}
	}
	slices.SortStableFunc(out, func(a, b due) int { return a.at.Compare(b.at) })
	return out
}

// evaluate evaluates a rule at a time.
func (r *Ruler) evaluate(x *rule.Rule, at time.Time) []finding.Finding {
	if r.idle(x) {
		return r.found(x, at, &telemetry.Batch{})
	}
	began := time.Now()
	found, err := r.query.Evaluate(context.Background(), x, at)
	r.stats.Evaluations++
	r.stats.Seconds += time.Since(began).Seconds()
	r.failing.note(x, err)
	switch {
	case err != nil:
		r.stats.Failures++ // what fires goes on
		return nil
	case x.Record:
		r.window.Observe(at, found)
		return nil
	}
	return r.found(x, at, found)
}

// idle reports whether a rule has no result since there are no series of what it selects.
func (r *Ruler) idle(x *rule.Rule) bool {
	return x.Place == rule.Stream && !slices.ContainsFunc(x.Selectors, func(s rule.Selector) bool { return r.window.Has(s.Metric) })
}

// found takes what an evaluation found.
func (r *Ruler) found(x *rule.Rule, at time.Time, found *telemetry.Batch) []finding.Finding {
	if len(found.Series) == 0 && !r.book.Has(x.Key) {
		return nil
	}
	return r.teller.tell(r.book.Update(x, at, r.teller.results(x, at, found)))
}

// troubles is what went wrong with rules the last time.
type troubles map[string]string

// note takes what an evaluation came to, and reports whether it is news that the rule fails.
func (t troubles) note(x *rule.Rule, err error) bool {
	_, before := t[x.Key]
	if err == nil {
		delete(t, x.Key)
		return false
	}
	t[x.Key] = x.Name + " (" + x.Origin + "): " + err.Error()
	return !before
}

// first returns one of them, always the same, "" if there are none.
func (t troubles) first() string {
	least := ""
	for key := range t {
		if least == "" || cmp.Less(key, least) {
			least = key
		}
	}
	return t[least]
}
