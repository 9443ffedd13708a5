package anomaly

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"go.uber.org/zap"

	"github.com/forewarn/forewarn/services/anomaly/internal/alert"
	"github.com/forewarn/forewarn/services/anomaly/internal/query"
	"github.com/forewarn/forewarn/services/anomaly/internal/rule"
	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/obs"
	"github.com/forewarn/forewarn/shared/telemetry"
)

// QueriesService is the name on the bus of the one worker that evaluates rules by queries of the history.
const QueriesService = "anomaly-queries"

// inquirer evaluates rules by queries of the history. What a query finds is not the same the next time: samples come late, stores
// fail. So a tick does not change what is pending or fires. It asks, and sends what it found to itself through the stream; that
// message is what changes the state and gives findings, the same at every replay. An answer that was sent once is
// never sent otherwise, since the bus suppresses what an input has given before.
type inquirer struct {
	// running ends queries, when the partition has to be given up: Process has no context of its own.
	running context.Context //nolint:containedctx // see above
	groups  []*rule.Group
	rules   map[string]*rule.Rule
	history History
	until   func() time.Time
	query   *query.Evaluator
	pause
	book    *alert.Book
	teller  teller
	decoder *telemetry.Decoder
	batch   telemetry.Batch

	// What follows is no state: it only says when to ask next.
	done    map[*rule.Group]time.Time
	reached time.Time            // up to when the history was complete when that was known last
	holding map[string]bool      // rules whose last answer had results, or of which that is not known
	resting map[string]time.Time // rules that took too long, until when they rest

	log     *zap.Logger
	metrics *ruleMetrics
	health  *obs.Health
	failing troubles
	stats   RulerStats
	refused uint64 // results, at the last tick
}

var _ bus.Processor = (*inquirer)(nil)

func newInquirer(ctx context.Context, cfg Config, s Settings, m *ruleMetrics) *inquirer {
	groups := s.Rules.at(rule.History)
	all := rulesOf(groups)
	q := &inquirer{
		running: ctx, groups: groups, rules: map[string]*rule.Rule{}, history: s.History, until: s.HistoryUntil,
		book: alert.New(all, cfg.MaxAlerts), decoder: telemetry.NewDecoder(cfg.maxBindings()),
		done: map[*rule.Group]time.Time{}, holding: map[string]bool{}, resting: map[string]time.Time{},
		log: s.Logger, metrics: m.of(rule.History, 0), health: s.Health, failing: troubles{},
	}
	for _, x := range all {
		q.rules[x.Key], q.holding[x.Key] = x, true
	}
	q.after = deafAfter
	q.teller = teller{cat: s.Catalogue, failed: &q.stats.Templates}
	if s.History != nil {
		q.query = query.New(s.History, cfg.RuleTimeout, cfg.RuleMaxSamples)
		q.teller.query = q.query.Vector
	}
	return q
}

// inquire evaluates the rules that ask the history, in one process at a time, until ctx ends.
func inquire(ctx context.Context, cfg Config, s Settings, m *ruleMetrics, ready func()) error {
	return s.Bus.Share(ctx, bus.ShareSettings{
		Service: QueriesService, Input: bus.Fleet, Logger: s.Logger, Ready: ready,
		Left: func(int) { m.of(rule.History, 0).forget() },
		New:  func(ctx context.Context, _ int) bus.Processor { return newInquirer(ctx, cfg, s, m) },
	})
}

// Process asks at a tick, and takes what was found. An error means that the message cannot be read.
func (q *inquirer) Process(m bus.Message) ([]bus.Output, error) {
	switch {
	case m.Tick:
		out, err := q.publish(m, q.teller.tell(q.book.Orphans(m.Time)))
		if err != nil {
			return nil, err
		}
		until := q.look(m.Time)
		if q.hear(m.Time); !q.waits() {
			out = append(out, q.ask(m.Time, until)...)
		}
		q.metrics.observe(q.stats, q.book)
		q.tell(m.Time)
		return out, nil
	case m.Sender() != QueriesService:
		return nil, nil
	}
	findings, err := q.found(m.Data)
	if err != nil {
		return nil, err
	}
	return q.publish(m, findings)
}

func (q *inquirer) publish(m bus.Message, findings []finding.Finding) ([]bus.Output, error) {
	return publish(q.metrics.findings, QueriesService, 0, m, findings)
}

