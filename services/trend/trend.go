// Package trend watches everything that has a limit and says when it will be reached.
//
// A [Worker] per partition holds the models of its signals and their episodes. It is pure: [Run] feeds it from
// the bus and publishes its findings, and a back-test feeds it from a file, by the same calls. State lives in the
// bus's snapshots: after a crash the worker goes on from the last one, sees the same messages again and says the
// same things under the same ids.
//
// Once a day each worker tells what its leaks came to. [Releases], the second stage, judges the instances of a release by that
// over all partitions.
package trend

import (
	"context"
	"fmt"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"

	"github.com/forewarn/forewarn/models/calendar"
	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/obs"
	"github.com/forewarn/forewarn/shared/signal"
	"github.com/forewarn/forewarn/shared/telemetry"
)

// Settings is what the service needs from its surroundings.
type Settings struct {
	Logger    *zap.Logger
	Registry  prometheus.Registerer
	Health    *obs.Health
	Bus       *bus.Bus
	Catalogue *signal.Catalogue
	// Calendar tells working days from others; nil holds all days alike.
	Calendar *calendar.Calendar
}

// maxSeries bounds the series whose labels and uses a partition keeps at hand; others are looked up each time.
func (c *Config) maxSeries() int { return max(100_000, 4*c.MaxSignals) }

// Run works on the partitions, together with other processes that do, until ctx ends, then takes a last snapshot of each and
// returns nil. It returns the first error that keeps a partition from being worked on.
func Run(ctx context.Context, cfg Config, s Settings) error {
	if err := cfg.Validate(); err != nil {
		return fmt.Errorf("trend: %w", err)
	}
	s.Health.Set(Service, obs.Starting, "")
	m := newMetrics(s.Registry)
	var started atomic.Int32
	ready := func() {
		if started.Add(1) == 2 {
			s.Health.Set(Service, obs.OK, "")
		}
	}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		return s.Bus.Share(ctx, bus.ShareSettings{
			Service: Service, Input: bus.Metrics, Logger: s.Logger, Ready: ready, Left: m.forget,
			New: func(_ context.Context, number int) bus.Processor {
				w := NewWorker(cfg, s.Catalogue, s.Calendar)
				return &partition{
					Worker: w, number: number,
					decoder: telemetry.NewDecoderFor(w, cfg.maxSeries()), metrics: m.forPartition(), health: s.Health,
				}
			},
		})
	})
	g.Go(func() error {
		return s.Bus.Share(ctx, bus.ShareSettings{
			Service: ReleaseService, Input: bus.Fleet, Logger: s.Logger, Ready: ready,
			New: func(context.Context, int) bus.Processor {
				return &stage{Releases: NewReleases(s.Catalogue, s.Bus.Partitions()), metrics: m}
			},
		})
	})
	return g.Wait()
}
