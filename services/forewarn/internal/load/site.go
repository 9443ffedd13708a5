package load

import (
	"cmp"
	"context"
	"errors"
	"math"
	"path/filepath"
	"runtime/pprof"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"

	"github.com/forewarn/forewarn/models/calendar"
	"github.com/forewarn/forewarn/services/anomaly"
	"github.com/forewarn/forewarn/services/forewarn/internal/playback"
	"github.com/forewarn/forewarn/services/historian"
	"github.com/forewarn/forewarn/services/trend"
	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/config"
	"github.com/forewarn/forewarn/shared/history"
	"github.com/forewarn/forewarn/shared/history/embedded"
	"github.com/forewarn/forewarn/shared/obs"
	"github.com/forewarn/forewarn/shared/signal"
)

// site is the pipeline that is measured, in this process.
type site struct {
	o         *Options
	clock     *playback.Clock
	registry  *prometheus.Registry
	health    *obs.Health
	catalogue *signal.Catalogue
	calendar  *calendar.Calendar
	bus       *bus.Bus
	store     *embedded.Store
	publisher *bus.Publisher
	readers   []string // of the metrics of each partition

	stop func()
	done chan error
}

// open opens what is in the directory and starts the services.
func open(ctx context.Context, o *Options, at time.Time) (s *site, err error) {
	s = &site{o: o, clock: playback.NewClock(at), registry: prometheus.NewRegistry(), health: &obs.Health{}}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.close())
		}
	}()
	if s.catalogue, err = signal.Load(); err != nil {
		return s, err
	}
	if s.calendar, err = calendar.New(calendar.Config{Zone: time.UTC, Country: calendar.China}); err != nil {
		return s, err
	}
	pprof.Do(ctx, pprof.Labels("service", "bus"), func(ctx context.Context) { err = s.openBus(ctx) })
	if err != nil {
		return s, err
	}
	if o.History {
		s.store, err = embedded.Open(history.DefaultConfig(), embedded.Settings{Logger: zap.NewNop(), Dir: filepath.Join(o.Dir, "history"), Now: s.clock.Now})
		if err != nil {
			return s, err
		}
	}
	return s, s.start(ctx)
}

func (s *site) openBus(ctx context.Context) (err error) {
	cfg := bus.DefaultConfig()
	cfg.Partitions, cfg.MaxStore, cfg.JanitorInterval = s.o.Partitions, config.Bytes(8<<30), 2*time.Second
	s.bus, err = bus.Open(ctx, cfg, bus.Settings{Logger: zap.NewNop(), Registry: s.registry, Health: s.health, DataDir: s.o.Dir, Clock: s.clock.Now})
	if err != nil {
		return err
	}
	s.publisher, err = s.bus.NewPublisher("load")
	return err
}

// start starts the services.
func (s *site) start(ctx context.Context) error {
	services := map[string]func(context.Context) error{"bus": s.bus.Run, "publisher": s.publisher.Run, "trend": s.forecast, "anomaly": s.watch}
	s.readers = []string{trend.Service, anomaly.MetricsService}
	if s.o.History {
		h, err := historian.New(historian.DefaultConfig(), historian.Settings{
			Logger: zap.NewNop(), Registry: s.registry, Health: s.health, Bus: s.bus, Store: s.store,
		})
		if err != nil {
			return err
		}
		services["historian"], s.readers = h.Run, append(s.readers, historian.Service)
	}
	ctx, s.stop = context.WithCancel(ctx)
	s.done = make(chan error, 1)
	g, ctx := errgroup.WithContext(ctx)
	for name, run := range services {
		g.Go(func() (err error) {
			pprof.Do(ctx, pprof.Labels("service", name), func(ctx context.Context) { err = run(ctx) })
			return err
		})
	}
	go func() { s.done <- g.Wait() }()
	return nil
}

func (s *site) forecast(ctx context.Context) error {
	cfg := trend.DefaultConfig()
	cfg.MaxSignals = cmp.Or(s.o.maxSignals, cfg.MaxSignals)
	return trend.Run(ctx, cfg, trend.Settings{
		Logger: zap.NewNop(), Registry: s.registry, Health: s.health, Bus: s.bus, Catalogue: s.catalogue, Calendar: s.calendar,
	})
}

// watch runs the worker for behaviour, without a bound on the series of a partition and, as without configuration, with the
// rules of the handbook.
func (s *site) watch(ctx context.Context) error {
	cfg := anomaly.DefaultConfig()
	cfg.MaxSeries = s.o.Series
	dictionary, err := cfg.Open()
	if err != nil {
		return err
	}
	rules, err := cfg.OpenRules(s.catalogue)
	if err != nil {
		return err
	}
	return anomaly.Run(ctx, cfg, anomaly.Settings{
		Logger: zap.NewNop(), Registry: s.registry, Health: s.health, Bus: s.bus, Catalogue: s.catalogue, Calendar: s.calendar,
		Dictionary: dictionary, Rules: rules,
	})
}

// lag returns how many messages the slowest reader of a partition is behind; one that is not at work yet is behind by all.
func (s *site) lag(ctx context.Context, partition int) (most uint64, err error) {
	for _, reader := range s.readers {
		n, err := s.bus.Lag(ctx, reader, partition)
		switch {
		case errors.Is(err, bus.ErrNoWorker):
			return math.MaxUint64, nil
		case err != nil:
			return 0, err
		}
		most = max(most, n)
	}
	return most, nil
}

// close stops the services, which save their states, and closes the rest.
func (s *site) close() (err error) {
	if s.stop != nil {
		s.stop()
		err = <-s.done
	}
	if s.bus != nil {
		err = errors.Join(err, s.bus.Close())
	}
	if s.store != nil {
		err = errors.Join(err, s.store.Close())
	}
	return err
}
