// Command examiner is the service examiner as a program of its own: when a business transaction is in trouble, it looks at network,
// locks, errors of the program and permissions. One works at a time; another one stands by.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/forewarn/forewarn/models/signature"
	"github.com/forewarn/forewarn/services/examiner"
	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/config"
	"github.com/forewarn/forewarn/shared/history"
	"github.com/forewarn/forewarn/shared/history/backend"
	"github.com/forewarn/forewarn/shared/incident"
	"github.com/forewarn/forewarn/shared/process"
	"github.com/forewarn/forewarn/shared/signal"
	"github.com/forewarn/forewarn/shared/transaction"
)

// messages is what it reads of the section "anomaly": which messages of logs are known beside the built-in ones.
type messages struct {
	Signatures []string    `yaml:"signatures" env:"SIGNATURES"`
	Rest       config.Rest `yaml:",inline"`
}

// program is what its sections name.
type program struct {
	cfg          examiner.Config
	kept         history.Config
	messages     messages
	dictionary   *signature.Dictionary
	transactions *transaction.Book
}

func main() {
	p := program{cfg: examiner.DefaultConfig(), kept: history.DefaultConfig()}
	os.Exit(process.Main(process.Program{
		Name: "examiner", About: "Says of a business transaction in trouble what is found, and what is clear.", Port: 8694, Role: examiner.Role(), Catalogue: true,
		Sections: []config.Section{{Name: "transactions", Into: &p.cfg}, {Name: "history", Into: &p.kept}, {Name: "anomaly", Into: &p.messages}},
		Open:     p.open, Run: p.run,
	}))
}

func (p *program) open(catalogue *signal.Catalogue) error {
	var errs [3]error
	if p.dictionary, errs[0] = signature.Open(p.messages.Signatures, os.ReadFile); errs[0] != nil {
		errs[0] = fmt.Errorf("anomaly.signatures: %w", errs[0])
	}
	p.transactions, errs[1] = p.cfg.Open(catalogue, p.dictionary)
	_, errs[2] = p.kept.Reading()
	return errors.Join(errs[:]...)
}

func (p *program) run(ctx context.Context, e process.Env) error {
	kv, err := e.Bus.KeyValue(ctx, bus.BucketIncident)
	if err != nil {
		return err
	}
	return e.Bus.Lead(ctx, examiner.Service, func(ctx context.Context) error {
		return backend.Read(ctx, p.kept, backend.Settings{Logger: e.Logger}, e.Health, func(ctx context.Context, store history.Store) error {
			return examiner.Run(ctx, p.cfg, examiner.Settings{
				Logger: e.Logger, Registry: e.Registry, Health: e.Health, Bus: e.Bus, Incidents: incident.NewStore(kv), History: store,
				Catalogue: e.Catalogue, Signatures: p.dictionary, Transactions: p.transactions,
			})
		})
	})
}
