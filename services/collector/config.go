package collector

import (
	"errors"
	"fmt"
	"time"

	"github.com/forewarn/forewarn/services/collector/internal/edge"
	"github.com/forewarn/forewarn/services/collector/internal/host"
	"github.com/forewarn/forewarn/services/collector/internal/logfile"
	"github.com/forewarn/forewarn/services/collector/internal/scrape"
	"github.com/forewarn/forewarn/shared/config"
)

// The types of which a configuration is made.
type (
	// Host says what of this machine is watched.
	Host = host.Config
	// Target is an endpoint to scrape.
	Target = scrape.Target
	// TLS says how a Target is trusted.
	TLS = config.ClientTLS
	// BasicAuth is a user name and its password.
	BasicAuth = scrape.BasicAuth
	// Rule keeps or drops series of a Target.
	Rule = scrape.Rule
	// LogFiles is a set of log files to follow.
	LogFiles = logfile.Config
	// Limits bound what one source may send.
	Limits = edge.Limits
)

// Config is the section "collector" of the configuration file.
type Config struct {
	// Host watches this machine.
	Host Host `yaml:"host" envPrefix:"HOST_"`
	// Scrape lists Prometheus and OpenMetrics endpoints.
	Scrape []Target `yaml:"scrape"`
	// Logs lists sets of log files.
	Logs []LogFiles `yaml:"logs"`
	// Own records the metrics of this process.
	Own Own `yaml:"own" envPrefix:"OWN_"`
	// Limits hold for each source.
	Limits Limits `yaml:"limits" envPrefix:"LIMITS_"`
}

// Own says how the metrics of this process are recorded: what the pipeline does, and what it forecasts.
type Own struct {
	Enabled bool `yaml:"enabled" env:"ENABLED"`
	// Interval between two samples, at least 1s.
	Interval time.Duration `yaml:"interval" env:"INTERVAL"`
}

// DefaultConfig returns the configuration that watches this machine, and the pipeline itself every minute.
func DefaultConfig() Config {
	return Config{Host: host.DefaultConfig(), Own: Own{Enabled: true, Interval: time.Minute}, Limits: edge.DefaultLimits()}
}

// Validate returns all that is wrong with c, joined; each error starts with the key, relative to the section.
func (c *Config) Validate() error {
	errs := append(c.Host.Problems("host."), c.Limits.Problems("limits.")...)
	if c.Own.Enabled && c.Own.Interval < time.Second {
		errs = append(errs, fmt.Errorf("own.interval: %v is too short; set at least 1s, or own.enabled to false", c.Own.Interval))
	}
	seen := map[string]int{}
	for i, t := range c.Scrape {
		errs = append(errs, t.Problems(fmt.Sprintf("scrape[%d].", i))...)
		key := t.Job + " " + t.URL
		if first, ok := seen[key]; ok && t.URL != "" {
			errs = append(errs, fmt.Errorf("scrape[%d].url: is that of scrape[%d] too, under the same job; remove one of them", i, first))
			continue
		}
		seen[key] = i
	}
	listed := map[string]int{}
	for i, l := range c.Logs {
		errs = append(errs, l.Problems(fmt.Sprintf("logs[%d].", i))...)
		for _, path := range l.Paths {
			if first, ok := listed[path]; ok && first != i {
				errs = append(errs, fmt.Errorf("logs[%d].paths: %s is in logs[%d] too, and a file is followed by one set; remove it from one of them", i, path, first))
			}
			listed[path] = i
		}
	}
	return errors.Join(errs...)
}
