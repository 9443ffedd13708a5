// Command console is the service console as a program of its own: pages, JSON API and PromQL at console.listen. Any number of them
// shows the same.
package main

import (
	"context"
	"errors"
	"net/http"
	"os"

	"github.com/forewarn/forewarn/models/calendar"
	"github.com/forewarn/forewarn/services/console"
	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/config"
	"github.com/forewarn/forewarn/shared/history"
	"github.com/forewarn/forewarn/shared/history/arrivals"
	"github.com/forewarn/forewarn/shared/history/backend"
	"github.com/forewarn/forewarn/shared/history/course"
	"github.com/forewarn/forewarn/shared/history/queryapi"
	"github.com/forewarn/forewarn/shared/incident"
	"github.com/forewarn/forewarn/shared/obs"
	"github.com/forewarn/forewarn/shared/process"
	"github.com/forewarn/forewarn/shared/signal"
)

// program is what its sections say.
type program struct {
	cfg      console.Config
	kept     history.Config
	queries  queryapi.Config
	days     calendar.Settings
	calendar *calendar.Calendar
}

func main() {
	p := program{cfg: console.DefaultConfig(), kept: history.DefaultConfig(), queries: queryapi.DefaultConfig(), days: calendar.DefaultSettings()}
	os.Exit(process.Main(process.Program{
		Name: "console", About: "Shows people and programs what is known: pages, JSON API, PromQL.", Port: 8691, Role: console.Role(), Catalogue: true,
		Sections: []config.Section{
			{Name: "console", Into: &p.cfg}, {Name: "history", Into: &p.kept}, {Name: "historian", Into: &p.queries}, {Name: "calendar", Into: &p.days},
		},
		Open: p.open, Run: p.run,
	}))
}

func (p *program) open(*signal.Catalogue) error {
	var errs [2]error
	p.calendar, errs[0] = p.days.Open(os.ReadFile)
	_, errs[1] = p.kept.Reading()
	return errors.Join(errs[:]...)
}

func (p *program) run(ctx context.Context, e process.Env) error {
	kv, err := e.Bus.KeyValue(ctx, bus.BucketIncident)
	if err != nil {
		return err
	}
	return backend.Read(ctx, p.kept, backend.Settings{Logger: e.Logger}, e.Health, func(ctx context.Context, store history.Store) error {
		observe := obs.Handler(e.Health, e.Registry)
		return console.Run(ctx, p.cfg, console.Settings{
			Logger: e.Logger.Named("console"), Registry: e.Registry, Health: e.Health, Bus: e.Bus, Incidents: incident.NewStore(kv),
			History: course.New(store, e.Catalogue), Arrivals: arrivals.New(store, e.Catalogue), Gatherer: e.Registry, Catalogue: e.Catalogue,
			Calendar: console.Days(p.calendar), Version: e.Version,
			Mounts: map[string]http.Handler{
				queryapi.Prefix: queryapi.Handler(queryapi.Settings{Config: p.queries, Logger: e.Logger, Store: store, Version: e.Version}),
				"/healthz":      observe, "/readyz": observe, "/metrics": observe,
			},
		})
	})
}
