package history

import (
	"errors"
	"fmt"
	"time"

	"github.com/forewarn/forewarn/shared/config"
)

// Config is the section "history": how long samples are kept and how late they may come.
type Config struct {
	// Retention is how long samples are kept.
	Retention time.Duration `yaml:"retention" env:"RETENTION"`
	// RetentionSize is how much disk history may take; the oldest goes first.
	RetentionSize config.Bytes `yaml:"retention_size" env:"RETENTION_SIZE"`
	// OutOfOrderWindow is how far behind the newest sample a late one may be, as after an outage of the bus.
	OutOfOrderWindow time.Duration `yaml:"out_of_order_window" env:"OUT_OF_ORDER_WINDOW"`
	// Reserve is the free space on the file system below which history stops writing and waits. It keeps room
	// for compactions, without which no space can be given back.
	Reserve config.Bytes `yaml:"reserve" env:"RESERVE"`
}

// DefaultConfig keeps 400 days, so that last year's month end is there to compare with, in at most 8 GiB.
func DefaultConfig() Config {
	return Config{
		Retention:        400 * 24 * time.Hour,
		RetentionSize:    8 << 30,
		OutOfOrderWindow: 24 * time.Hour,
		Reserve:          256 << 20,
	}
}

// The bounds of the section's values.
const (
	minRetention     = 24 * time.Hour
	minRetentionSize = 128 << 20
	maxWindow        = 7 * 24 * time.Hour
	minReserve       = 64 << 20
)

// Validate returns all that is wrong with the section, joined.
func (c *Config) Validate() error {
	var errs []error
	if c.Retention < minRetention {
		errs = append(errs, fmt.Errorf("retention: %v is too short to learn a day from; set at least %v", c.Retention, minRetention))
	}
	if c.RetentionSize < minRetentionSize {
		errs = append(errs, fmt.Errorf("retention_size: %v leaves no room for a block; set at least %v", c.RetentionSize, config.Bytes(minRetentionSize)))
	}
	if c.OutOfOrderWindow < 0 || c.OutOfOrderWindow > maxWindow {
		errs = append(errs, fmt.Errorf("out_of_order_window: %v is out of range; set 0s to %v", c.OutOfOrderWindow, maxWindow))
	}
	if c.Reserve < minReserve {
		errs = append(errs, fmt.Errorf("reserve: %v is less than a compaction needs; set at least %v", c.Reserve, config.Bytes(minReserve)))
	}
	return errors.Join(errs...)
}