const (
	// grace is how long after a moment its samples are all on the bus, as a rule: a scrape takes some seconds.
	grace = 15 * time.Second
	// outdated is how old a tick may be to be worth a query: after a pause those that were missed are passed over.
	outdated = 45 * time.Second
	// restFactor is for how many times as long as it took a rule rests that took more than half of its time-out.
	restFactor = 10
)

// look returns up to when the history is complete, zero if that is not known, and notes it.
func (q *inquirer) look(now time.Time) time.Time {
	if q.until == nil || len(q.groups) == 0 {
		q.reached = now
		return now
	}
	until := q.until()
	if !until.IsZero() || q.reached.IsZero() {
		q.reached = cmp.Or(until, now)
	}
	return until
}

// ask evaluates every group of which the next time has come and is in the history, and returns what was found.
func (q *inquirer) ask(now, until time.Time) (out []bus.Output) {
	if q.query == nil {
		return nil
	}
	if until.Sub(now) > outdated || until.IsZero() {
		return nil // a tick of long ago, or nothing is known of the history yet
	}
	if until.After(now) {
		until = now
	}
	for _, g := range q.groups {
		at := until.Add(-grace).Truncate(g.Interval)
		before := q.done[g]
		if !at.After(before) || q.running.Err() != nil {
			continue
		}
		if missed := int(at.Sub(before)/g.Interval) - 1; !before.IsZero() && missed > 0 {
			q.stats.Missed += uint64(missed * len(g.Rules)) //nolint:gosec // counts
		}
		q.done[g] = at
		for _, x := range g.Rules {
			out = append(out, q.evaluate(x, at)...)
		}
	}
	return out
}

var (
	errResting = errors.New("it took too long and rests; write it so that it reads less, such as with a shorter range, or raise anomaly.rule_timeout")
	errMany    = errors.New("its results are too large for a message; write it so that it gives fewer")
)

// evaluate asks what a rule asks, and returns the answer for the stream; none if nothing was found, and nothing before.
func (q *inquirer) evaluate(x *rule.Rule, at time.Time) []bus.Output {
	found, err := q.find(x, at)
	if q.running.Err() != nil {
		return nil
	}
	q.stats.Evaluations++
	if err == nil && x.Record {
		err = q.record(found)
	}
	var data []byte
	if err == nil && !x.Record && (len(found.Series) > 0 || q.holding[x.Key]) {
		q.holding[x.Key] = len(found.Series) > 0
		if data = appendAnswer(nil, x.Key, at, found); len(data) > maxAnswer {
			err = errMany
		}
	}
	if q.failing.note(x, err) {
		q.log.Warn("rule cannot be evaluated, and is tried again", zap.String("rule", x.Key), zap.String("origin", x.Origin), zap.Error(err))
	}
	if err != nil {
		q.stats.Failures++
		return nil
	}
	if data == nil {
		return nil
	}
	return []bus.Output{{Fleet: true, Data: data}}
}

// find asks the history, unless the rule rests.
func (q *inquirer) find(x *rule.Rule, at time.Time) (*telemetry.Batch, error) {
	if at.Before(q.resting[x.Key]) {
		return nil, errResting
	}
	began := time.Now()
	found, err := q.query.Evaluate(q.running, x, at)
	took := time.Since(began)
	q.stats.Seconds += took.Seconds()
	if delete(q.resting, x.Key); took > q.query.Timeout()/2 {
		q.resting[x.Key] = at.Add(restFactor * took)
	}
	return found, err
}

// record stores what a rule records. Another value for a time that is there stays out: the first one is what others have seen.
func (q *inquirer) record(found *telemetry.Batch) error {
	n, err := q.history.Append(q.running, found)
	if refused := n.Refused() - n.Conflicts; err == nil && refused > 0 {
		err = fmt.Errorf("the history refused %d of its %d samples; see whether its clock is right", refused, found.Samples())
	}
	return err
}

// found takes an answer.
func (q *inquirer) found(data []byte) ([]finding.Finding, error) {
	key, at, rest, err := cutAnswer(data)
	if err != nil {
		return nil, err
	}
	if err := q.decoder.Decode(rest, &q.batch); err != nil {
		return nil, fmt.Errorf("decode the answer to rule %q: %w", key, err)
	}
	x := q.rules[key]
	if x == nil {
		return nil, nil // it was taken out, or is evaluated elsewhere, since it was asked
	}
	return q.teller.tell(q.book.Update(x, at, q.teller.results(x, at, &q.batch))), nil
}
