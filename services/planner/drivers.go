package planner

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"sync"
	"time"

	"go.uber.org/zap"

	"github.com/forewarn/forewarn/services/planner/internal/driver"
	"github.com/forewarn/forewarn/services/planner/internal/past"
	"github.com/forewarn/forewarn/shared/obs"
	"github.com/forewarn/forewarn/shared/signal"
)

// CheckRules returns an error for each rule that a driver names and the catalogue does not have, joined.
func (c *Config) CheckRules(cat *signal.Catalogue) error {
	var errs []error
	for i := range c.Drivers {
		for j, rule := range c.Drivers[i].Rules {
			if _, ok := cat.Rule(rule); !ok {
				errs = append(errs, fmt.Errorf("capacity.drivers[%d].rules[%d]: %q is not in the catalogue; docs/catalogue.md lists the built-in rules", i, j, rule))
			}
		}
	}
	return errors.Join(errs...)
}

// series is a driver with its values of the past.
type series struct {
	Driver
	pattern *regexp.Regexp
	days    driver.Days
	err     error // of the query; the driver is then not known
	read    time.Time
}

// explains reports whether the driver is about the signal.
func (s *series) explains(state *signal.State) bool {
	return (len(s.Rules) == 0 || slices.Contains(s.Rules, state.Rule)) && (s.pattern == nil || s.pattern.MatchString(state.Entity.ID))
}

// drivers are all drivers. Their values are read once a day.
type drivers struct {
	reader *driver.Reader
	log    *zap.Logger
	health *obs.Health

	mu  sync.Mutex
	all []series
}

// retryDriver is how soon a query that failed is tried again.
const retryDriver = 10 * time.Minute

func newDrivers(cfg Config, reader *driver.Reader, log *zap.Logger, health *obs.Health) (*drivers, error) {
	d := &drivers{reader: reader, log: log, health: health}
	for _, one := range cfg.Drivers {
		pattern, err := one.entities()
		if err != nil {
			return nil, err
		}
		d.all = append(d.all, series{Driver: one, pattern: pattern, err: errors.New("its values have not been read yet")})
	}
	return d, nil
}

// refresh reads the values of those whose last ones are of another day, and tells whether there is anything new.
func (d *drivers) refresh(ctx context.Context, now time.Time) (changed bool) {
	for i := range d.all { // only refresh writes
		s := d.all[i]
		if !s.read.IsZero() && sameDay(s.read, now) && (s.err == nil || now.Sub(s.read) < retryDriver) {
			continue
		}
		days, err := d.reader.Read(ctx, s.Query, now.Add(-past.Reach), now)
		if ctx.Err() != nil {
			return changed
		}
		if err != nil {
			d.log.Warn("driver cannot be read", zap.String("driver", s.Name), zap.Error(err))
		}
		changed = changed || err == nil || s.err == nil || err.Error() != s.err.Error()
		s.days, s.err, s.read = days, err, now
		d.mu.Lock()
		d.all[i] = s
		d.mu.Unlock()
	}
	d.report()
	return changed
}

// report tells health which queries fail.
func (d *drivers) report() {
	for _, s := range d.all {
		if s.err != nil {
			d.health.Set(check, obs.Degraded, fmt.Sprintf("driver %q cannot be read: %v; correct capacity.drivers, plans are made without it", s.Name, s.err))
			return
		}
	}
	d.health.Set(check, obs.OK, "")
}

// of returns the drivers of a signal.
func (d *drivers) of(s *signal.State) (out []series) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for i := range d.all {
		if d.all[i].explains(s) {
			out = append(out, d.all[i])
		}
	}
	return out
}

// failed counts the drivers whose query fails.
func (d *drivers) failed() (n int) {
	for _, s := range d.all {
		if s.err != nil {
			n++
		}
	}
	return n
}

func sameDay(a, b time.Time) bool { return a.UTC().Truncate(day).Equal(b.UTC().Truncate(day)) }

const day = 24 * time.Hour
