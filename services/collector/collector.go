// Package collector pulls metrics and logs and publishes them on the bus.
//
// It watches this machine, scrapes Prometheus and OpenMetrics endpoints, and follows log files. Every member
// works in its own goroutine with its own time-outs, so that a slow, dead or hostile one hurts nobody else; a
// panic in one is recovered, counted, and it starts again. Order is kept within a source; nothing but the
// publish of its own batches blocks a member.
//
//	cfg := collector.DefaultConfig()
//	cfg.Scrape = []collector.Target{{URL: "http://erp-01:9100/metrics", Job: "node"}}
//	err := collector.Run(ctx, cfg, settings)
package collector

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"

	"github.com/forewarn/forewarn/services/collector/internal/edge"
	"github.com/forewarn/forewarn/services/collector/internal/host"
	"github.com/forewarn/forewarn/services/collector/internal/logfile"
	"github.com/forewarn/forewarn/services/collector/internal/part"
	"github.com/forewarn/forewarn/services/collector/internal/scrape"
	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/obs"
	"github.com/forewarn/forewarn/shared/signal"
)

// Settings are what the collector works with; all but Own are needed.
type Settings struct {
	Logger    *zap.Logger
	Registry  prometheus.Registerer
	Health    *obs.Health
	Bus       *bus.Bus
	Catalogue *signal.Catalogue
	// DataDir is the data directory of the install; positions of log files are in its folder collector.
	DataDir string
	// Own shows the metrics of this process at [OwnMetrics], and Forecasts, at [OwnForecasts], what the pipeline forecasts; nil
	// if they are not to be recorded.
	Own, Forecasts http.Handler
}

// Where a process shows its metrics: what the pipeline does, and what it forecasts.
const (
	OwnMetrics   = "/metrics"
	OwnForecasts = "/metrics/forecasts"
)

// collector is what Run composes.
type collector struct {
	Settings
	config Config
	name   string // this machine's
	edge   *edge.Edge
	panics *prometheus.CounterVec
	group  *errgroup.Group
}

// Run collects until ctx ends, then returns nil once every member has stopped and what they published is on
// the bus or the spool. It returns an error at once if cfg is invalid or the spool or the data directory
// cannot be used; a member that does not work is no error but a degraded check.
func Run(ctx context.Context, cfg Config, s Settings) (err error) {
	if err := cfg.Validate(); err != nil {
		return fmt.Errorf("collector configuration: %w", err)
	}
	s.Logger = s.Logger.Named("collector")
	hostname := cfg.Host.Name()
	publisher, err := s.Bus.NewPublisher(publisherName(hostname))
	if err != nil {
		return fmt.Errorf("open the collector's publisher: %w", err)
	}
	defer func() { err = errors.Join(err, publisher.Close()) }() //nolint:contextcheck // it is closed once ctx has ended

	c := &collector{
		Settings: s, config: cfg, name: hostname,
		edge: edge.New(edge.Settings{
			Logger: s.Logger, Metrics: edge.NewMetrics(s.Registry), Bus: s.Bus,
			Publisher: publisher, Catalogue: s.Catalogue, Limits: cfg.Limits,
		}),
		panics: promauto.With(s.Registry).NewCounterVec(prometheus.CounterOpts{
			Name: "forewarn_collector_panics_total", Help: "Panics recovered in members of a part.",
		}, []string{"part"}),
	}
	group, ctx := errgroup.WithContext(ctx)
	c.group = group
	defer context.AfterFunc(ctx, c.edge.Drain)()
	if err := errors.Join(c.watchHost(ctx), c.scrapeTargets(ctx), c.followLogs(ctx)); err != nil {
		group.Go(func() error { return err }) // stops what has started
	}
	group.Go(func() error { return publisher.Run(ctx) })
	return group.Wait()
}

// part makes a part of the collector.
func (c *collector) part(name string) *part.Part {
	return part.New(name, c.Logger, c.Health, c.panics.WithLabelValues(name))
}

// start runs a member until ctx ends.
func (c *collector) start(ctx context.Context, p *part.Part, member string, work func(context.Context) error) {
	c.group.Go(func() error {
		p.Run(ctx, member, work)
		return nil
	})
}

func (c *collector) watchHost(ctx context.Context) error {
	if !c.config.Host.Enabled {
		return nil
	}
	p := c.part("host")
	w, err := host.New(c.config.Host, host.Settings{Edge: c.edge, Part: p, Metrics: host.NewMetrics(c.Registry)})
	if err != nil {
		return fmt.Errorf("watch this host: %w", err)
	}
	c.start(ctx, p, c.name, w.Run)
	return nil
}

func (c *collector) scrapeTargets(ctx context.Context) error {
	targets := c.config.Scrape
	if c.Own != nil && c.config.Own.Enabled {
		targets = append(slices.Clip(targets), scrape.Own(c.Own, "forewarn", c.name, OwnMetrics, c.config.Own.Interval))
	}
	if c.Forecasts != nil && c.config.Own.Enabled {
		targets = append(slices.Clip(targets), scrape.Own(c.Forecasts, "forewarn-forecasts", c.name, OwnForecasts, c.config.Own.Interval))
	}
	if len(targets) == 0 {
		return nil
	}
	s := scrape.Settings{
		Edge: c.edge, Part: c.part("scrape"), Metrics: scrape.NewMetrics(c.Registry),
		Local: scrape.LocalMachine(c.name), Bodies: scrape.NewBodies(),
	}
	names := map[string]int{}
	for _, t := range targets {
		name := t.Name()
		if names[name]++; names[name] > 1 { // differs in the query only
			name = fmt.Sprintf("%s (%d)", name, names[name])
		}
		l, err := scrape.NewLoop(name, t, s)
		if err != nil {
			return fmt.Errorf("scrape %s: %w", name, err)
		}
		c.start(ctx, s.Part, name, func(ctx context.Context) error { return l.Run(ctx, name) })
	}
	return nil
}

func (c *collector) followLogs(ctx context.Context) error {
	if len(c.config.Logs) == 0 {
		return nil
	}
	offsets, err := logfile.OpenOffsets(filepath.Join(c.DataDir, "collector", "offsets.json"))
	if offsets == nil {
		return fmt.Errorf("follow log files: %w", err)
	}
	if err != nil {
		c.Logger.Error("log offsets lost", zap.Error(err))
	}
	s := logfile.Settings{
		Edge: c.edge, Part: c.part("logs"), Metrics: logfile.NewMetrics(c.Registry),
		Offsets: offsets, Hostname: c.name,
	}
	for _, l := range c.config.Logs {
		w, err := logfile.New(l, s)
		if err != nil {
			return fmt.Errorf("follow %s: %w", l.Name(), err)
		}
		c.start(ctx, s.Part, l.Name(), w.Run)
	}
	return nil
}

var unusable = regexp.MustCompile(`[^a-zA-Z0-9_-]+`)

// publisherName tells this machine's batches from those of other collectors on the same bus.
func publisherName(hostname string) string {
	name := "collector-" + strings.Trim(unusable.ReplaceAllString(hostname, "-"), "-")
	return name[:min(len(name), 64)]
}
