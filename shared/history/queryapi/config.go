package queryapi

import (
	"errors"
	"fmt"
	"time"
)

// Config is the section "historian" of the configuration: what bounds the queries that people and programs send.
type Config struct {
	// QueryTimeout ends a query that takes longer.
	QueryTimeout time.Duration `yaml:"query_timeout" env:"QUERY_TIMEOUT"`
	// QueryMaxSamples is how many samples a query may hold in memory at once, 16 bytes each.
	QueryMaxSamples int `yaml:"query_max_samples" env:"QUERY_MAX_SAMPLES"`
	// QueryConcurrency is how many queries are evaluated at once; others wait for their turn.
	QueryConcurrency int `yaml:"query_concurrency" env:"QUERY_CONCURRENCY"`
}

// DefaultConfig bounds the memory of all queries together to about 130 MB; usual ones take a thousandth of that.
func DefaultConfig() Config {
	return Config{QueryTimeout: 30 * time.Second, QueryMaxSamples: 2_000_000, QueryConcurrency: 4}
}

// Validate returns all that is wrong with the section, joined.
func (c *Config) Validate() error {
	var errs []error
	if c.QueryTimeout < time.Second || c.QueryTimeout > time.Hour {
		errs = append(errs, fmt.Errorf("query_timeout: %v is out of range; set 1s to 1h", c.QueryTimeout))
	}
	if c.QueryMaxSamples < 10_000 {
		errs = append(errs, fmt.Errorf("query_max_samples: %d is less than a dashboard's panel needs; set at least 10000", c.QueryMaxSamples))
	}
	if c.QueryConcurrency < 1 || c.QueryConcurrency > 100 {
		errs = append(errs, fmt.Errorf("query_concurrency: %d is out of range; set 1 to 100", c.QueryConcurrency))
	}
	return errors.Join(errs...)
}
