// Command notifier is the service notifier as a program of its own: it turns findings into incidents and tells people. One
// works at a time; another one stands by.
package main

import (
	"context"
	"os"

	"github.com/forewarn/forewarn/models/calendar"
	"github.com/forewarn/forewarn/services/notifier"
	"github.com/forewarn/forewarn/shared/config"
	"github.com/forewarn/forewarn/shared/process"
	"github.com/forewarn/forewarn/shared/signal"
)

func main() {
	cfg, days := notifier.DefaultConfig(), calendar.DefaultSettings()
	var cal *calendar.Calendar
	os.Exit(process.Main(process.Program{
		Name: "notifier", About: "Turns findings into incidents and tells people.", Port: 8692, Role: notifier.Role(), Catalogue: true,
		Sections: []config.Section{{Name: "notifier", Into: &cfg}, {Name: "calendar", Into: &days}},
		Open: func(*signal.Catalogue) (err error) {
			cal, err = days.Open(os.ReadFile)
			return err
		},
		Run: func(ctx context.Context, e process.Env) error {
			return e.Bus.Lead(ctx, "notifier", func(ctx context.Context) error {
				return notifier.Run(ctx, cfg, notifier.Settings{
					Logger: e.Logger, Registry: e.Registry, Health: e.Health, Bus: e.Bus, Topology: e.Catalogue.Topology(), Calendar: cal,
				})
			})
		},
	}))
}
