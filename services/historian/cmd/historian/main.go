// Command historian is the service historian as a program of its own: it keeps samples for months, and answers queries in
// Prometheus' manner below /prometheus/.
package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"github.com/forewarn/forewarn/services/historian"
	"github.com/forewarn/forewarn/shared/config"
	"github.com/forewarn/forewarn/shared/history"
	"github.com/forewarn/forewarn/shared/history/embedded"
	"github.com/forewarn/forewarn/shared/process"
)

func main() {
	cfg, kept := historian.DefaultConfig(), history.DefaultConfig()
	os.Exit(process.Main(process.Program{
		Name: "historian", About: "Keeps samples for months, and answers queries in Prometheus' manner.", Port: 8688, Role: historian.Role(),
		Sections: []config.Section{{Name: "historian", Into: &cfg}, {Name: "history", Into: &kept}},
		Run: func(ctx context.Context, e process.Env) (err error) {
			store, err := embedded.Open(kept, embedded.Settings{Logger: e.Logger, Dir: filepath.Join(e.DataDir, "history")})
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
