package planner

import (
	"context"
	"errors"
	"fmt"

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
	var all []signal.State
	var errs []error
	for n := range p.set.Bus.Partitions() {
		signals, _, err := signal.ReadAll(ctx, maxSignals, func(ctx context.Context, request []byte) ([]byte, error) {
			return p.set.Bus.Query(ctx, trendService, n, request)
		})
		if err != nil {
			errs = append(errs, fmt.Errorf("partition %d: %w", n, err))
		}
		for _, s := range signals {
			if p.plannable(&s) {
				all = append(all, s)
			}
		}
	}
	p.book.watch(all, len(errs) == 0)
	return errors.Join(errs...)
}

// plannable reports whether more of the limit can be bought.
func (p *planner) plannable(s *signal.State) bool {
	rule, ok := p.set.Catalogue.Rule(s.Rule)
	return ok && s.Kind == signal.Saturation && rule.Direction == signal.Up && s.Limit > 0
}
