// Command notifier is the service notifier as a program of its own: it turns findings into incidents and tells people. One
// works at a time; another one stands by.
package main

import (
	"context"
	"os"

	"github.com/forewarn/forewarn/services/notifier"
	"github.com/forewarn/forewarn/shared/config"
	"github.com/forewarn/forewarn/shared/history"
	"github.com/forewarn/forewarn/shared/history/backend"
	"github.com/forewarn/forewarn/shared/history/course"
	"github.com/forewarn/forewarn/shared/process"
)

func main() {
	cfg, kept := notifier.DefaultConfig(), history.DefaultConfig()
	os.Exit(process.Main(process.Program{
		Name: "notifier", About: "Turns findings into incidents and tells people.", Port: 8692, Role: notifier.Role(), Catalogue: true,
		Sections: []config.Section{{Name: "notifier", Into: &cfg}, {Name: "history", Into: &kept}},
		Run: func(ctx context.Context, e process.Env) error {
			return e.Bus.Lead(ctx, "notifier", func(ctx context.Context) error {
				s := notifier.Settings{Logger: e.Logger, Registry: e.Registry, Health: e.Health, Bus: e.Bus, Topology: e.Catalogue.Topology()}
				if _, unread := kept.Reading(); unread != nil { // messages go without pictures
					return notifier.Run(ctx, cfg, s)
				}
				return backend.Read(ctx, kept, backend.Settings{Logger: e.Logger}, e.Health, func(ctx context.Context, store history.Store) error {
					s.History = course.New(store, e.Catalogue)
					return notifier.Run(ctx, cfg, s)
				})
			})
		},
	}))
}
