package scrape

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/forewarn/forewarn/shared/signal"
	"github.com/forewarn/forewarn/shared/telemetry"
)

// The actions of a rule.
const (
	actionKeep      = "keep"
	actionDrop      = "drop"
	actionLabelDrop = "labeldrop"
)

// Rule keeps or drops series as Prometheus' metric_relabel_configs do.
type Rule struct {
	// SourceLabels are the labels whose values, joined by ";", the regular expression must match: by
	// default the metric name alone. Not used by labeldrop, which matches label names.
	SourceLabels []string `yaml:"source_labels"`
	// Regex is anchored at both ends; its dot matches line ends, too.
	Regex string `yaml:"regex"`
	// Action is keep, drop or labeldrop.
	Action string `yaml:"action"`
}

type rule struct {
	Rule
	re *regexp.Regexp
}

// compile returns an error that starts with the key at fault.
func (r Rule) compile() (rule, error) {
	if r.Action != actionKeep && r.Action != actionDrop && r.Action != actionLabelDrop {
		return rule{}, fmt.Errorf("action: %q is unknown; set keep, drop or labeldrop", r.Action)
	}
	if r.Regex == "" {
		return rule{}, fmt.Errorf("regex: is missing; set what to %s", r.Action)
	}
	if r.Action == actionLabelDrop && len(r.SourceLabels) > 0 {
		return rule{}, fmt.Errorf("source_labels: have no meaning for labeldrop; remove them")
	}
	re, err := signal.Anchored(r.Regex)
	if err != nil {
		return rule{}, fmt.Errorf("regex: %w", err)
	}
	if len(r.SourceLabels) == 0 {
		r.SourceLabels = []string{telemetry.MetricName}
	}
	return rule{r, re}, nil
}

// apply returns the labels after the rules, false if the series is dropped.
func apply(rules []rule, ls telemetry.Labels) (telemetry.Labels, bool) {
	for _, r := range rules {
		switch r.Action {
		case actionLabelDrop:
			ls = r.without(ls)
		default:
			if r.matches(ls) != (r.Action == actionKeep) {
				return nil, false
			}
		}
	}
	return ls, true
}

func (r rule) without(ls telemetry.Labels) telemetry.Labels {
	kept := make(telemetry.Labels, 0, len(ls))
	for _, l := range ls {
		if l.Name == telemetry.MetricName || !r.re.MatchString(l.Name) {
			kept = append(kept, l)
		}
	}
	return kept
}

func (r rule) matches(ls telemetry.Labels) bool {
	if len(r.SourceLabels) == 1 {
		return r.re.MatchString(ls.Get(r.SourceLabels[0]))
	}
	values := make([]string, len(r.SourceLabels))
	for i, name := range r.SourceLabels {
		values[i] = ls.Get(name)
	}
	return r.re.MatchString(strings.Join(values, ";"))
}
