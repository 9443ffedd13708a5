// Package app composes the services into one process.
//
// [Up] opens what they share (bus, history, catalogue), starts them from the end of the pipeline to its
// beginning, so that whatever is collected finds its reader, and stops them in the reverse order.
package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"go.uber.org/zap"

	"github.com/forewarn/forewarn/models/calendar"
	"github.com/forewarn/forewarn/models/signature"
	"github.com/forewarn/forewarn/services/anomaly"
	"github.com/forewarn/forewarn/services/collector"
	"github.com/forewarn/forewarn/services/console"
	"github.com/forewarn/forewarn/services/examiner"
	"github.com/forewarn/forewarn/services/historian"
	"github.com/forewarn/forewarn/services/notifier"
	"github.com/forewarn/forewarn/services/planner"
	"github.com/forewarn/forewarn/services/trend"
	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/history"
	"github.com/forewarn/forewarn/shared/history/arrivals"
	"github.com/forewarn/forewarn/shared/history/course"
	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/incident"
	"github.com/forewarn/forewarn/shared/obs"
	"github.com/forewarn/forewarn/shared/signal"
	"github.com/forewarn/forewarn/shared/transaction"
	"github.com/forewarn/forewarn/shared/version"
)

// Options is what the command line says.
type Options struct {
	ConfigFile string
	DataDir    string
	// Listen overrides the configuration's console.listen if it is not empty.
	Listen         string
	Environ        []string
	Stdout, Stderr io.Writer
}

// Up runs everything until ctx ends, then stops within ten seconds and returns nil. It returns an error if
// something cannot start or a service fails.
func Up(ctx context.Context, o Options) error {
	l, err := load(o.ConfigFile, o.Environ, nil)
	if err != nil {
		return err
	}
	if o.Listen != "" {
		l.Console.Listen = o.Listen
		if err := l.Console.Validate(); err != nil {
			return fmt.Errorf("--listen: %w", err)
		}
	}
	log, err := obs.NewLogger(l.Log, o.Stderr)
	if err != nil {
		return err
	}
	defer log.Sync() //nolint:errcheck // a terminal cannot be synced
	err = compose(ctx, o, l, log, mode{greet: greet, source: collect})
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return nil // it was told to end before it had started
	}
	return err
}

// shared is what the services have in common.
type shared struct {
	log          *zap.Logger
	registry     *prometheus.Registry
	health       *obs.Health
	catalogue    *signal.Catalogue
	calendar     *calendar.Calendar
	signatures   *signature.Dictionary
	transactions *transaction.Book
	rules        *anomaly.Rules
	bus          *bus.Bus
	store        history.Store
	incidents    *incident.Store
}

// mode is in what compositions differ.
type mode struct {
	// clock is the bus's, see [bus.Settings.Clock]; nil for a real one.
	clock func() time.Time
	// banner stands on every page.
	banner i18n.Text
	// greet says on the terminal, when all parts have been started, where to look.
	greet func(ctx context.Context, o Options, cfg Config, url string)
	// source starts, as the last tier, what samples come from.
	source func(ctx context.Context, s *stack, o Options, cfg Config, sh shared)
}

// compose runs everything until ctx ends.
func compose(ctx context.Context, o Options, l loaded, log *zap.Logger, m mode) (err error) {
	cfg := l.Config
	// First what fails most often and costs nothing to try.
	listener, err := console.Listen(cfg.Console)
	if err != nil {
		return err
	}
	defer listener.Close() //nolint:errcheck // the console has closed it, unless it never started
	if err := os.MkdirAll(o.DataDir, 0o700); err != nil {
		return fmt.Errorf("data directory: %w; choose another by --data-dir", err)
	}

	url := console.URL(cfg.Console, listener)
	if cfg.Notifier.ConsoleURL == notifier.DefaultConfig().ConsoleURL {
		cfg.Notifier.ConsoleURL = strings.TrimSuffix(url, "/") // what the console really listens on
	}

	sh := shared{
		log: log, registry: prometheus.NewRegistry(), health: &obs.Health{}, catalogue: l.catalogue, calendar: l.calendar,
		signatures: l.dictionary, transactions: l.transactions, rules: l.rules,
	}
	sh.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), obs.Metrics(sh.health))
	sh.bus, err = bus.Open(ctx, cfg.Bus, bus.Settings{
		Logger: log.Named("bus"), Registry: sh.registry, Health: sh.health, DataDir: o.DataDir, Clock: m.clock,
	})
	if err != nil {
		return err
	}
	defer closing(log, "bus", sh.bus, &err)
	sh.store, err = openHistory(ctx, cfg.History, o.DataDir, sh)
	if err != nil {
		return err
	}
	defer closing(log, "history", sh.store, &err)
	kv, err := sh.bus.KeyValue(ctx, bus.BucketIncident)
	if err != nil {
		return err
	}
	sh.incidents = incident.NewStore(kv)

	h, err := historian.New(cfg.Historian, historian.Settings{
		Logger: log, Registry: sh.registry, Health: sh.health, Bus: sh.bus, Store: sh.store, Version: version.Of("forewarn"),
	})
	if err != nil {
		return err
	}

	s := newStack(log)
	start(ctx, s, o, cfg, sh, h, listener, m)
	m.greet(ctx, o, cfg, url)
	err = s.wait(ctx)
	log.Info("stopping")
	s.stop() //nolint:contextcheck // ctx has ended; stopping has a time of its own
	return err
}

