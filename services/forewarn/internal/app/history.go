package app

import (
	"context"
	"time"

	"github.com/forewarn/forewarn/services/historian"
	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/history"
	"github.com/forewarn/forewarn/shared/history/backend"
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
	if !cfg.History.ReadOnly() {
		s.start(ctx, "historian", h.Run)
		return
	}
	s.start(ctx, "history", func(ctx context.Context) error {
		backend.Watch(ctx, sh.store, sh.health)
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
