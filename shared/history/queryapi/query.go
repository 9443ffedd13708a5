package queryapi

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/util/annotations"
)

var errTruncated = errors.New("results truncated due to limit")

// query evaluates an expression at one time.
func (a *api) query(r *http.Request) (answer, *failure) {
	p := params{Values: r.Form}
	at, limit := p.time("time", a.Now()), p.limit()
	opts := promql.NewPrometheusQueryOpts(false, p.duration("lookback_delta"))
	ctx, cancel := deadline(r.Context(), &p)
	defer cancel()
	if p.fail != nil {
		return answer{}, p.fail
	}
	q, err := a.engine.NewInstantQuery(ctx, a.Store, opts, p.Get("query"), at)
	if err != nil {
		return answer{}, unprepared(ctx, &p, err)
	}
	return evaluate(ctx, q, p.Get("query"), limit)
}

// queryRange evaluates an expression at every step of a range.
func (a *api) queryRange(r *http.Request) (answer, *failure) {
	p := params{Values: r.Form}
	s, limit := p.span(), p.limit()
	opts := promql.NewPrometheusQueryOpts(false, p.duration("lookback_delta"))
	ctx, cancel := deadline(r.Context(), &p)
	defer cancel()
	if p.fail != nil {
		return answer{}, p.fail
	}
	q, err := a.engine.NewRangeQuery(ctx, a.Store, opts, p.Get("query"), s.start, s.end, s.step)
	if err != nil {
		return answer{}, unprepared(ctx, &p, err)
	}
	return evaluate(ctx, q, p.Get("query"), limit)
}

// unprepared explains why there is no query: its text is wrong, or its time was over while it waited for its turn.
func unprepared(ctx context.Context, p *params, err error) *failure {
	if ctx.Err() != nil {
		return explain(ctx.Err())
	}
	p.reject("query", err)
	return p.fail
}

// deadline applies the request's own timeout; the engine's holds anyway.
func deadline(ctx context.Context, p *params) (context.Context, context.CancelFunc) {
	if p.Get("timeout") == "" {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, max(0, p.duration("timeout")))
}

// evaluate runs a query. The result is encoded before the query is closed, since closing reuses its memory.
func evaluate(ctx context.Context, q promql.Query, text string, limit int) (answer, *failure) {
	defer q.Close()
	res := q.Exec(ctx)
	if res.Err != nil {
		return answer{}, explain(res.Err)
	}
	said := res.Warnings
	if truncate(res, limit) {
		said = said.Add(errTruncated)
	}
	data, err := appendResult(nil, res.Value)
	if err != nil {
		return answer{}, explain(err)
	}
	return answer{data: data, query: text, annotations: said}, nil
}

// truncate cuts a result to limit series; 0 is no limit.
func truncate(res *promql.Result, limit int) bool {
	if limit <= 0 {
		return false
	}
	switch v := res.Value.(type) {
	case promql.Matrix:
		if len(v) > limit {
			res.Value = v[:limit]
			return true
		}
	case promql.Vector:
		if len(v) > limit {
			res.Value = v[:limit]
			return true
		}
	}
	return false
}

// cut shortens a list to limit entries, and says so; 0 is no limit.
func cut[T any](list []T, limit int, said *annotations.Annotations) []T {
	if limit <= 0 || len(list) <= limit {
		return list
	}
	*said = said.Add(errTruncated)
	return list[:limit]
}

// within returns the range of times that a search for series is limited to.
func (p *params) within() (start, end time.Time) {
	return p.time("start", minTime), p.time("end", maxTime)
}
