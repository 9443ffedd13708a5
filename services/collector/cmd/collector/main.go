// Command collector is the service collector as a program of its own: it reads this machine's metrics, exporters and log files, on
// each machine or for many.
package main

import (
	"context"
	"os"

	"github.com/forewarn/forewarn/services/collector"
	"github.com/forewarn/forewarn/shared/config"
	"github.com/forewarn/forewarn/shared/obs"
	"github.com/forewarn/forewarn/shared/process"
	"github.com/forewarn/forewarn/shared/signal"
)

func main() {
	var rules signal.Config
	cfg := collector.DefaultConfig()
	var catalogue *signal.Catalogue
	os.Exit(process.Main(process.Program{
		Name: "collector", About: "Reads this machine's metrics, exporters and log files.", Port: 8687, Role: collector.Role(),
		Sections: []config.Section{{Name: "collector", Into: &cfg}, {Name: "catalogue", Into: &rules}},
		Open: func() (err error) {
			catalogue, err = signal.Open(rules)
			return err
		},
		Run: func(ctx context.Context, e process.Env) error {
			return collector.Run(ctx, cfg, collector.Settings{
				Logger: e.Logger, Registry: e.Registry, Health: e.Health, Bus: e.Bus, Catalogue: catalogue, DataDir: e.DataDir,
				Own: obs.Handler(e.Health, e.Registry),
			})
		},
	}))
}
