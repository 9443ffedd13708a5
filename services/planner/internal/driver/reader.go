// Package driver reads from history what use is explained by: a PromQL query's value for each day.
package driver

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/storage"

	"github.com/forewarn/forewarn/shared/history/engine"
)

const (
	day = 24 * time.Hour
	// timeout and maxSamples bound a query: half a minute for three months is usual, 80 MB at most.
	timeout    = 2 * time.Minute
	maxSamples = 5_000_000
)

// Days are the values of a driver, oldest first.
type Days []Day

// Day is the value of a driver for the day that begins at Start, UTC.
type Day struct {
	Start time.Time
	Value float64
}

// Mean returns the mean value of the days that begin within [from, to), NaN if there is none.
func (d Days) Mean(from, to time.Time) float64 {
	sum, n := 0.0, 0
	for _, v := range d {
		if !v.Start.Before(from) && v.Start.Before(to) {
			sum, n = sum+v.Value, n+1
		}
	}
	if n == 0 {
		return math.NaN()
	}
	return sum / float64(n)
}

// Reader evaluates queries. Make it by [NewReader]; it is safe for concurrent use.
type Reader struct {
	store  storage.Queryable
	engine *promql.Engine
}

// NewReader returns a reader of a store.
func NewReader(store storage.Queryable) *Reader {
	return &Reader{store: store, engine: engine.New(engine.Limits{Timeout: timeout, MaxSamples: maxSamples})}
}

// Read returns the values of a query at the end of each day from one time to the other, so that a range of [1d] is that
// day. Days without a finite value are left out. An error says what is wrong with the query, or is the store's.
func (r *Reader) Read(ctx context.Context, query string, from, to time.Time) (Days, error) {
	q, err := r.engine.NewRangeQuery(ctx, r.store, nil, query, from.UTC().Truncate(day), to.UTC().Truncate(day), day)
	if err != nil {
		return nil, err
	}
	defer q.Close()
	matrix, err := q.Exec(ctx).Matrix()
	if err != nil {
		return nil, err
	}
	switch len(matrix) {
	case 0:
		return nil, nil
	case 1:
		return days(matrix[0].Floats), nil
	}
	return nil, fmt.Errorf("it gives %d series, such as %v and %v; make one of them, as by sum(…)", len(matrix), matrix[0].Metric, matrix[1].Metric)
}

func days(points []promql.FPoint) Days {
	out := make(Days, 0, len(points))
	for _, p := range points {
		if !math.IsNaN(p.F) && !math.IsInf(p.F, 0) {
			out = append(out, Day{time.UnixMilli(p.T).UTC().Add(-day), p.F})
		}
	}
	return out
}
