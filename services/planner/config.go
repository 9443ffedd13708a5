package planner

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/prometheus/promql/parser"
)

// Config is the section "capacity": what use is explained by, and what a purchase is for.
type Config struct {
	// Enabled makes plans.
	Enabled bool `yaml:"enabled" env:"ENABLED"`
	// Confidence is how sure it is that a purchase lasts.
	Confidence float64 `yaml:"confidence" env:"CONFIDENCE"`
	// ReserveMonths is for how long a purchase lasts.
	ReserveMonths int `yaml:"reserve_months" env:"RESERVE_MONTHS"`
	// Headroom is the share of a limit that stays free.
	Headroom float64 `yaml:"headroom" env:"HEADROOM"`
	// YearEnd is the last month of the fiscal year, 1 to 12.
	YearEnd int `yaml:"year_end" env:"YEAR_END"`
	// Drivers explain use, the most important first.
	Drivers []Driver `yaml:"drivers"`
}

// Driver is something that people know and that use depends on.
type Driver struct {
	// Name is what people call it, such as "users".
	Name string `yaml:"name"`
	// Query is PromQL with one series as its result; it is evaluated for each day at its end.
	Query string `yaml:"query"`
	// Rules are the ids of the catalogue's rules whose signals it explains; none are all.
	Rules []string `yaml:"rules"`
	// Entities is a regular expression that must match the whole id of the entity; empty matches all.
	Entities string `yaml:"entities"`
}

// DefaultConfig plans a purchase for a year, without drivers.
func DefaultConfig() Config {
	return Config{Enabled: true, Confidence: 0.9, ReserveMonths: 12, YearEnd: int(time.December)}
}

// maxDrivers bounds the drivers of all signals together.
const maxDrivers = 50

var driverName = regexp.MustCompile(`^[\p{L}_][\p{L}\p{N}_-]{0,39}$`)

// Validate returns all that is wrong with the section, joined.
func (c *Config) Validate() error {
	var errs []error
	check := func(ok bool, key string, value any, rule string) {
		if !ok {
			errs = append(errs, fmt.Errorf("%s: %v %s", key, value, rule))
		}
	}
	check(c.Confidence >= 0.5 && c.Confidence <= 0.999, "confidence", c.Confidence, "is out of range; set 0.5 to 0.999, such as 0.9")
	check(c.ReserveMonths >= 1 && c.ReserveMonths <= 24, "reserve_months", c.ReserveMonths, "is out of range; set 1 to 24")
	check(c.Headroom >= 0 && c.Headroom <= 0.9, "headroom", c.Headroom, "is no share that can stay free; set 0 to 0.9, such as 0.1")
	check(c.YearEnd >= 1 && c.YearEnd <= 12, "year_end", c.YearEnd, "is no month; set 1 to 12, 12 for December")
	check(len(c.Drivers) <= maxDrivers, "drivers", len(c.Drivers), fmt.Sprintf("are more than %d; keep those that people know and plan", maxDrivers))
	for i := range c.Drivers {
		errs = append(errs, c.driver(i)...)
	}
	return errors.Join(errs...)
}

// driver returns what is wrong with a driver.
func (c *Config) driver(i int) (errs []error) {
	d := &c.Drivers[i]
	key := func(name string) string { return fmt.Sprintf("drivers[%d].%s", i, name) }
	if !driverName.MatchString(d.Name) {
		errs = append(errs, fmt.Errorf("%s: %q is no name; use 1 to 40 letters, digits, - and _, beginning with a letter", key("name"), d.Name))
	}
	if slices.ContainsFunc(c.Drivers[:i], func(o Driver) bool { return o.Name == d.Name }) {
		errs = append(errs, fmt.Errorf("%s: %q is there twice; give each driver a name of its own", key("name"), d.Name))
	}
	if err := checkQuery(d.Query); err != nil {
		errs = append(errs, fmt.Errorf("%s: %q %w", key("query"), d.Query, err))
	}
	if _, err := d.entities(); err != nil {
		errs = append(errs, fmt.Errorf("%s: %q is no regular expression (%w); correct it, or leave it out for all", key("entities"), d.Entities, err))
	}
	for j, rule := range d.Rules {
		if strings.TrimSpace(rule) == "" {
			errs = append(errs, fmt.Errorf("%s[%d]: %q names no rule; write an id of the catalogue such as filesystem-space", key("rules"), j, rule))
		}
	}
	return errs
}

// checkQuery tells whether the query can be a driver, as far as its text says.
func checkQuery(query string) error {
	expr, err := parser.NewParser(parser.Options{}).ParseExpr(query)
	if err != nil {
		return fmt.Errorf("is no PromQL (%w); write one such as sum(erp_users)", err)
	}
	if t := expr.Type(); t != parser.ValueTypeVector && t != parser.ValueTypeScalar {
		return fmt.Errorf("gives a %s; write one that gives a number at a time, such as sum(increase(erp_vouchers_total[1d]))", parser.DocumentedType(t))
	}
	return nil
}

// entities returns the compiled pattern, nil for all.
func (d *Driver) entities() (*regexp.Regexp, error) {
	if d.Entities == "" {
		return nil, nil //nolint:nilnil // no pattern is no error
	}
	return regexp.Compile("^(?:" + d.Entities + ")$")
}
