// Package anomaly says when logs tell of trouble, and when metrics do what they never did.
//
// A [Listener] per partition knows messages that say by themselves what is wrong, of operating systems, databases,
// middleware and applications, in English and Chinese ([signature]): it needs no learning and works on the first line. Each
// known message of one host, pod or application is one episode: opened by the first line, told again as lines become many
// more, resolved when they have stopped for a while. What people see of a line has been through [redact].
//
// Of each log it learns the patterns too, whatever they say, counts them, and speaks of what is odd: a new one of trouble, one
// far more frequent than ever, a log that has stopped. It answers queries for them (shared/logs).
//
// A [Watcher] per partition learns what is usual of each metric that the catalogue names by a rule of kind behaviour
// ([baseline]), and says when it is not: one signal alone as evidence, several of one host at the same time as a warning.
//
// A [Ruler] per partition evaluates what people wrote down as rules, in the format of Prometheus' rule files, from the samples
// that come by; one more worker evaluates those that need the series of all partitions, or of long ago, by queries of the history.
//
// All but that one are pure: [Run] feeds them from the bus and publishes their findings, and a back-test feeds watchers and rulers
// from files, by the same calls. State lives in the bus's snapshots: after a crash they go on from the last one, read the same again and say the
// same things under the same ids.
package anomaly

import (
	"context"
	"fmt"
	"os"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/prometheus/storage"
	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"

	"github.com/forewarn/forewarn/models/calendar"
	"github.com/forewarn/forewarn/models/signature"
	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/history"
	"github.com/forewarn/forewarn/shared/obs"
	"github.com/forewarn/forewarn/shared/signal"
	"github.com/forewarn/forewarn/shared/telemetry"
)

// Settings is what the service needs from its surroundings.
type Settings struct {
	Logger    *zap.Logger
	Registry  prometheus.Registerer
	Health    *obs.Health
	Bus       *bus.Bus
	Catalogue *signal.Catalogue
	// Calendar tells working days from others; nil holds all days alike.
	Calendar *calendar.Calendar
	// Dictionary is what [Config.Open] returned, Rules what [Config.OpenRules] did; nil is none.
	Dictionary *signature.Dictionary
	Rules      *Rules
	// History is what rules ask that need more than the stream of a partition; nil leaves those out, which is said. HistoryUntil
	// returns up to when it is complete, zero if that is not known; nil holds it to be always so.
	History      History
	HistoryUntil func() time.Time
}

// History answers queries and keeps what rules record. It is safe for concurrent use.
type History interface {
	storage.Queryable
	Append(ctx context.Context, b *telemetry.Batch) (history.Appended, error)
}

// Open reads the user's signatures and returns the dictionary with them. An error names all that is wrong with them.
func (c *Config) Open() (*signature.Dictionary, error) {
	d, err := signature.Open(c.Signatures, os.ReadFile)
	if err != nil {
		return nil, fmt.Errorf("anomaly.signatures: %w", err)
	}
	return d, nil
}

// Run works on the partitions, together with other processes that do, until ctx ends, then takes a last snapshot of each and
// returns nil. It returns the first error that keeps a partition from being worked on.
func Run(ctx context.Context, cfg Config, s Settings) error {
	if err := cfg.Validate(); err != nil {
		return fmt.Errorf("anomaly: %w", err)
	}
	if s.Rules == nil {
		s.Rules = &Rules{}
	}
	s.Health.Set(Service, obs.Starting, "")
	m := newMetrics(s.Registry)
	metered := newWatcherMetrics(s.Registry, m.findings)
	ruling := newRuleMetrics(s.Registry, m.findings)
	ruling.count(s.Rules)
	var started atomic.Int32
	ready := func() {
		if started.Add(1) == 4 {
			s.Health.Set(Service, obs.OK, "")
		}
	}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		return s.Bus.Share(ctx, bus.ShareSettings{
			Service: Service, Input: bus.Logs, Logger: s.Logger, Ready: ready, Left: m.forget,
			New: func(_ context.Context, number int) bus.Processor {
				return &partition{Listener: NewListener(cfg, s.Catalogue, s.Dictionary), number: number, metrics: m.forPartition()}
			},
		})
	})
	g.Go(func() error { return watch(ctx, cfg, s, metered, ready) })
	g.Go(func() error { return follow(ctx, cfg, s, ruling, ready) })
	g.Go(func() error { return inquire(ctx, cfg, s, ruling, ready) })
	return g.Wait()
}
