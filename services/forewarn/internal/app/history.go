package app

import (
	"context"
	"time"

	"github.com/forewarn/forewarn/services/historian"
	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/history"
	"github.com/forewarn/forewarn/shared/history/backend"
	"github.com/forewarn/forewarn/shared/obs"
)

// openHistory opens the store that the configuration names. The bus keeps nothing for one that others write.
func openHistory(ctx context.Context, cfg history.Config, dataDir string, sh shared) (history.Store, error) {
	if cfg.ReadOnly() {
		if err := sh.bus.RetireReader(ctx, historian.Service, bus.Metrics); err != nil {
			return nil, err
		}
	}
	return backend.Open(ctx, cfg, backend.Settings{Logger: sh.log, DataDir: dataDir})
}

// startHistory starts what writes the history or, where others do, what looks whether it answers.
func startHistory(ctx context.Context, s *stack, cfg Config, sh shared, h *historian.Historian) {
	server, ok := sh.store.(pinger)
	if !ok || !cfg.History.ReadOnly() {
		s.start(ctx, "historian", h.Run)
		return
	}
	s.start(ctx, "history", func(ctx context.Context) error {
		watchHistory(ctx, server, sh.health, pingEvery)
		return nil
	})
}

// completeUntil returns what says up to when the history is complete. Of one that others write nobody knows, so that it is held to
// be always.
func completeUntil(cfg Config, h *historian.Historian) func() time.Time {
	if cfg.History.ReadOnly() {
		return nil
	}
	return h.Until
}

// pinger is a store on a server that can be asked whether it answers.
type pinger interface {
	Ping(ctx context.Context) error
}

const (
	historyCheck = "history"
	pingEvery    = 30 * time.Second
)

// watchHistory keeps the health check of a history that nobody here writes until ctx ends.
func watchHistory(ctx context.Context, server pinger, health *obs.Health, every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		err := server.Ping(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			health.Set(historyCheck, obs.Degraded, err.Error())
		default:
			health.Set(historyCheck, obs.OK, "")
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