// closeWithin is how long bus and history may each take to close. Both are as safe when the process ends before.
const closeWithin = 1600 * time.Millisecond

// closing closes c, but does not wait for ever, and adds its error to the one that is returned.
func closing(log *zap.Logger, name string, c io.Closer, err *error) {
	closed := make(chan error, 1)
	go func() { closed <- c.Close() }()
	select {
	case e := <-closed:
		*err = errors.Join(*err, e)
	case <-time.After(closeWithin):
		log.Warn("did not close in time and is left as after a crash; nothing stored is lost", zap.String("name", name))
	}
}

// start starts the services, the end of the pipeline first.
func start(ctx context.Context, s *stack, o Options, cfg Config, sh shared, h *historian.Historian, l net.Listener, m mode) {
	s.start(ctx, "health", func(ctx context.Context) error { return watchHealth(ctx, o.Stdout, sh.health, language(o.Environ)) })
	s.start(ctx, "bus", sh.bus.Run)
	s.next()
	s.start(ctx, "console", func(ctx context.Context) error {
		return console.Run(ctx, cfg.Console, console.Settings{
			Logger: sh.log.Named("console"), Registry: sh.registry, Health: sh.health, Bus: sh.bus,
			Incidents: sh.incidents, History: course.New(sh.store, sh.catalogue), Catalogue: sh.catalogue,
			Arrivals: arrivals.New(sh.store, sh.catalogue), Gatherer: sh.registry,
			Calendar: console.Days(sh.calendar), Listener: l, Version: version.Of("forewarn"), Mounts: mounts(sh, h), Banner: m.banner,
		})
	})
	s.start(ctx, "notifier", func(ctx context.Context) error {
		return notifier.Run(ctx, cfg.Notifier, notifier.Settings{
			Logger: sh.log, Registry: sh.registry, Health: sh.health, Bus: sh.bus, Topology: sh.catalogue.Topology(),
			History: course.New(sh.store, sh.catalogue),
		})
	})
	s.start(ctx, "planner", func(ctx context.Context) error {
		return planner.Run(ctx, cfg.Capacity, planner.Settings{
			Logger: sh.log, Registry: sh.registry, Health: sh.health, Bus: sh.bus, History: sh.store, Catalogue: sh.catalogue,
			Now: m.clock,
		})
	})
	s.start(ctx, "examiner", func(ctx context.Context) error {
		return examiner.Run(ctx, cfg.Transactions, examiner.Settings{
			Logger: sh.log, Registry: sh.registry, Health: sh.health, Bus: sh.bus, Incidents: sh.incidents, History: sh.store,
			Catalogue: sh.catalogue, Signatures: sh.signatures, Transactions: sh.transactions, Now: m.clock,
		})
	})
	s.next()
	startHistory(ctx, s, cfg, sh, h)
	s.start(ctx, "trend", func(ctx context.Context) error {
		return trend.Run(ctx, cfg.Trend, trend.Settings{
			Logger: sh.log.Named("trend"), Registry: sh.registry, Health: sh.health, Bus: sh.bus, Catalogue: sh.catalogue, Calendar: sh.calendar,
		})
	})
	s.start(ctx, "anomaly", func(ctx context.Context) error {
		return anomaly.Run(ctx, cfg.Anomaly, anomaly.Settings{
			Logger: sh.log.Named("anomaly"), Registry: sh.registry, Health: sh.health, Bus: sh.bus, Catalogue: sh.catalogue, Calendar: sh.calendar,
			Dictionary: sh.signatures, Rules: sh.rules, History: sh.store, HistoryUntil: completeUntil(cfg, h),
		})
	})
	s.next()
	m.source(ctx, s, o, cfg, sh)
}

// collect starts what samples come from on a real system, and what tells of incidents on the terminal.
func collect(ctx context.Context, s *stack, o Options, cfg Config, sh shared) {
	s.start(ctx, "announcer", func(ctx context.Context) error {
		return announce(ctx, o.Stdout, sh.incidents, language(o.Environ), sh.log)
	})
	s.start(ctx, "collector", func(ctx context.Context) error {
		return collector.Run(ctx, cfg.Collector, collector.Settings{
			Logger: sh.log, Registry: sh.registry, Health: sh.health, Bus: sh.bus,
			Catalogue: sh.catalogue, DataDir: o.DataDir, Own: obs.Handler(sh.health, sh.registry), Forecasts: trend.Exposition(sh.bus),
		})
	})
}

// mounts are the handlers of other services that the console serves.
func mounts(sh shared, h *historian.Historian) map[string]http.Handler {
	observe := obs.Handler(sh.health, sh.registry)
	return map[string]http.Handler{
		"/prometheus/":         h.Handler(),
		"/healthz":             observe,
		"/readyz":              observe,
		collector.OwnMetrics:   observe,
		collector.OwnForecasts: trend.Exposition(sh.bus),
	}
}
