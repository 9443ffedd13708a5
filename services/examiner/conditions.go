package examiner

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/storage"

	"github.com/forewarn/forewarn/shared/history/engine"
	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/transaction"
)

const (
	// queryTime and querySamples bound a query; querySteps is at how many times a condition is looked at.
	queryTime    = 5 * time.Second
	querySamples = 1_000_000
	querySteps   = 10
	// settled is for how long at least a condition must not have held for its trouble to be over, and late how long after it was taken
	// a sample may be stored.
	settled, late = 2 * time.Minute, 15 * time.Second
)

// conditions evaluates the queries of transactions.
type conditions struct {
	store  storage.Queryable // nil: there is no history
	engine *promql.Engine
}

func newConditions(store storage.Queryable) *conditions {
	return &conditions{store: store, engine: engine.New(engine.Limits{Timeout: queryTime, MaxSamples: querySamples})}
}

// signs returns the conditions that have held for as long as they must; of a transaction that is in trouble already, those that held of
// late. An error names the queries that failed.
func (c *conditions) signs(ctx context.Context, t *transaction.Transaction, now time.Time, open bool) (out []sign, err error) {
	for i, s := range t.Signals {
		if s.Query == "" {
			continue
		}
		since, holds, e := c.holds(ctx, &s, now.Add(-late), open)
		if e != nil {
			err = errors.Join(err, fmt.Errorf("transaction %s: signals[%d].query: %w", t.Name, i, e))
			continue
		}
		if holds {
			out = append(out, sign{since: since, says: i18n.Text{En: s.Query, Zh: s.Query}, sure: true})
		}
	}
	return out, err
}

// holds evaluates one condition; since is when it held long enough.
func (c *conditions) holds(ctx context.Context, s *transaction.Signal, at time.Time, open bool) (since time.Time, holds bool, err error) {
	if c.store == nil {
		return since, false, errors.New("there is no history in this process")
	}
	span := s.For
	if open {
		span = max(span, settled)
	}
	step := max(span/querySteps, time.Second)
	at = at.Truncate(time.Second)
	q, err := c.engine.NewRangeQuery(ctx, c.store, nil, s.Query, at.Add(-span), at, step)
	if err != nil {
		return since, false, err
	}
	defer q.Close()
	matrix, err := q.Exec(ctx).Matrix()
	if err != nil {
		return since, false, err
	}
	held := map[int64]bool{}
	for _, series := range matrix {
		for _, p := range series.Floats {
			held[p.T] = true
		}
	}
	if open {
		return at, len(held) > 0, nil
	}
	return at, len(held) == int(span/step)+1, nil
}
