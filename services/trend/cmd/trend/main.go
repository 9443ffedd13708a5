// Command trend is the service trend as a program of its own: it predicts when what has a limit will reach it. Several share the
// work.
package main

import (
	"context"
	"os"

	"github.com/forewarn/forewarn/models/calendar"
	"github.com/forewarn/forewarn/services/trend"
	"github.com/forewarn/forewarn/shared/config"
	"github.com/forewarn/forewarn/shared/process"
	"github.com/forewarn/forewarn/shared/signal"
)

func main() {
	cfg, days := trend.DefaultConfig(), calendar.DefaultSettings()
	var cal *calendar.Calendar
	os.Exit(process.Main(process.Program{
		Name: "trend", About: "Predicts when what has a limit will reach it.", Port: 8689, Role: trend.Role(), Catalogue: true,
		Sections: []config.Section{{Name: "trend", Into: &cfg}, {Name: "calendar", Into: &days}},
		Open: func(*signal.Catalogue) (err error) {
			cal, err = days.Open(os.ReadFile)
			return err
		},
		Run: func(ctx context.Context, e process.Env) error {
			e.Mux.Handle("/metrics/forecasts", trend.Exposition(e.Bus))
			return trend.Run(ctx, cfg, trend.Settings{
				Logger: e.Logger, Registry: e.Registry, Health: e.Health, Bus: e.Bus, Catalogue: e.Catalogue, Calendar: cal,
			})
		},
	}))
}
