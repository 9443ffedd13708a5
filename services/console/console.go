// Package console shows people and programs what the pipeline knows: web pages, a JSON API, and whatever
// other services mount beside them.
//
// It owns the one HTTP listener of the process. It reads incidents from their store, signals from the trend
// workers and health from all parts; it writes nothing. It guarantees that nothing is served to other
// machines without TLS and a token, that every answer carries the security headers, and that [Run] returns
// only after requests under way were answered or their time was up.
//
//	l, err := console.Listen(cfg)
//	fmt.Println("open", console.URL(cfg, l))
//	err = console.Run(ctx, cfg, console.Settings{Listener: l, …})
package console

import (
	"context"
	"net"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"

	"github.com/forewarn/forewarn/services/console/internal/pipeline"
	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/endpoint"
	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/incident"
	"github.com/forewarn/forewarn/shared/obs"
	"github.com/forewarn/forewarn/shared/signal"
	"github.com/forewarn/forewarn/shared/view"
)

// Settings are what the console works with.
type Settings struct {
	Logger   *zap.Logger
	Registry prometheus.Registerer
	Health   *obs.Health
	Bus      *bus.Bus
	// Incidents is where incidents are read.
	Incidents *incident.Store
	// History is where charts read what signals used before; nil if nobody keeps it, which the pages then say.
	History History
	// Arrivals tells which targets were heard and which metrics no rule reads; nil if that is not known.
	Arrivals Arrivals
	// Gatherer knows the counters of this process, of which the page of the pipeline shows the losses; nil shows none.
	Gatherer prometheus.Gatherer
	// Catalogue says how long a repair takes and where its runbook is; nil if that is not known.
	Catalogue *signal.Catalogue
	// Calendar tells which days charts shade; nil shades nights alone.
	Calendar Calendar
	// Mounts are served beside the console's own pages, by pattern of http.ServeMux without method or host:
	// "/prometheus/", "/metrics", "/healthz", "/readyz". They stand behind the same guard.
	Mounts map[string]http.Handler
	// Listener is what [Listen] returned; nil makes Run call it. Run closes it.
	Listener net.Listener
	// Version is shown to people.
	Version string
	// Banner stands at the head of every page; none if it is empty.
	Banner i18n.Text
}

// History tells what signals used before.
type History = pipeline.History

// Arrivals tells what has been arriving, read or not.
type Arrivals = pipeline.Arrivals

// Calendar tells which days differ from others.
type Calendar = view.Calendar

// Spell is one or more such days in a row.
type Spell = view.Spell

// check is the name under which the console reports its health.
const check = "console"

// Run serves until ctx ends, then drains for at most a few seconds; it returns nil then.
func Run(ctx context.Context, cfg Config, s Settings) error {
	l, err := open(cfg, s.Listener)
	if err != nil {
		return err
	}
	defer l.Close() //nolint:errcheck // the server has closed it, unless it never started
	tlsConfig, err := cfg.ServerTLS(check)
	if err != nil {
		return err
	}
	m, err := newMetrics(s.Registry)
	if err != nil {
		return err
	}
	source := pipeline.NewSource(pipeline.Settings{
		Logger: s.Logger, Bus: s.Bus, Incidents: s.Incidents, Health: s.Health, History: s.History, Catalogue: s.Catalogue,
		Arrivals: s.Arrivals, Gatherer: s.Gatherer, Observe: m.gathered,
	})
	ending := make(chan struct{})
	handler, err := newHandler(cfg, s, source, m, endpoint.Local(l.Addr()), ending)
	if err != nil {
		return err
	}
	s.Health.Set(check, obs.OK, "")
	s.Logger.Info("console listens", zap.String("url", URL(cfg, l)), zap.Bool("token", cfg.Token != ""))
	defer s.Health.Set(check, obs.Starting, "the console has stopped")
	return serve(ctx, source, endpoint.Server{
		Section: check, Listener: l, TLS: tlsConfig, Handler: handler, Logger: s.Logger, Ending: func() { close(ending) },
	})
}

// Listen opens the console's listener, so that a caller knows the bound address before anything else
// starts; pass it on in [Settings]. It is plain TCP; Run adds TLS. The error names the address and what to do.
func Listen(cfg Config) (net.Listener, error) { return cfg.Open(check) }

// URL returns where people reach the console that listens on l: the external URL if there is one.
func URL(cfg Config, l net.Listener) string {
	if cfg.ExternalURL != "" {
		return cfg.ExternalURL
	}
	return cfg.Config.URL(l)
}

// open returns the listener to serve on, checked once more.
func open(cfg Config, l net.Listener) (net.Listener, error) {
	if l == nil {
		return Listen(cfg)
	}
	return cfg.Check(check, l)
}

// serve runs the server until ctx ends. The source outlives the requests that read from it.
func serve(ctx context.Context, source *pipeline.Source, server endpoint.Server) error {
	reading, stopReading := context.WithCancel(context.WithoutCancel(ctx))
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return source.Run(reading) })
	group.Go(func() error {
		defer stopReading()
		return server.Run(ctx)
	})
	return group.Wait()
}
