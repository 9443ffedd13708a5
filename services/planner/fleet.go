package planner

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/forewarn/forewarn/shared/query"
	"github.com/forewarn/forewarn/shared/signal"
)

const (
	// trendService is who knows the signals.
	trendService = "trend"
	// maxSignals bounds the signals of a partition that are planned, and with them the memory: about 4 KB each.
	maxSignals = 20_000
)

// look lists the signals. Those of partitions that do not answer stay as they were; the error names them.
func (p *planner) look(ctx context.Context) error {
	partitions, errs := query.Each(ctx, p.set.Bus, trendService, func(ctx context.Context, ask query.Ask) ([]signal.State, error) {
		signals, _, err := signal.ReadAll(ctx, maxSignals, ask)
		return slices.DeleteFunc(signals, func(s signal.State) bool { return !p.plannable(&s) }), err
	})
	for n, err := range errs {
		if err != nil {
			errs[n] = fmt.Errorf("partition %d: %w", n, err)
		}
	}
	err := errors.Join(errs...)
	p.book.watch(slices.Concat(partitions...), err == nil)
	return err
}

// plannable reports whether more of the limit can be bought.
func (p *planner) plannable(s *signal.State) bool {
	rule, ok := p.set.Catalogue.Rule(s.Rule)
	return ok && s.Kind == signal.Saturation && rule.Direction == signal.Up && s.Limit > 0
}
