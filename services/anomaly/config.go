package anomaly

import (
	"errors"
	"fmt"
	"time"
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
}

// DefaultConfig returns what holds where the file says nothing.
func DefaultConfig() Config {
	return Config{ResolveAfter: 30 * time.Minute, MaxAge: time.Hour, MaxMessages: 10_000}
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
	return errors.Join(errs...)
}
