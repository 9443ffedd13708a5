package trend

import (
	"errors"
	"fmt"
	"time"
)

// Config is the section "trend" of the configuration.
type Config struct {
	// OpenProbability opens an episode when the limit is this likely to be reached within 24 hours.
	OpenProbability float64 `yaml:"open_probability" env:"OPEN_PROBABILITY"`
	// ResolveProbability lets an episode end below it.
	ResolveProbability float64 `yaml:"resolve_probability" env:"RESOLVE_PROBABILITY"`
	// FullShare opens an episode whatever the forecast says, and while there is none yet.
	FullShare float64 `yaml:"full_share" env:"FULL_SHARE"`
	// ResolveAfter is how long all must be calm before an episode ends.
	ResolveAfter time.Duration `yaml:"resolve_after" env:"RESOLVE_AFTER"`
	// SilentAfter is how long a signal may send nothing before it counts as silent.
	SilentAfter time.Duration `yaml:"silent_after" env:"SILENT_AFTER"`
	// ForgetAfter is when a silent signal's episode is closed, since nothing can be said any more.
	ForgetAfter time.Duration `yaml:"forget_after" env:"FORGET_AFTER"`
	// MaxSignals bounds the signals of a partition; further ones are refused and counted.
	MaxSignals int `yaml:"max_signals" env:"MAX_SIGNALS"`
}

// DefaultConfig returns what holds where the file says nothing.
func DefaultConfig() Config {
	return Config{
		OpenProbability:    0.6,
		ResolveProbability: 0.2,
		FullShare:          0.95,
		ResolveAfter:       2 * time.Minute,
		SilentAfter:        5 * time.Minute,
		ForgetAfter:        time.Hour,
		MaxSignals:         10_000,
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
	check(c.OpenProbability > 0 && c.OpenProbability < 1, "open_probability", c.OpenProbability,
		"is no probability; choose one between 0 and 1, such as 0.6")
	check(c.ResolveProbability >= 0 && c.ResolveProbability < c.OpenProbability, "resolve_probability", c.ResolveProbability,
		"must be below open_probability, or episodes would end as they begin; 0.2 is usual")
	check(c.FullShare > 0.5 && c.FullShare <= 1, "full_share", c.FullShare,
		"is outside 0.5 to 1; 0.95 is usual")
	check(c.ResolveAfter >= time.Second, "resolve_after", c.ResolveAfter,
		"is too short; choose at least 1s")
	check(c.SilentAfter >= 10*time.Second, "silent_after", c.SilentAfter,
		"is shorter than a tick; choose at least 10s, and several times the slowest interval")
	check(c.ForgetAfter >= c.SilentAfter && c.ForgetAfter < forgetModel, "forget_after", c.ForgetAfter,
		"must not be shorter than silent_after, nor as long as the 1008h after which the signal itself is forgotten")
	check(c.MaxSignals > 0, "max_signals", c.MaxSignals,
		"leaves no signal to watch; choose a positive number")
	return errors.Join(errs...)
}
