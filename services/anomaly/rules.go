package anomaly

import (
	_ "embed"
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/forewarn/forewarn/services/anomaly/internal/rule"
	"github.com/forewarn/forewarn/shared/signal"
	"github.com/forewarn/forewarn/shared/telemetry"
)

// handbook is the built-in rules: few, and each about something that is broken now.
//
//go:embed handbook.yaml
var handbook []byte

// handbookName is what errors and origins call the file of the built-in rules.
const handbookName = "handbook.yaml"

// Rules are those that people wrote down: of the built-in handbook and of the configuration's files. They do not change.
type Rules struct{ groups []*rule.Group }

// RuleSummary says of a rule what people want to know before it runs.
type RuleSummary struct {
	// Name is the alert's or the record's, Group its group's, Origin <file>:<line>.
	Name, Group, Origin string
	// Streamed tells that it is evaluated from the stream; if not, by queries of the history, and Why says what that is for.
	Streamed bool
	Why      string
}

// OpenRules reads the rules. An error names all that is wrong with them.
func (c *Config) OpenRules(cat *signal.Catalogue) (*Rules, error) {
	reader := rule.NewReader(c.RuleInterval, cat.Together)
	var all Rules
	var errs []error
	add := func(name string, data []byte) {
		groups, err := reader.Read(name, data)
		if err != nil {
			errs = append(errs, fmt.Errorf("anomaly.rules: %w", err))
		}
		all.groups = append(all.groups, groups...)
	}
	if c.Handbook {
		add(handbookName, handbook)
	}
	for _, name := range c.Rules {
		data, err := os.ReadFile(name)
		if err != nil {
			errs = append(errs, fmt.Errorf("anomaly.rules: %w; correct the name, or remove it", err))
			continue
		}
		add(name, data)
	}
	rule.Settle(all.groups)
	return &all, errors.Join(errs...)
}

// List returns a summary of each rule, in their order.
func (r *Rules) List() []RuleSummary {
	all := rulesOf(r.groups)
	out := make([]RuleSummary, len(all))
	for i, x := range all {
		out[i] = RuleSummary{Name: x.Name, Group: x.Group, Origin: x.Origin, Streamed: x.Place == rule.Stream, Why: x.Why}
	}
	return out
}

// Inquire reports whether a rule is evaluated by queries of the history.
func (r *Rules) Inquire() bool { return len(r.at(rule.History)) > 0 }

// Reads reports whether an expression of a rule selects a series. No rules read nothing.
func (r *Rules) Reads(ls telemetry.Labels) bool {
	if r == nil {
		return false
	}
	for _, x := range rulesOf(r.groups) {
		if slices.ContainsFunc(x.Selectors, func(s rule.Selector) bool { return s.Match(ls) }) {
			return true
		}
	}
	return false
}

// Selects returns the metrics that the expressions of the rules name, but for those that rules record, and in PromQL the
// selectors that name none; each once. No rules select nothing.
func (r *Rules) Selects() (metrics, selectors []string) {
	if r == nil {
		return nil, nil
	}
	recorded := map[string]bool{}
	for _, x := range rulesOf(r.groups) {
		recorded[x.Name] = recorded[x.Name] || x.Record
	}
	for _, x := range rulesOf(r.groups) {
		for _, s := range x.Selectors {
			switch {
			case s.Metric == "":
				selectors = append(selectors, s.String())
			case !recorded[s.Metric]:
				metrics = append(metrics, s.Metric)
			}
		}
	}
	slices.Sort(metrics)
	slices.Sort(selectors)
	return slices.Compact(metrics), slices.Compact(selectors)
}

// at returns the groups with those rules that are evaluated at a place.
func (r *Rules) at(p rule.Place) (out []*rule.Group) {
	for _, g := range r.groups {
		part := *g
		part.Rules = nil
		for _, x := range g.Rules {
			if x.Place == p {
				part.Rules = append(part.Rules, x)
			}
		}
		if len(part.Rules) > 0 {
			out = append(out, &part)
		}
	}
	return out
}
