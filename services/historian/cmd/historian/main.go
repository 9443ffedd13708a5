// Command historian is the service historian as a program of its own: it keeps samples for months, and answers queries in
// Prometheus' manner below /prometheus/.
package main

import (
	"context"
	"errors"
	"os"

	"github.com/forewarn/forewarn/services/historian"
	"github.com/forewarn/forewarn/shared/config"
	"github.com/forewarn/forewarn/shared/history"
	"github.com/forewarn/forewarn/shared/history/backend"
	"github.com/forewarn/forewarn/shared/process"
	"github.com/forewarn/forewarn/shared/signal"
)

func main() {
	cfg, kept := historian.DefaultConfig(), history.DefaultConfig()
	os.Exit(process.Main(process.Program{
		Name: "historian", About: "Keeps samples for months, and answers queries in Prometheus' manner.", Port: 8688, Role: historian.Role(),
		Sections: []config.Section{{Name: "historian", Into: &cfg}, {Name: "history", Into: &kept}},
		Open: func(*signal.Catalogue) error {
			if kept.ReadOnly() {
				return errors.New("history.prometheus.read_only: is set, so that others write the history; run no historian, or remove it")
			}
			return nil
		},
		Run: func(ctx context.Context, e process.Env) (err error) {
			store, err := backend.Open(ctx, kept, backend.Settings{Logger: e.Logger, DataDir: e.DataDir})
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, store.Close()) }()
			h, err := historian.New(cfg, historian.Settings{
				Logger: e.Logger, Registry: e.Registry, Health: e.Health, Bus: e.Bus, Store: store, Version: e.Version,
			})
			if err != nil {
				return err
			}
			e.Mux.Handle("/prometheus/", h.Handler())
			return h.Run(ctx)
		},
	}))
}
