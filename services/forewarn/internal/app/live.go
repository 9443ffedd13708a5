package app

import (
	"context"
	"time"

	"github.com/forewarn/forewarn/services/collector"
	"github.com/forewarn/forewarn/shared/i18n"
)

// live is the mode of Up: what the configuration names is watched as it is now.
type live struct{}

func (live) clock() func() time.Time { return nil }

func (live) banner() i18n.Text { return i18n.Text{} }

func (live) greet(ctx context.Context, o Options, cfg Config, url string) { greet(ctx, o, cfg, url) }

func (live) source(ctx context.Context, s *stack, o Options, cfg Config, sh shared) {
	s.start(ctx, "announcer", func(ctx context.Context) error {
		return announce(ctx, o.Stdout, sh.incidents, language(o.Environ), sh.log)
	})
	s.start(ctx, "collector", func(ctx context.Context) error {
		return collector.Run(ctx, cfg.Collector, collector.Settings{
			Logger: sh.log, Registry: sh.registry, Health: sh.health, Bus: sh.bus,
			Catalogue: sh.catalogue, DataDir: o.DataDir,
		})
	})
}
