// Package notifier turns workers' findings into incidents and tells people.
//
// It is the one writer of incidents. What it guarantees:
//
//  1. A finding changes its incident once, however often it comes, also after a crash at any point.
//  2. Findings are applied in the order of the stream FIND.
//  3. Every change is an event on the stream INC, and what people are told of is in the work queue, before
//     the finding is acknowledged.
//  4. A command of a person changes its incident once, however often it comes under its id, and is an event on INC with its actor before
//     it is answered; of two people who change the same at once one is told what the other did.
//  5. What nobody acknowledged is told again, and what is over is closed, at its time, each once, over restarts.
//  6. A message is delivered at least once or ends in the dead letter, in the order of its incident, and
//     once only unless a crash comes between the peer's answer and our receipt.
//
// Deciding what a finding means reads no clock but the findings' times; commands, timers and delivery read the wall clock.
//
//	err := notifier.Run(ctx, cfg, notifier.Settings{Logger: log, Registry: reg, Health: health, Bus: b})
package notifier

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"

	"github.com/forewarn/forewarn/models/calendar"
	"github.com/forewarn/forewarn/services/notifier/internal/delivery"
	"github.com/forewarn/forewarn/services/notifier/internal/facts"
	"github.com/forewarn/forewarn/services/notifier/internal/intake"
	"github.com/forewarn/forewarn/services/notifier/internal/life"
	"github.com/forewarn/forewarn/services/notifier/internal/person"
	"github.com/forewarn/forewarn/services/notifier/internal/picture"
	"github.com/forewarn/forewarn/services/notifier/internal/quiet"
	"github.com/forewarn/forewarn/services/notifier/internal/route"
	"github.com/forewarn/forewarn/services/notifier/internal/scorebook"
	"github.com/forewarn/forewarn/services/notifier/internal/terrain"
	"github.com/forewarn/forewarn/services/notifier/internal/timer"
	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/digest"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/incident"
	"github.com/forewarn/forewarn/shared/obs"
	"github.com/forewarn/forewarn/shared/outcome"
	"github.com/forewarn/forewarn/shared/signal"
	"github.com/forewarn/forewarn/shared/silence"
	"github.com/forewarn/forewarn/shared/topology"
)

// Settings is what the notifier is given to work with.
type Settings struct {
	// Logger; nil logs nothing.
	Logger *zap.Logger
	// Registry for the metrics; nil registers them nowhere.
	Registry prometheus.Registerer
	// Health for the checks notifier and notifier/<channel>; nil keeps them to itself.
	Health *obs.Health
	Bus    *bus.Bus
	// Topology is what people have written of what rests on what ([signal.Catalogue.Topology]).
	Topology []topology.Edge
	// Catalogue says how bad failures are and how long repairs take, which digests lack if it is nil, and what has a habit, of which
	// charts show no band then.
	Catalogue *signal.Catalogue
	// Calendar tells the phases of routes, windows and digests; nil knows of none.
	Calendar *calendar.Calendar
	// Courses reads what signals used, for the charts of messages and digests, Arrivals what has been arriving; nil where no history can be read.
	Courses  Courses
	Arrivals Arrivals
	// Now is the clock by which digests are made, and silences and windows end; nil means time.Now.
	Now func() time.Time
}

// Courses reads what signals used, for charts.
type Courses = facts.Courses

// Arrivals tells what has been arriving, read or not, for what digests say is not covered.
type Arrivals = facts.Arrivals

// Run applies findings and delivers messages until ctx ends, then gives attempts under way a little time and
// returns nil, at most 2 s later: what was not answered by then is sent again, under the same id, at the next start.
// It returns an error if the configuration cannot be used or the bus is closed. A bus that is away or slow is waited for.
func Run(ctx context.Context, cfg Config, s Settings) error {
	err := run(ctx, cfg, s)
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return nil // told to stop in the middle of a start
	}
	return err
}

