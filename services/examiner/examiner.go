// Package examiner asks the four questions of the operations handbook about a business transaction that slows or fails: is it the
// network, a lock, an error of the program, a missing permission?
//
// It watches the incidents. When one opens that is about a transaction of the user's files, by one of its signals or by what it runs
// through, it looks at history and logs at that time and publishes the result among the findings; the notifier keeps it with the incident. When only
// slight findings or a query tell that a transaction is in trouble, it opens an episode of the transaction itself.
//
// What it guarantees:
//
//  1. An incident is examined once for each time that it opens, also across restarts: what is still to be done is read from the incidents,
//     and a report has the same id whoever makes it.
//  2. It never says that a check is clear without data that would show the trouble.
//  3. Its work is bounded: so many examinations at once, each for so long.
//
// It keeps nothing on disk.
package examiner

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/prometheus/storage"
	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"

	"github.com/forewarn/forewarn/models/signature"
	"github.com/forewarn/forewarn/services/examiner/internal/evidence"
	"github.com/forewarn/forewarn/services/examiner/internal/exam"
	"github.com/forewarn/forewarn/services/examiner/internal/heard"
	"github.com/forewarn/forewarn/services/examiner/internal/past"
	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/checks"
	"github.com/forewarn/forewarn/shared/incident"
	"github.com/forewarn/forewarn/shared/obs"
	"github.com/forewarn/forewarn/shared/signal"
	"github.com/forewarn/forewarn/shared/transaction"
)

// Service is this service's name on the bus, in logs and in health checks.
const Service = checks.Keeper

// Settings is what the service needs from its surroundings. It owns none of it.
type Settings struct {
	Logger   *zap.Logger
	Registry prometheus.Registerer
	Health   *obs.Health
	Bus      *bus.Bus
	// Incidents are watched, not written.
	Incidents *incident.Store
	// History is where metrics are read; nil makes everything that needs them unknown.
	History   storage.Queryable
	Catalogue *signal.Catalogue
	// Signatures knows the messages of logs.
	Signatures *signature.Dictionary
	// Transactions are those of the user's files, see [Config.Open].
	Transactions *transaction.Book
	// Now is this machine's clock; nil means time.Now.
	Now func() time.Time
}

// service is a running one.
type service struct {
	cfg        Config
	set        Settings
	log        *zap.Logger
	metrics    *metrics
	unregister func() // ends what the service tells of itself
	exam       *exam.Examiner
	// caughtUp is closed when all findings that there were at the start have been read.
	caughtUp chan struct{}
	// slots bounds the examinations at once.
	slots   chan struct{}
	signs   *signs
	asks    *asks
	queries *conditions
}

// Run examines and answers until ctx ends, then returns nil.
func Run(ctx context.Context, cfg Config, s Settings) error {
	x, err := open(cfg, s)
	if err != nil {
		return err
	}
	defer x.unregister()
	x.set.Health.Set(Service, obs.OK, "")
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		return s.Bus.Answer(ctx, Service, 0, func(request []byte) ([]byte, error) { return x.answer(ctx, request) })
	})
	if len(s.Transactions.All()) > 0 {
		var jobs sync.WaitGroup
		g.Go(func() error { return x.listen(ctx) })
		g.Go(func() error { return x.watch(ctx, &jobs) })
		g.Go(func() error { return x.sweep(ctx, &jobs) })
		g.Go(func() error { return x.guard(ctx) })
		defer jobs.Wait()
	}
	return g.Wait()
}

func open(cfg Config, s Settings) (*service, error) {
	if err := cfg.Validate(); err != nil {
		return nil, fmt.Errorf("transactions: %w", err)
	}
	if s.Transactions == nil || s.Signatures == nil || s.Catalogue == nil {
		return nil, errors.New("examiner: needs transactions, signatures and a catalogue")
	}
	if s.Now == nil {
		s.Now = time.Now
	}
	list, err := evidence.Builtin()
	if err != nil {
		return nil, err
	}
	m := newMetrics()
	unregister, err := obs.Register(s.Registry, "the examiner", m.all()...)
	if err != nil {
		return nil, err
	}
	x := &service{
		cfg: cfg, set: s, log: s.Logger.Named(Service), metrics: m, unregister: unregister, caughtUp: make(chan struct{}), slots: make(chan struct{}, cfg.AtOnce),
		signs: newSigns(s.Transactions), asks: newAsks(), queries: newConditions(s.History),
	}
	x.exam = &exam.Examiner{
		Evidence: list, Catalogue: s.Catalogue, Signatures: s.Signatures, Journals: journals{s.Bus}, Heard: heard.NewBook(),
	}
	if s.History != nil {
		x.exam.History = &past.Reader{Store: s.History, Days: cfg.CompareDays}
	}
	return x, nil
}

// examine makes the four checks of a transaction, within the time that it may take.
func (x *service) examine(ctx context.Context, t *transaction.Transaction, at time.Time, within time.Duration) (*checks.Report, time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	began := time.Now()
	at = at.UTC()
	r := &checks.Report{
		Schema: checks.SchemaVersion, Type: checks.TypeReport, Transaction: t.Name, Title: t.Title, From: at.Add(-past.Window), At: at,
		Checks: x.exam.Examine(ctx, t, at),
	}
	return r, time.Since(began)
}
