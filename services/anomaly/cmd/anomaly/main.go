// Command anomaly is the service anomaly as a program of its own: it says when logs tell of trouble, and when metrics do what they
// never did. Several share the work.
package main

import (
	"context"
	"errors"
	"os"

	"github.com/forewarn/forewarn/models/calendar"
	"github.com/forewarn/forewarn/models/signature"
	"github.com/forewarn/forewarn/services/anomaly"
	"github.com/forewarn/forewarn/shared/config"
	"github.com/forewarn/forewarn/shared/process"
	"github.com/forewarn/forewarn/shared/signal"
)

func main() {
	cfg, days := anomaly.DefaultConfig(), calendar.DefaultSettings()
	var cal *calendar.Calendar
	var dictionary *signature.Dictionary
	var written *anomaly.Rules
	os.Exit(process.Main(process.Program{
		Name: "anomaly", About: "Says when logs tell of trouble, and when metrics do what they never did.", Port: 8690, Role: anomaly.Role(), Catalogue: true,
		Sections: []config.Section{{Name: "anomaly", Into: &cfg}, {Name: "calendar", Into: &days}},
		Open: func(catalogue *signal.Catalogue) error {
			var errs [3]error
			cal, errs[0] = days.Open(os.ReadFile)
			dictionary, errs[1] = cfg.Open()
			if catalogue != nil { // without it rules cannot be read
				written, errs[2] = cfg.OpenRules(catalogue)
			}
			return errors.Join(errs[:]...)
		},
		Run: func(ctx context.Context, e process.Env) error {
			return anomaly.Run(ctx, cfg, anomaly.Settings{
				Logger: e.Logger, Registry: e.Registry, Health: e.Health, Bus: e.Bus, Catalogue: e.Catalogue, Calendar: cal, Dictionary: dictionary,
				Rules: written,
			})
		},
	}))
}