func run(ctx context.Context, cfg Config, s Settings) error {
	n, err := open(ctx, cfg, s)
	if err != nil {
		return err
	}
	defer n.close()
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return n.consumer().Run(ctx) })
	g.Go(func() error { return s.Bus.Answer(ctx, outcome.Keeper, 0, n.query(ctx)) })
	g.Go(func() error { return s.Bus.Answer(ctx, digest.Keeper, 0, n.editor.answer(ctx)) })
	g.Go(func() error { return n.runDigests(ctx) })
	g.Go(func() error { return n.quiet.Watch(ctx, s.now, n.free) })
	g.Go(func() error { return s.Bus.Obey(ctx, silence.Commands, n.silence(ctx)) })
	n.attend(ctx, g)
	g.Go(func() error { return n.tidyUp(ctx) })
	g.Go(func() error { return n.retire(ctx) })
	g.Go(func() error { return n.sweep(ctx) })
	g.Go(func() error { return n.beat(ctx) })
	for k := range n.workers {
		g.Go(func() error { return n.workers[k].Run(ctx) })
		g.Go(func() error { return n.repeat(ctx, n.workers[k]) })
	}
	return g.Wait()
}

// notifier is one run of the service.
type notifier struct {
	cfg     Config
	s       Settings
	metrics *metrics
	store   *incident.Store
	book    *scorebook.Book
	terrain *terrain.Terrain
	editor  *editor
	people  *person.Directory
	table   *route.Table
	quiet   *quiet.Book
	painter *picture.Painter // nil if no channel shows pictures
	trail   jetstream.Stream
	workers []*delivery.Worker
	alarms  delivery.Alarms
	full    chan struct{} // the store has no room for something
	close   func()
	// reminders and closings are the timers of incidents.
	reminders, closings *timer.Timers
}

func open(ctx context.Context, cfg Config, s Settings) (*notifier, error) {
	if err := cfg.Validate(); err != nil {
		return nil, fmt.Errorf("notifier configuration: %w", err)
	}
	if s.Logger == nil {
		s.Logger = zap.NewNop()
	}
	if s.Health == nil {
		s.Health = &obs.Health{}
	}
	if s.Now == nil {
		s.Now = time.Now
	}
	s.Health.Set("notifier", obs.Starting, "")
	m, err := newMetrics(s.Registry)
	if err != nil {
		return nil, err
	}
	n := &notifier{
		cfg: cfg, s: s, metrics: m, full: make(chan struct{}, 1), close: m.unregister,
	}
	n.reminders, n.closings = n.timers("reminder"), n.timers("closing")
	if err := n.prepare(ctx); err != nil {
		n.close()
		return nil, err
	}
	return n, nil
}

// prepare opens what is stored, and makes the workers of the channels.
func (n *notifier) prepare(ctx context.Context) error {
	kv, err := n.s.Bus.KeyValue(ctx, bus.BucketIncident)
	if err != nil {
		return err
	}
	n.store = incident.NewStore(kv)
	err = n.s.Bus.Retry(ctx, "open the trail of incidents", func(ctx context.Context) (err error) {
		n.trail, err = incident.OpenTrail(ctx, n.s.Bus.JetStream())
		return err
	})
	if err != nil {
		return err
	}
	if n.book, err = scorebook.Open(ctx, n.s.Bus, n.s.Logger.Named("notifier")); err != nil {
		return err
	}
	if n.terrain, err = terrain.Open(ctx, n.s.Bus, kv, n.s.Topology, n.s.Logger.Named("notifier")); err != nil {
		return err
	}
	if n.people, err = person.NewDirectory(n.cfg.People); err != nil {
		return err
	}
	if n.table, err = route.New(n.cfg.routing(n.people, n.s.days())); err != nil {
		return err
	}
	n.quiet, err = quiet.Open(ctx, quiet.Settings{
		KV: kv, Store: n.store, Windows: n.cfg.Maintenance, Calendar: n.s.days(), Down: n.cfg.InhibitedBy, Logger: n.s.Logger.Named("notifier"),
	})
	if err != nil {
		return err
	}
	if n.editor, err = newEditor(n); err != nil {
		return err
	}
	if n.s.Courses != nil && n.cfg.paints() {
		if n.painter, err = picture.New(n.s.Courses, signal.Habits{Bus: n.s.Bus, Catalogue: n.s.Catalogue}); err != nil {
			return err
		}
	}
	for k := range n.cfg.Channels {
		if err := n.add(&n.cfg.Channels[k]); err != nil {
			return err
		}
	}
	return nil
}

