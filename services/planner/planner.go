// Package planner plans six months ahead for what is bought in months: disks, tablespaces, connections.
//
// It reads which signals there are from the trend workers and what they used from history, once a day and signal, and
// keeps the highest use of each week and month. From these, and from the drivers of the configuration, models/capacity
// makes plans, which it answers queries with ([plan.Keeper]). It keeps nothing on disk: all of it can be read again.
//
// What it costs is bounded: a list is answered from the plans of the night; a single plan, with or without a scenario,
// costs a fit of at most 100 points; reading never takes more than half of one processor.
package planner

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/prometheus/storage"
	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"

	"github.com/forewarn/forewarn/services/planner/internal/driver"
	"github.com/forewarn/forewarn/services/planner/internal/past"
	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/obs"
	"github.com/forewarn/forewarn/shared/pause"
	"github.com/forewarn/forewarn/shared/plan"
	"github.com/forewarn/forewarn/shared/signal"
)

// Service is this service's name on the bus, in logs and in health checks.
const Service = plan.Keeper

const check = Service

// Settings is what the service needs from its surroundings. It owns none of it.
type Settings struct {
	Logger   *zap.Logger
	Registry prometheus.Registerer
	Health   *obs.Health
	Bus      *bus.Bus
	// History is where uses and drivers are read; nil makes every query say that there is none.
	History   storage.Queryable
	Catalogue *signal.Catalogue
	// Now is this machine's clock; nil means time.Now.
	Now func() time.Time
}

// planner is a running one.
type planner struct {
	set     Settings
	log     *zap.Logger
	maker   maker
	book    *book
	past    *past.Reader
	drivers *drivers
	metrics *metrics
	// looked is when the signals were listed last, for a query about one that is not known; only answer uses it.
	looked time.Time
}

// Run plans and answers until ctx ends, then returns nil.
func Run(ctx context.Context, cfg Config, s Settings) error {
	if err := cfg.Validate(); err != nil {
		return fmt.Errorf("capacity: %w", err)
	}
	if s.Now == nil {
		s.Now = time.Now
	}
	m := newMetrics()
	unregister, err := obs.Register(s.Registry, "the planner", m.all()...)
	if err != nil {
		return err
	}
	defer unregister()
	p := &planner{set: s, log: s.Logger.Named(Service), maker: maker{cfg}, book: newBook(), metrics: m}
	g, ctx := errgroup.WithContext(ctx)
	if cfg.Enabled && s.History != nil {
		p.past = &past.Reader{Store: s.History, Catalogue: s.Catalogue}
		var err error
		if p.drivers, err = newDrivers(cfg, driver.NewReader(s.History), p.log, s.Health); err != nil {
			return fmt.Errorf("capacity: %w", err)
		}
		g.Go(func() error { p.loop(ctx); return nil })
	}
	s.Health.Set(check, obs.OK, "")
	g.Go(func() error {
		return s.Bus.Answer(ctx, Service, 0, func(request []byte) ([]byte, error) { return p.answer(ctx, request) })
	})
	return g.Wait()
}

const (
	// soon and late bound the time between two looks for what is to be planned: soon while there is something.
	soon = time.Second
	late = 10 * time.Minute
)

// loop plans what is due until ctx ends.
func (p *planner) loop(ctx context.Context) {
	for wait := soon; ; wait = min(2*wait, late) {
		if p.night(ctx) {
			wait = soon
		}
		if !pause.For(ctx, wait) {
			return
		}
	}
}

// night plans what was not planned today, or has another limit now, and reports whether there was any.
func (p *planner) night(ctx context.Context) (did bool) {
	if err := p.look(ctx); err != nil {
		p.log.Debug("signals cannot be listed", zap.Error(err)) // the workers are starting, or health tells why
	}
	changed := p.drivers.refresh(ctx, p.set.Now())
	for _, e := range p.book.due(func(e *entry) bool { return changed || p.due(e) }) {
		began := time.Now()
		if _, err := p.renew(ctx, e); err != nil && ctx.Err() == nil {
			p.log.Warn("history of a signal cannot be read", zap.String("signal", e.state.Key), zap.Error(err))
		}
		if !pause.For(ctx, time.Since(began)) {
			return did
		}
		did = true
	}
	p.metrics.observe(p.book, p.drivers)
	return did
}

// limitStep is the share by which a limit must change for a plan to be made anew on the same day.
const limitStep = 0.01

// retry is how soon a history that could not be read is read again.
const retry = 10 * time.Minute

// due reports whether an entry's plan is of another day, of another limit, or none for want of a working history.
func (p *planner) due(e *entry) bool {
	now := p.set.Now()
	switch {
	case !e.made, !sameDay(e.plan.MadeAt, now), math.Abs(e.plan.Limit-e.state.Limit) > limitStep*e.plan.Limit:
		return true
	}
	return e.peaks == nil && now.Sub(e.plan.MadeAt) >= retry
}

// renew reads what was used since the last time and makes the plan. If history fails, what was known stays, and the plan
// says so where nothing was known.
func (p *planner) renew(ctx context.Context, e *entry) (*entry, error) {
	next, now := *e, p.set.Now()
	began := time.Now()
	peaks, failed := p.past.Read(ctx, &e.state, e.peaks, now)
	p.metrics.read(time.Since(began), failed)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if failed == nil {
		next.peaks = peaks
	}
	made, err := p.plan(&next, nil)
	if err != nil {
		return nil, errors.Join(failed, err)
	}
	if next.peaks == nil && failed != nil {
		made.Missing = unread(failed)
		made.Words = words(&made)
	}
	next.plan, next.made = made, true
	p.book.put(next)
	return &next, failed
}

// plan makes the plan of an entry under a scenario, from what is known.
func (p *planner) plan(e *entry, what asked) (plan.Plan, error) {
	rule, ok := p.set.Catalogue.Rule(e.state.Rule)
	if !ok {
		return plan.Plan{}, fmt.Errorf("rule %s is not in the catalogue", e.state.Rule)
	}
	peaks := e.peaks
	if peaks == nil {
		peaks = &past.Peaks{}
	}
	return p.maker.plan(task{state: e.state, rule: rule, peaks: peaks, drivers: p.drivers.of(&e.state), now: p.set.Now()}, what)
}
