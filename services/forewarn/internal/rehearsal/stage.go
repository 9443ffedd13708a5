package rehearsal

import (
	"context"
	"errors"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"

	"github.com/forewarn/forewarn/models/calendar"
	"github.com/forewarn/forewarn/models/signature"
	"github.com/forewarn/forewarn/services/anomaly"
	"github.com/forewarn/forewarn/services/forewarn/internal/landscape"
	"github.com/forewarn/forewarn/services/forewarn/internal/playback"
	"github.com/forewarn/forewarn/services/notifier"
	"github.com/forewarn/forewarn/services/trend"
	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/obs"
	"github.com/forewarn/forewarn/shared/signal"
)

// stage is the stack that a play runs on. Everything but time, place and partitions is as in production.
type stage struct {
	play       *play
	clock      *playback.Clock
	bus        *bus.Bus
	publisher  *bus.Publisher
	settler    playback.Settler
	catalogue  *signal.Catalogue
	dictionary *signature.Dictionary
	calendar   *calendar.Calendar
	rules      *anomaly.Rules
	partitions map[uint64]int // of a series by its fingerprint
}

// perform plays from beginning to end, on a stage whose state is in a directory, and returns what came of it.
func perform(ctx context.Context, p *play, dir string, cal *calendar.Calendar) (r *Record, err error) {
	s := &stage{play: p, clock: playback.NewClock(p.start), calendar: cal, partitions: map[uint64]int{}}
	if p.from.After(p.start) {
		s.clock.Set(p.from)
	}
	if err := s.open(ctx, dir); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.bus.Close()) }()
	return s.run(ctx)
}

// open starts the bus and reads what the workers know.
func (s *stage) open(ctx context.Context, dir string) (err error) {
	files := []signal.File{{Name: "catalogue of the landscape", Data: landscape.Catalogue()}}
	for _, l := range s.play.landscapes {
		files = append(files, signal.File{Name: "topology of " + l.Host(""), Data: l.Topology()})
	}
	if s.catalogue, err = signal.Load(files...); err != nil {
		return err
	}
	cfg := anomaly.DefaultConfig()
	if s.dictionary, err = cfg.Open(); err != nil {
		return err
	}
	if s.rules, err = cfg.OpenRules(s.catalogue); err != nil {
		return err
	}
	c := bus.DefaultConfig()
	c.Partitions, c.SyncInterval, c.JanitorInterval = s.play.partitions, time.Minute, 2*time.Second
	s.bus, err = bus.Open(ctx, c, bus.Settings{
		Logger: zap.NewNop(), Registry: prometheus.NewRegistry(), Health: &obs.Health{}, DataDir: dir, Clock: s.clock.Now,
	})
	if err != nil {
		return err
	}
	if s.publisher, err = s.bus.NewPublisher(source); err != nil {
		return errors.Join(err, s.bus.Close())
	}
	s.settler = playback.Settler{
		Bus: s.bus, Workers: []string{trend.Service, anomaly.Service, anomaly.MetricsService, anomaly.RulesService}, Stages: []string{trend.ReleaseService, anomaly.QueriesService},
	}
	return nil
}

// run runs the services until the play has ended.
func (s *stage) run(ctx context.Context) (r *Record, err error) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	g, ctx := errgroup.WithContext(ctx)
	for _, service := range []func(context.Context) error{s.bus.Run, s.publisher.Run, s.notify, s.forecast, s.watch} {
		g.Go(func() error { return service(ctx) })
	}
	g.Go(func() error {
		defer stop()
		if err := s.feed(ctx); err != nil {
			return err
		}
		r, err = s.record(ctx)
		return err
	})
	if err := g.Wait(); err != nil && r == nil {
		return nil, err
	}
	return r, nil
}

// notify runs the notifier, whose housekeeping goes by the machine's clock and would hold what is played for long past.
func (s *stage) notify(ctx context.Context) error {
	cfg := notifier.DefaultConfig()
	cfg.StaleAfter, cfg.Retention = 0, 10*365*24*time.Hour
	cfg.RenotifyAfter, cfg.CloseAfter = notifier.RenotifyConfig{}, 0
	return notifier.Run(ctx, cfg, notifier.Settings{Bus: s.bus, Topology: s.catalogue.Topology()})
}

func (s *stage) forecast(ctx context.Context) error {
	return trend.Run(ctx, trend.DefaultConfig(), trend.Settings{
		Logger: zap.NewNop(), Registry: prometheus.NewRegistry(), Health: &obs.Health{}, Bus: s.bus, Catalogue: s.catalogue, Calendar: s.calendar,
	})
}

func (s *stage) watch(ctx context.Context) error {
	return anomaly.Run(ctx, anomaly.DefaultConfig(), anomaly.Settings{
		Logger: zap.NewNop(), Registry: prometheus.NewRegistry(), Health: &obs.Health{}, Bus: s.bus, Catalogue: s.catalogue, Calendar: s.calendar,
		Dictionary: s.dictionary, Rules: s.rules,
	})
}
