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
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"

	"github.com/forewarn/forewarn/services/console/internal/pipeline"
	"github.com/forewarn/forewarn/services/console/internal/web"
	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/incident"
	"github.com/forewarn/forewarn/shared/obs"
	"github.com/forewarn/forewarn/shared/signal"
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
type Calendar = web.Calendar

// Spell is one or more such days in a row.
type Spell = web.Spell

const (
	headerTimeout = 5 * time.Second
	readTimeout   = 30 * time.Second
	writeTimeout  = 150 * time.Second // a mounted query may take 2 min
	idleTimeout   = 2 * time.Minute
	maxHeader     = 64 << 10
	// drainTimeout is how long requests under way may take when the console stops.
	drainTimeout = 2 * time.Second
)

// check is the name under which the console reports its health.
const check = "console"

// Run serves until ctx ends, then drains for at most a few seconds; it returns nil then.
func Run(ctx context.Context, cfg Config, s Settings) error {
	l, err := open(cfg, s.Listener)
	if err != nil {
		return err
	}
	defer l.Close() //nolint:errcheck // the server has closed it, unless it never started
	tlsConfig, err := cfg.serverTLS()
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
	handler, err := newHandler(cfg, s, source, m, loopbackAddr(l.Addr()), ending)
	if err != nil {
		return err
	}
	server := &http.Server{
		Handler: handler, TLSConfig: tlsConfig,
		ReadHeaderTimeout: headerTimeout, ReadTimeout: readTimeout, WriteTimeout: writeTimeout, IdleTimeout: idleTimeout,
		MaxHeaderBytes: maxHeader, ErrorLog: zap.NewStdLog(s.Logger.Named("http")),
	}
	server.RegisterOnShutdown(func() { close(ending) })
	s.Health.Set(check, obs.OK, "")
	s.Logger.Info("console listens", zap.String("url", URL(cfg, l)), zap.Bool("token", cfg.Token != ""))
	defer s.Health.Set(check, obs.Starting, "the console has stopped")
	return serve(ctx, server, l, source)
}

// open returns the listener to serve on, checked once more.
func open(cfg Config, l net.Listener) (net.Listener, error) {
	if l == nil {
		return Listen(cfg)
	}
	if !loopbackAddr(l.Addr()) && !cfg.protected() {
		l.Close() //nolint:errcheck // nothing was accepted
		return nil, fmt.Errorf("console: %w", cfg.exposed(l.Addr().String()))
	}
	return l, nil
}

// serve runs the server until ctx ends. The source outlives the requests that read from it.
func serve(ctx context.Context, server *http.Server, l net.Listener, source *pipeline.Source) error {
	reading, stopReading := context.WithCancel(context.WithoutCancel(ctx))
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return source.Run(reading) })
	group.Go(func() error {
		err := listenAndServe(server, l)
		if !errors.Is(err, http.ErrServerClosed) {
			return fmt.Errorf("console: serve on %s: %w", l.Addr(), err)
		}
		return nil
	})
	group.Go(func() error {
		<-ctx.Done()
		defer stopReading()
		return drain(context.WithoutCancel(ctx), server)
	})
	return group.Wait()
}

func listenAndServe(server *http.Server, l net.Listener) error {
	if server.TLSConfig != nil {
		return server.ServeTLS(l, "", "")
	}
	return server.Serve(l)
}

// drain lets requests under way end, and cuts those that do not in time.
func drain(ctx context.Context, server *http.Server) error {
	ctx, cancel := context.WithTimeout(ctx, drainTimeout)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil {
		if err := server.Close(); err != nil {
			return fmt.Errorf("console: close: %w", err)
		}
	}
	return nil
}
