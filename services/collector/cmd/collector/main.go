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
)

func main() {
	cfg := collector.DefaultConfig()
	os.Exit(process.Main(process.Program{
		Name: "collector", About: "Reads this machine's metrics, exporters and log files.", Port: 8687, Role: collector.Role(), Catalogue: true,
		Sections: []config.Section{{Name: "collector", Into: &cfg}},
		Run: func(ctx context.Context, e process.Env) error {
			return collector.Run(ctx, cfg, collector.Settings{
				Logger: e.Logger, Registry: e.Registry, Health: e.Health, Bus: e.Bus, Catalogue: e.Catalogue, DataDir: e.DataDir,
				Own: obs.Handler(e.Health, e.Registry),
			})
		},
	}))
}
