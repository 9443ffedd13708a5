// Package engine makes Prometheus' engine of queries, so that a query gives the same answer whoever evaluates it: pages, rules,
// plans and checks.
package engine

import (
	"log/slog"
	"time"

	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
)

// Lookback is how long a series counts as present after its last sample, as in Prometheus.
const Lookback = 5 * time.Minute

// Limits bound what queries take.
type Limits struct {
	// Timeout ends a query.
	Timeout time.Duration
	// MaxSamples is how many samples a query may hold in memory at once, 16 bytes each.
	MaxSamples int
	// Tracker is told of each query; nil for none.
	Tracker promql.QueryTracker
}

// New returns an engine with Prometheus' default settings but for the limits.
func New(l Limits) *promql.Engine {
	return promql.NewEngine(promql.EngineOpts{
		Logger:     slog.New(slog.DiscardHandler), // what the engine logs it also returns
		MaxSamples: l.MaxSamples, Timeout: l.Timeout, ActiveQueryTracker: l.Tracker, LookbackDelta: Lookback,
		EnableAtModifier: true, EnableNegativeOffset: true, Parser: parser.NewParser(parser.Options{}),
		NoStepSubqueryIntervalFn: func(int64) int64 { return time.Minute.Milliseconds() },
	})
}
