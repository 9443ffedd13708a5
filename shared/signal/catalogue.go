package signal

import (
	"fmt"
	"iter"

	"github.com/forewarn/forewarn/shared/entity"
	"github.com/forewarn/forewarn/shared/telemetry"
	"github.com/forewarn/forewarn/shared/topology"
)

// Catalogue is a set of rules, indexed by metric name, the hosts' aliases, and what rests on what.
type Catalogue struct {
	rules    []*Rule
	byID     map[string]*Rule
	metrics  map[string]*metric
	resolver *entity.Resolver
	releases []*releaseRule // the first that says something is believed

	relations []*relationRule
	topology  []topology.Edge
}

// metric is what the catalogue knows of a metric name.
type metric struct {
	root *belonging // which all rules that read the metric agree on
	uses []use
}

// use is an input of a rule that reads the metric.
type use struct {
	rule  *Rule
	input int
}

// Binding says that a series is an input of a signal.
type Binding struct {
	Rule *Rule
	// Key is the signal's: <rule id>/<entity id>.
	Key    string
	Entity entity.Entity
	// Input is an index in Rule.Inputs.
	Input int
	// Group tells apart the senders of one signal: only values of the same Key and Group belong together.
	// It is a hash of the labels that the rule joins by.
	Group uint64
}

// Rules returns the rules in the order of their definition. The slice must not be changed.
func (c *Catalogue) Rules() []*Rule { return c.rules }

// Rule returns the rule with the id, false if there is none.
func (c *Catalogue) Rule(id string) (*Rule, bool) {
	r, ok := c.byID[id]
	return r, ok
}

// Resolver returns what resolves hosts, for those who must name them as the catalogue does.
func (c *Catalogue) Resolver() *entity.Resolver { return c.resolver }

// Names reports whether a rule reads series of that metric name, if their labels are right.
func (c *Catalogue) Names(metric string) bool {
	_, ok := c.metrics[metric]
	return ok
}

// Bind returns what the series is good for, in the order of the rules; nil if no rule reads it, or if its
// labels do not say what it belongs to. A metric that no rule names costs one map look-up. A hit costs
// microseconds and allocates: callers keep the result per series.
func (c *Catalogue) Bind(ls telemetry.Labels) []Binding {
	var out []Binding
	for u := range c.selecting(ls) {
		r := u.rule
		e, ok := r.belong.entity(c.resolver, ls)
		if !ok {
			continue
		}
		out = append(out, Binding{Rule: r, Key: r.ID + "/" + e.ID, Entity: e, Input: u.input, Group: r.group(ls)})
	}
	return out
}

// Selects reports whether one of the wanted rules selects the series. Its labels may still not say what it belongs to, and Bind then has
// nothing of it; but this costs far less.
func (c *Catalogue) Selects(ls telemetry.Labels, wanted func(*Rule) bool) bool {
	for u := range c.selecting(ls) {
		if wanted(u.rule) {
			return true
		}
	}
	return false
}

// selecting yields the inputs that select the series, in the order of the rules.
func (c *Catalogue) selecting(ls telemetry.Labels) iter.Seq[use] {
	return func(yield func(use) bool) {
		m, ok := c.metrics[ls.Get(telemetry.MetricName)]
		if !ok {
			return
		}
		for _, u := range m.uses {
			if u.rule.match.match(ls) && u.rule.Inputs[u.input].match.match(ls) && !yield(u) {
				return
			}
		}
	}
}

// Root returns the partition key of a series that source sent: the ID of its root entity, the same as that
// of its bindings' entities. Series that no rule reads go to their pod or host, those that name neither to
// "source:<source>".
func (c *Catalogue) Root(ls telemetry.Labels, source string) string {
	if key := c.belonging(ls.Get(telemetry.MetricName)).rootKey(c.resolver, ls); key != "" {
		return key
	}
	return entity.SourceRoot(source)
}

// Together reports whether series of two metrics that have the same labels have the same root, and so are in one partition.
func (c *Catalogue) Together(a, b string) bool { return c.belonging(a).sameRoot(c.belonging(b)) }

// belonging returns how the root of a metric's series follows from their labels.
func (c *Catalogue) belonging(name string) *belonging {
	if m, ok := c.metrics[name]; ok {
		return m.root
	}
	return &belonging{root: RootWorkload}
}

// Place returns the root entity of what has these labels, a log for instance: its pod or host; false if they name neither.
func (c *Catalogue) Place(ls telemetry.Labels) (entity.Entity, bool) {
	labels := map[string]string{}
	b := &belonging{root: RootWorkload}
	e, ok := b.outermost(c.resolver, ls, nil, labels)
	e.Labels = labels
	return e, ok
}

// index adds the rule; it fails if the rule wants one of its metrics in another partition than rules
// before it do, since a series goes to one partition only.
func (c *Catalogue) index(r *Rule) error {
	for i, in := range r.Inputs {
		for _, name := range in.Metrics {
			m, ok := c.metrics[name]
			if !ok {
				m = &metric{root: &r.belong}
				c.metrics[name] = m
			}
			if !m.root.sameRoot(&r.belong) {
				other := m.uses[0].rule
				return fmt.Errorf("metric %q has root %q here and %q in rule %s (%s); give both rules the same root, a series goes to one partition only",
					name, r.belong.root, m.root.root, other.ID, other.Origin)
			}
			m.uses = append(m.uses, use{r, i})
		}
	}
	c.rules = append(c.rules, r)
	c.byID[r.ID] = r
	return nil
}
