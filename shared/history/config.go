package history

import (
	"errors"
	"fmt"
	"time"

	"github.com/forewarn/forewarn/shared/config"
)

// Kind says what keeps the history.
type Kind string

// The kinds of stores.
const (
	// Embedded is a database in the data directory, which needs no server.
	Embedded Kind = "embedded"
	// InfluxDBKind is an InfluxDB, 2.x or 1.8.
	InfluxDBKind Kind = "influxdb"
	// PrometheusKind is any server with Prometheus' API: Prometheus, VictoriaMetrics, Mimir, Thanos, or another Forewarn.
	PrometheusKind Kind = "prometheus"
)

// Config is the section "history": where samples are kept, how long, and how late they may come.
type Config struct {
	// Kind is embedded, influxdb or prometheus.
	Kind Kind `yaml:"kind" env:"KIND"`
	// InfluxDB and Prometheus say where the server of that kind is.
	InfluxDB   InfluxDB   `yaml:"influxdb" envPrefix:"INFLUXDB_"`
	Prometheus Prometheus `yaml:"prometheus" envPrefix:"PROMETHEUS_"`
	// Historian is where programs that are not the historian read the history, whatever its kind is.
	Historian Historian `yaml:"historian" envPrefix:"HISTORIAN_"`
	// Retention is how long samples are kept. A Prometheus decides that by itself. What follows is of the embedded
	// store alone.
	Retention time.Duration `yaml:"retention" env:"RETENTION"`
	// RetentionSize is how much disk history may take; the oldest goes first.
	RetentionSize config.Bytes `yaml:"retention_size" env:"RETENTION_SIZE"`
	// OutOfOrderWindow is how far behind the newest sample a late one may be, as after an outage of the bus.
	OutOfOrderWindow time.Duration `yaml:"out_of_order_window" env:"OUT_OF_ORDER_WINDOW"`
	// Reserve is the free space on the file system below which history stops writing and waits. It keeps room
	// for compactions, without which no space can be given back.
	Reserve config.Bytes `yaml:"reserve" env:"RESERVE"`
}

// DefaultConfig keeps 400 days in the embedded store, so that last year's month end is there to compare with, in at most
// 8 GiB.
func DefaultConfig() Config {
	return Config{
		Kind:             Embedded,
		InfluxDB:         defaultInfluxDB(),
		Prometheus:       Prometheus{Timeout: defaultTimeout},
		Retention:        400 * 24 * time.Hour,
		RetentionSize:    8 << 30,
		OutOfOrderWindow: 24 * time.Hour,
		Reserve:          256 << 20,
	}
}

// ReadOnly tells that others write the history.
func (c *Config) ReadOnly() bool { return c.Kind == PrometheusKind && c.Prometheus.ReadOnly }

// The bounds of the section's values.
const (
	minRetention     = 24 * time.Hour
	minRetentionSize = 128 << 20
	maxWindow        = 7 * 24 * time.Hour
	minReserve       = 64 << 20
)

// Validate returns all that is wrong with the section, joined.
func (c *Config) Validate() error {
	errs := c.servers()
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
	return errors.Join(append(errs, c.Historian.problems()...)...)
}

// servers returns what is wrong with the kind of the store, or with the server that it needs.
func (c *Config) servers() (errs []error) {
	switch c.Kind {
	case Embedded:
	case InfluxDBKind:
		errs = c.InfluxDB.problems()
	case PrometheusKind:
		errs = c.Prometheus.problems()
	default:
		return []error{fmt.Errorf("kind: %q is none; set %s, %s or %s", c.Kind, Embedded, InfluxDBKind, PrometheusKind)}
	}
	for _, other := range []struct {
		kind Kind
		url  string
	}{{InfluxDBKind, c.InfluxDB.URL}, {PrometheusKind, c.Prometheus.URL}} {
		if other.url != "" && other.kind != c.Kind {
			errs = append(errs, fmt.Errorf("%s.url: is set, but kind is %s, so nothing would be kept there; set kind: %s, or remove it", other.kind, c.Kind, other.kind))
		}
	}
	return errs
}
