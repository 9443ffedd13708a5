// Command anomaly is the service anomaly as a program of its own: it says when logs tell of trouble, and when metrics do what they
// never did. Several share the work.
package main

import (
	"context"
	"errors"
	"os"
	"time"

	"github.com/forewarn/forewarn/models/calendar"
	"github.com/forewarn/forewarn/models/signature"
	"github.com/forewarn/forewarn/services/anomaly"
	"github.com/forewarn/forewarn/shared/config"
	"github.com/forewarn/forewarn/shared/history"
	"github.com/forewarn/forewarn/shared/history/backend"
	"github.com/forewarn/forewarn/shared/history/stored"
	"github.com/forewarn/forewarn/shared/process"
	"github.com/forewarn/forewarn/shared/signal"
)

// program is what its sections name.
type program struct {
	cfg        anomaly.Config
	kept       history.Config
	days       calendar.Settings
	calendar   *calendar.Calendar
	dictionary *signature.Dictionary
	rules      *anomaly.Rules
}

func main() {
	p := program{cfg: anomaly.DefaultConfig(), kept: history.DefaultConfig(), days: calendar.DefaultSettings()}
	os.Exit(process.Main(process.Program{
		Name: "anomaly", About: "Says when logs tell of trouble, and when metrics do what they never did.", Port: 8690, Role: anomaly.Role(), Catalogue: true,
		Sections: []config.Section{{Name: "anomaly", Into: &p.cfg}, {Name: "calendar", Into: &p.days}, {Name: "history", Into: &p.kept}},
		Open:     p.open, Run: p.run,
	}))
}

func (p *program) open(catalogue *signal.Catalogue) error {
	var errs [3]error
	p.calendar, errs[0] = p.days.Open(os.ReadFile)
	p.dictionary, errs[1] = p.cfg.Open()
	if catalogue != nil { // without it rules cannot be read
		p.rules, errs[2] = p.cfg.OpenRules(catalogue)
	}
	return errors.Join(errs[:]...)
}

func (p *program) run(ctx context.Context, e process.Env) error {
	s := anomaly.Settings{
		Logger: e.Logger, Registry: e.Registry, Health: e.Health, Bus: e.Bus, Catalogue: e.Catalogue, Calendar: p.calendar,
		Dictionary: p.dictionary, Rules: p.rules,
	}
	if _, err := p.kept.Reading(); err != nil || !p.rules.Inquire() {
		return anomaly.Run(ctx, p.cfg, s) // which says that rules are left out
	}
	if !p.kept.ReadOnly() { // then there is a historian, which knows how far it is
		s.HistoryUntil = func() time.Time { return stored.Until(ctx, e.Bus) }
	}
	return backend.Read(ctx, p.kept, backend.Settings{Logger: e.Logger}, e.Health, func(ctx context.Context, store history.Store) error {
		s.History = store
		return anomaly.Run(ctx, p.cfg, s)
	})
}
