// Command notifier is the service notifier as a program of its own: it turns findings into incidents and tells people. One
// works at a time; another one stands by.
package main

import (
	"context"
	"os"

	"github.com/forewarn/forewarn/models/calendar"
	"github.com/forewarn/forewarn/services/notifier"
	"github.com/forewarn/forewarn/shared/config"
	"github.com/forewarn/forewarn/shared/history"
	"github.com/forewarn/forewarn/shared/history/arrivals"
	"github.com/forewarn/forewarn/shared/history/backend"
	"github.com/forewarn/forewarn/shared/history/course"
	"github.com/forewarn/forewarn/shared/process"
	"github.com/forewarn/forewarn/shared/signal"
)

// program is what its sections say.
type program struct {
	cfg      notifier.Config
	kept     history.Config
	days     calendar.Settings
	calendar *calendar.Calendar
}

func main() {
	p := program{cfg: notifier.DefaultConfig(), kept: history.DefaultConfig(), days: calendar.DefaultSettings()}
	os.Exit(process.Main(process.Program{
		Name: "notifier", About: "Turns findings into incidents and tells people.", Port: 8692, Role: notifier.Role(), Catalogue: true,
		Sections: []config.Section{{Name: "notifier", Into: &p.cfg}, {Name: "history", Into: &p.kept}, {Name: "calendar", Into: &p.days}},
		Open: func(*signal.Catalogue) (err error) {
			p.calendar, err = p.days.Open(os.ReadFile)
			return err
		},
		Run: p.run,
	}))
}

func (p *program) run(ctx context.Context, e process.Env) error {
	return e.Bus.Lead(ctx, "notifier", func(ctx context.Context) error {
		s := notifier.Settings{
			Logger: e.Logger, Registry: e.Registry, Health: e.Health, Bus: e.Bus, Topology: e.Catalogue.Topology(),
			Catalogue: e.Catalogue, Calendar: p.calendar,
		}
		if _, unread := p.kept.Reading(); unread != nil { // incidents need no history; digests go without charts then
			return notifier.Run(ctx, p.cfg, s)
		}
		return backend.Read(ctx, p.kept, backend.Settings{Logger: e.Logger}, e.Health, func(ctx context.Context, store history.Store) error {
			s.Courses, s.Arrivals = course.New(store, e.Catalogue), arrivals.New(store, e.Catalogue)
			return notifier.Run(ctx, p.cfg, s)
		})
	})
}
