package anomaly

import (
	"errors"
	"fmt"
	"time"

	"github.com/forewarn/forewarn/shared/config"
)

// Config is the section "anomaly" of the configuration.
type Config struct {
	// Signatures are YAML files of more known messages; later ones win, and may disable built-in ones.
	Signatures []string `yaml:"signatures" env:"SIGNATURES"`
	// ResolveAfter is how long a known message must not have come before its episode ends.
	ResolveAfter time.Duration `yaml:"resolve_after" env:"RESOLVE_AFTER"`
	// MaxAge is how old an entry may be and still be news; older ones, as when a file is read from its beginning, are
	// counted only.
	MaxAge time.Duration `yaml:"max_age" env:"MAX_AGE"`
	// MaxMessages bounds the episodes of a partition; further ones are refused and counted.
	MaxMessages int `yaml:"max_messages" env:"MAX_MESSAGES"`
	// MaxSources is of how many logs of a partition the patterns are remembered, MaxPatterns how many of each.
	MaxSources  int `yaml:"max_sources" env:"MAX_SOURCES"`
	MaxPatterns int `yaml:"max_patterns" env:"MAX_PATTERNS"`
	// MaxState bounds the memory that a partition's patterns take, as estimated: beyond it no further sources are taken up.
	MaxState config.Bytes `yaml:"max_state" env:"MAX_STATE"`
	// MaxSeries bounds the signals of a partition whose behaviour is judged; further ones are refused and counted.
	MaxSeries int `yaml:"max_series" env:"MAX_SERIES"`

	// Rules are files in the format of Prometheus' rule files; Handbook says whether the built-in rules hold, too.
	Rules    []string `yaml:"rules" env:"RULES"`
	Handbook bool     `yaml:"handbook" env:"HANDBOOK"`
	// RuleInterval is the time between two evaluations of a group that names none.
	RuleInterval time.Duration `yaml:"rule_interval" env:"RULE_INTERVAL"`
	// RuleTimeout ends an evaluation, RuleMaxSamples is how many samples one may hold in memory.
	RuleTimeout    time.Duration `yaml:"rule_timeout" env:"RULE_TIMEOUT"`
	RuleMaxSamples int           `yaml:"rule_max_samples" env:"RULE_MAX_SAMPLES"`
	// MaxRuleSeries bounds the series of a partition that are kept for rules, MaxAlerts what is pending or fires of a rule at
	// once; further ones are refused and counted.
	MaxRuleSeries int `yaml:"max_rule_series" env:"MAX_RULE_SERIES"`
	MaxAlerts     int `yaml:"max_alerts" env:"MAX_ALERTS"`
}

// DefaultConfig returns what holds where the file says nothing.
func DefaultConfig() Config {
	return Config{
		ResolveAfter: 30 * time.Minute, MaxAge: time.Hour, MaxMessages: 10_000,
		MaxSources: 200, MaxPatterns: 200, MaxState: 64 << 20, MaxSeries: 10_000,
		Handbook: true, RuleInterval: 30 * time.Second, RuleTimeout: 10 * time.Second, RuleMaxSamples: 2_000_000,
		MaxRuleSeries: 20_000, MaxAlerts: 1000,
	}
}

// Validate returns all errors of the section, joined.
func (c *Config) Validate() error {
	var errs []error
	check := func(ok bool, key string, value any, rule string) {
		if !ok {
			errs = append(errs, fmt.Errorf("%s: %v %s", key, value, rule))
		}
	}
	check(c.ResolveAfter >= time.Minute, "resolve_after", c.ResolveAfter, "is too short; choose at least 1m, 30m is usual")
	check(c.MaxAge >= time.Minute, "max_age", c.MaxAge, "is too short; choose at least 1m, 1h is usual")
	check(c.MaxMessages > 0, "max_messages", c.MaxMessages, "leaves no message to tell of; choose a positive number")
	check(c.MaxSources > 0 && c.MaxSources <= 10_000, "max_sources", c.MaxSources, "is out of range; choose 1 to 10000, 200 is usual")
	check(c.MaxPatterns >= 16 && c.MaxPatterns <= 5000, "max_patterns", c.MaxPatterns, "is out of range; choose 16 to 5000, 200 is usual")
	check(c.MaxState >= 1<<20, "max_state", c.MaxState, "leaves no room for patterns; choose at least 1MiB, 64MiB is usual")
	check(c.MaxSeries > 0, "max_series", c.MaxSeries, "leaves no signal to judge; choose a positive number, 10000 is usual")
	check(c.RuleInterval >= 5*time.Second && c.RuleInterval <= time.Hour, "rule_interval", c.RuleInterval, "is out of range; choose 5s to 1h, 30s is usual")
	check(c.RuleTimeout >= time.Second && c.RuleTimeout <= 2*time.Minute, "rule_timeout", c.RuleTimeout, "is out of range; choose 1s to 2m, 10s is usual")
	check(c.RuleMaxSamples >= 10_000, "rule_max_samples", c.RuleMaxSamples, "is too few for a query; choose at least 10000, 2000000 is usual")
	check(c.MaxRuleSeries > 0, "max_rule_series", c.MaxRuleSeries, "leaves no series to a rule; choose a positive number, 20000 is usual")
	check(c.MaxAlerts > 0, "max_alerts", c.MaxAlerts, "lets no rule tell anything; choose a positive number, 1000 is usual")
	return errors.Join(errs...)
}
