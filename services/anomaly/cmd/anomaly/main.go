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
	var rules signal.Config
	cfg, days := anomaly.DefaultConfig(), calendar.DefaultSettings()
	var catalogue *signal.Catalogue
	var cal *calendar.Calendar
	var dictionary *signature.Dictionary
	var alerts *anomaly.Rules
	os.Exit(process.Main(process.Program{
		Name: "anomaly", About: "Says when logs tell of trouble, and when metrics do what they never did.", Port: 8690, Role: anomaly.Role(),
		Sections: []config.Section{{Name: "anomaly", Into: &cfg}, {Name: "catalogue", Into: &rules}, {Name: "calendar", Into: &days}},
		Open: func() error {
			var errs [4]error
			if catalogue, errs[0] = signal.Open(rules); errs[0] == nil {
				alerts, errs[3] = cfg.OpenRules(catalogue)
			}
			cal, errs[1] = days.Open(os.ReadFile)
			dictionary, errs[2] = cfg.Open()
			return errors.Join(errs[:]...)
		},
		Run: func(ctx context.Context, e process.Env) error {
			return anomaly.Run(ctx, cfg, anomaly.Settings{
				Logger: e.Logger, Registry: e.Registry, Health: e.Health, Bus: e.Bus, Catalogue: catalogue, Calendar: cal, Dictionary: dictionary,
				Rules: alerts,
			})
		},
	}))
}
