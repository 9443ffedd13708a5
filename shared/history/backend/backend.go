// Package backend opens the history that a configuration names. It links the clients of all kinds of stores: only what
// composes a process imports it; all others take a [history.Store] or a storage.Queryable.
package backend

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"

	"github.com/forewarn/forewarn/shared/history"
	"github.com/forewarn/forewarn/shared/history/embedded"
	"github.com/forewarn/forewarn/shared/history/influx"
	"github.com/forewarn/forewarn/shared/history/promremote"
	"github.com/forewarn/forewarn/shared/obs"
)

// Settings is what a store is opened with beside its configuration.
type Settings struct {
	Logger *zap.Logger
	// DataDir is where the embedded store has its directory.
	DataDir string
}

// Open returns the store of the kind that the section names. A server may be away: the store says so when it is used.
func Open(ctx context.Context, cfg history.Config, s Settings) (history.Store, error) {
	switch cfg.Kind {
	case history.Embedded:
		return opened(embedded.Open(cfg, embedded.Settings{Logger: s.Logger, Dir: filepath.Join(s.DataDir, "history")}))
	case history.InfluxDBKind:
		return opened(influx.Open(ctx, cfg, influx.Settings{Logger: s.Logger}))
	case history.PrometheusKind:
		return opened(promremote.Open(cfg, promremote.Settings{}))
	}
	return nil, fmt.Errorf("history.kind: %q is none", cfg.Kind)
}

// Read opens the history that the section names for a program other than the historian, see [history.Config.Reading], calls work
// with it, and closes it when work has returned. Meanwhile the health check "history" says whether its server answers.
func Read(ctx context.Context, cfg history.Config, s Settings, health *obs.Health, work func(context.Context, history.Store) error) (err error) {
	if cfg, err = cfg.Reading(); err != nil {
		return err
	}
	store, err := Open(ctx, cfg, s)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return work(ctx, store) })
	g.Go(func() error { Watch(ctx, store, health); return nil })
	return g.Wait()
}

// opened returns no store, rather than one that is nil, with an error.
func opened[S history.Store](s S, err error) (history.Store, error) {
	if err != nil {
		return nil, err
	}
	return s, nil
}
