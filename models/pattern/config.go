package pattern

import (
	"errors"
	"fmt"
	"math"
)

// Config bounds what a [Miner] remembers. It says nothing of any system.
type Config struct {
	// LineBytes is how many bytes of a line are looked at, and Words how many of its words; the rest is taken for a value.
	LineBytes, Words int
	// Patterns is how many are remembered, and Alike how many of them may have the same separators and number of words.
	Patterns, Alike int
	// Values is how many different words there must be in one place of lines that are equal otherwise until the place
	// is one for values.
	Values int
}

// DefaultConfig returns bounds that keep a Miner below 64 MiB whatever it reads, and ordinary logs below 2 MiB.
func DefaultConfig() Config {
	return Config{LineBytes: 2048, Words: 128, Patterns: 8192, Alike: 256, Values: 4}
}

// Validate returns all that is wrong with c, joined.
func (c *Config) Validate() error {
	var errs []error
	check := func(name string, value, least, most int) {
		if value < least || value > most {
			errs = append(errs, fmt.Errorf("%s: %d is out of range; set %d to %d", name, value, least, most))
		}
	}
	check("line bytes", c.LineBytes, 64, math.MaxUint16/2)
	check("words", c.Words, 8, 1024)
	check("patterns", c.Patterns, 16, 1<<20)
	check("alike", c.Alike, 8, 1<<12)
	check("values", c.Values, 2, 64)
	return errors.Join(errs...)
}
