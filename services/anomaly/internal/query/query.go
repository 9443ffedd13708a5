// Package query evaluates rules by Prometheus' own engine, over whatever holds the samples.
package query

import (
	"context"
	"fmt"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/storage"

	"github.com/forewarn/forewarn/services/anomaly/internal/rule"
	"github.com/forewarn/forewarn/shared/history/engine"
	"github.com/forewarn/forewarn/shared/telemetry"
)

// Evaluator evaluates expressions over one store. It is safe for concurrent use if the store is.
type Evaluator struct {
	store  storage.Queryable
	engine *promql.Engine
	limit  time.Duration
}

// New returns an evaluator whose queries take no longer than a time-out and hold no more than so many samples in memory.
func New(store storage.Queryable, timeout time.Duration, maxSamples int) *Evaluator {
	return &Evaluator{store: store, limit: timeout, engine: engine.New(engine.Limits{Timeout: timeout, MaxSamples: maxSamples})}
}

// Timeout returns how long a query may take.
func (e *Evaluator) Timeout() time.Duration { return e.limit }

// Vector answers a query at a time, as templates ask. A number is a vector of one without labels.
func (e *Evaluator) Vector(ctx context.Context, query string, at time.Time) (promql.Vector, error) {
	q, err := e.engine.NewInstantQuery(ctx, e.store, nil, query, at)
	if err != nil {
		return nil, err
	}
	defer q.Close()
	result := q.Exec(ctx)
	if result.Err != nil {
		return nil, result.Err
	}
	switch v := result.Value.(type) {
	case promql.Vector:
		return v, nil
	case promql.Scalar:
		return promql.Vector{{T: v.T, F: v.V}}, nil
	}
	return nil, fmt.Errorf("the result is a %s, not a vector", result.Value.Type())
}

// Evaluate returns the results of a rule's expression at a time, a series with one sample each. An error is about the query, the
// store, results that labels do not tell apart, or more of them than the group's limit. Histograms are left out.
func (e *Evaluator) Evaluate(ctx context.Context, r *rule.Rule, at time.Time) (*telemetry.Batch, error) {
	vector, err := e.Vector(ctx, r.Query, at.Add(-r.Offset))
	if err != nil {
		return nil, err
	}
	if r.Limit > 0 && len(vector) > r.Limit {
		return nil, fmt.Errorf("%d results are more than the group's limit of %d", len(vector), r.Limit)
	}
	b := &telemetry.Batch{Series: make([]telemetry.TimeSeries, 0, len(vector))}
	seen := make(map[uint64]bool, len(vector))
	for _, x := range vector {
		if x.H != nil {
			continue
		}
		series := telemetry.NewSeries(named(r, x.Metric))
		told := series.Labels.With(telemetry.MetricName, "").Fingerprint()
		if seen[told] {
			return nil, fmt.Errorf("two results have the same labels, %s; keep those apart by another label, or bring them together", series.Labels)
		}
		seen[told] = true
		b.Series = append(b.Series, telemetry.TimeSeries{Series: series, Samples: []telemetry.Sample{{TimeMillis: x.T, Value: x.F}}})
	}
	return b, nil
}

// named returns the labels of a result: of a rule that records, under the name and with the labels that it gives. One without any is
// called by the rule's name, since a series must have a label.
func named(r *rule.Rule, of labels.Labels) telemetry.Labels {
	all := make([]telemetry.Label, 0, of.Len()+1+len(r.Labels))
	of.Range(func(l labels.Label) { all = append(all, telemetry.Label{Name: l.Name, Value: l.Value}) })
	if len(all) == 0 {
		all = append(all, telemetry.Label{Name: telemetry.MetricName, Value: r.Name})
	}
	if r.Record {
		for name, value := range r.Labels {
			all = append(all, telemetry.Label{Name: name, Value: value}) // the last of a name wins
		}
		all = append(all, telemetry.Label{Name: telemetry.MetricName, Value: r.Name})
	}
	return telemetry.NewLabels(all...)
}
