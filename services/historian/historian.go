package historian

import (
	"context"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"

	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/history"
	"github.com/forewarn/forewarn/shared/history/queryapi"
	"github.com/forewarn/forewarn/shared/history/stored"
	"github.com/forewarn/forewarn/shared/obs"
)

// Service is the historian's name on the bus, in logs and in health checks.
const Service = stored.Keeper

// Settings is what a historian works with. It owns none of it: the store is closed by who opened it, after Run
// has returned and the handler serves no more.
type Settings struct {
	Logger   *zap.Logger
	Registry prometheus.Registerer
	Health   *obs.Health
	Bus      *bus.Bus
	Store    history.Store
	// Version is told to clients of the query API.
	Version string
}

// Historian is one historian: its loops and its query API share their metrics.
type Historian struct {
	cfg     Config
	set     Settings
	log     *zap.Logger
	metrics *metrics
	gate    *gate
	intake  intake

	progress progress
}

// New registers the historian's metrics; a registry takes one historian.
func New(cfg Config, s Settings) (*Historian, error) {
	m := newMetrics(s.Store)
	if _, err := obs.Register(s.Registry, "the historian", m.all()...); err != nil {
		return nil, err
	}
	return &Historian{
		cfg: cfg, set: s, log: s.Logger.Named(Service), metrics: m,
		gate: &gate{health: s.Health}, progress: make(progress, s.Bus.Partitions()),
	}, nil
}

// Run stores what comes on the bus until ctx ends, then returns nil.
func (h *Historian) Run(ctx context.Context) error {
	h.gate.open()
	g, ctx := errgroup.WithContext(ctx)
	if store, ok := h.set.Store.(holder); ok {
		g.Go(func() error { h.watchStore(ctx, store); return nil })
	}
	if store, ok := h.set.Store.(certified); ok {
		g.Go(func() error { h.watchCertificate(ctx, store); return nil })
	}
	g.Go(func() error {
		return h.set.Bus.Share(ctx, bus.ShareSettings{
			Service: Service, Input: bus.Metrics, Logger: h.log,
			New: func(ctx context.Context, partition int) bus.Processor { return h.newWriter(ctx, partition) },
		})
	})
	return g.Wait()
}

// Handler serves the query API below /prometheus/, without authentication; mount it at that path.
func (h *Historian) Handler() http.Handler {
	return queryapi.Handler(queryapi.Settings{
		Config: h.cfg, Logger: h.log, Store: h.set.Store, Version: h.set.Version, Observe: h.metrics.observeQuery,
	})
}

// Run stores what comes on the bus until ctx ends, then returns nil. Use [New] where the query API is wanted, too.
func Run(ctx context.Context, cfg Config, s Settings) error {
	h, err := New(cfg, s)
	if err != nil {
		return err
	}
	return h.Run(ctx)
}