// add makes the worker of a channel.
func (n *notifier) add(ch *ChannelConfig) error {
	c, err := kinds()[ch.Type].open(ch)
	if err != nil {
		return fmt.Errorf("notifier channel %q: %w", ch.Name, err)
	}
	before := n.close
	n.close = func() { c.Close(); before() }
	scribe, err := n.cfg.scribe(ch, n.people)
	if err != nil {
		return err
	}
	scribe.Fallback, scribe.Picture = n.metrics.fallbacks.WithLabelValues(ch.Name).Inc, n.pictures(ch)
	n.workers = append(n.workers, &delivery.Worker{
		Name: ch.Name, Channel: c, Scribe: scribe, Bus: n.s.Bus, Store: n.store, Collapse: ch.collapses(),
		Logger:  n.s.Logger.Named("notifier").With(zap.String("channel", ch.Name)),
		Timeout: ch.timeout(), PerMinute: ch.rate(), PerSecond: kinds()[ch.Type].second,
		Retry: delivery.Retry{
			Min: n.cfg.RetryMin, Max: n.cfg.RetryMax, GiveUpAfter: n.cfg.GiveUpAfter, MaxAttempts: n.cfg.MaxAttempts,
		},
		Observe: n.observe(ch.Name), GaveUp: n.alarm,
		Pending: func(held int) { n.metrics.pending.WithLabelValues(ch.Name).Set(float64(held)) },
		Trouble: n.trouble("notifier/"+ch.Name, "channel "+ch.Name+": "),
	})
	return nil
}

func (n *notifier) observe(channel string) func(delivery.Result, time.Duration) {
	return func(r delivery.Result, took time.Duration) {
		n.metrics.deliveries.WithLabelValues(channel, string(r)).Inc()
		n.metrics.sent.WithLabelValues(channel).Observe(took.Seconds())
	}
}

// trouble returns what sets a health check: degraded with a text, fine without.
func (n *notifier) trouble(check, prefix string) func(string) {
	return func(text string) {
		if text == "" {
			n.s.Health.Set(check, obs.OK, "")
			return
		}
		n.s.Health.Set(check, obs.Degraded, prefix+text)
	}
}

// timers returns the timers of a kind, with a check of their own.
func (n *notifier) timers(kind string) *timer.Timers {
	t := timer.New(kind, n.s.Logger.Named("notifier"))
	t.Trouble = n.trouble("notifier/"+kind, kind+": ")
	return t
}

// applier returns what writes incidents; each goroutine that does has its own.
func (n *notifier) applier() *intake.Applier {
	return &intake.Applier{
		Store: n.store, JS: n.s.Bus.JetStream(), Trail: n.trail, Rules: rules(n.cfg), Router: n.table, Holder: n.quiet, Overflow: n.overflow, Missed: n.missed,
		Reminders: n.reminders, Closings: n.closings, Now: func() time.Time { return time.Now().UTC() },
	}
}

func (n *notifier) consumer() *intake.Consumer {
	return &intake.Consumer{
		Bus: n.s.Bus, Applier: n.applier(), Outcomes: n.book, Terrain: n.terrain, Logger: n.s.Logger.Named("notifier"),
		Observe: func(result string, took time.Duration) {
			n.metrics.findings.WithLabelValues(result).Inc()
			n.metrics.applied.Observe(took.Seconds())
		},
		Trouble: n.trouble("notifier", ""),
		Full: func() {
			select {
			case n.full <- struct{}{}:
			default: // said already
			}
		},
	}
}

func rules(c Config) life.Rules {
	return life.Rules{
		MinSeverity: c.MinSeverity, ReopenWindow: c.ReopenWindow, UpdateInterval: c.UpdateInterval,
		ETAChange: c.ETAChange, ETAChangeMin: c.ETAChangeMin, JoinWindow: c.JoinWindow, CloseAfter: c.CloseAfter,
		RenotifyAfter: map[finding.Severity]time.Duration{
			finding.Critical: c.RenotifyAfter.Critical, finding.Warning: c.RenotifyAfter.Warning, finding.Info: c.RenotifyAfter.Info,
		},
	}
}
