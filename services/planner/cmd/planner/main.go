// Command planner is the service planner as a program of its own: it plans six months ahead for what is bought in months. One
// works at a time; another one stands by.
package main

import (
	"context"
	"errors"
	"os"

	"github.com/forewarn/forewarn/services/planner"
	"github.com/forewarn/forewarn/shared/config"
	"github.com/forewarn/forewarn/shared/history"
	"github.com/forewarn/forewarn/shared/history/backend"
	"github.com/forewarn/forewarn/shared/process"
	"github.com/forewarn/forewarn/shared/signal"
)

func main() {
	cfg, kept := planner.DefaultConfig(), history.DefaultConfig()
	os.Exit(process.Main(process.Program{
		Name: "planner", About: "Plans six months ahead for what is bought in months.", Port: 8693, Role: planner.Role(), Catalogue: true,
		Sections: []config.Section{{Name: "capacity", Into: &cfg}, {Name: "history", Into: &kept}},
		Open: func(catalogue *signal.Catalogue) (err error) {
			if catalogue != nil {
				err = cfg.CheckRules(catalogue)
			}
			_, unread := kept.Reading()
			return errors.Join(err, unread)
		},
		Run: func(ctx context.Context, e process.Env) error {
			return e.Bus.Lead(ctx, planner.Service, func(ctx context.Context) error {
				return backend.Read(ctx, kept, backend.Settings{Logger: e.Logger}, e.Health, func(ctx context.Context, store history.Store) error {
					return planner.Run(ctx, cfg, planner.Settings{
						Logger: e.Logger, Registry: e.Registry, Health: e.Health, Bus: e.Bus, History: store, Catalogue: e.Catalogue,
					})
				})
			})
		},
	}))
}
