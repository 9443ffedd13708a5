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
	var written *anomaly.Rules
	os.Exit(process.Main(process.Program{
		Name: "anomaly", About: "Says when logs tell of trouble, and when metrics do what they never did.", Port: 8690, Role: anomaly.Role(),
		Sections: []config.Section{{Name: "anomaly", Into: &cfg}, {Name: "catalogue", Into: &rules}, {Name: "calendar", Into: &days}},
		Open: func() (err error) {
			var errs [3]error
			catalogue, errs[0] = signal.Open(rules)
			cal, errs[1] = days.Open(os.ReadFile)
			dictionary, errs[2] = cfg.Open()
			if errs[0] != nil { // without it rules cannot be read
				return errors.Join(errs[:]...)
			}
			written, err = cfg.OpenRules(catalogue)
			return errors.Join(append(errs[:], err)...)
		},
		Run: func(ctx context.Context, e process.Env) error {
			return anomaly.Run(ctx, cfg, anomaly.Settings{
				Logger: e.Logger, Registry: e.Registry, Health: e.Health, Bus: e.Bus, Catalogue: catalogue, Calendar: cal, Dictionary: dictionary,
				Rules: written,
			})
		},
	}))
}
