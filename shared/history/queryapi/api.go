// Package queryapi is Prometheus' HTTP API over a history: PromQL queries and the finding of series, so that Grafana
// and every other client of Prometheus can read what Forewarn keeps, whatever store it is kept in.
//
// Answers have the shapes, error types and status codes of Prometheus 3. What Forewarn has not (exemplars, rules,
// alerts, metadata) answers empty, since Grafana asks for it.
package queryapi

import (
	"context"
	"net/http"
	"time"

	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/storage"
	"go.uber.org/zap"

	"github.com/forewarn/forewarn/shared/history/engine"
)

// Prefix is where the API lives: what a Grafana data source is pointed at, without the trailing slash.
const Prefix = "/prometheus/"

// maxBody bounds the form of a POST request.
const maxBody = 1 << 20

// Settings is what an API needs.
type Settings struct {
	// Config bounds what requests take; a client may ask for less.
	Config
	Logger *zap.Logger
	Store  storage.Queryable
	// Version is told to clients that ask for build information.
	Version string
	// Now is the time of queries that name none; nil means time.Now.
	Now func() time.Time
	// Observe is called after each request with the endpoint's name, the status and the time taken; may be nil.
	Observe func(endpoint string, status int, took time.Duration)
}

// api answers requests. Safe for concurrent use.
type api struct {
	Settings
	engine *promql.Engine
	parser parser.Parser
	turns  turns
}

// Handler serves the API below [Prefix]. It does not authenticate: that is the part of whoever listens.
func Handler(s Settings) http.Handler {
	if s.Now == nil {
		s.Now = time.Now
	}
	if s.Observe == nil {
		s.Observe = func(string, int, time.Duration) {}
	}
	t := newTurns(s.QueryConcurrency)
	a := &api{
		Settings: s, parser: parser.NewParser(parser.Options{}), turns: t,
		engine: engine.New(engine.Limits{Timeout: s.QueryTimeout, MaxSamples: s.QueryMaxSamples, Tracker: t}),
	}
	return a.routes()
}

func (a *api) routes() http.Handler {
	mux := http.NewServeMux()
	handle := func(path, endpoint string, f endpointFunc, methods ...string) {
		for _, m := range methods {
			mux.Handle(m+" "+Prefix+"api/v1/"+path, a.serve(endpoint, f))
		}
	}
	const get, post = http.MethodGet, http.MethodPost
	handle("query", "query", a.query, get, post)
	handle("query_range", "query_range", a.queryRange, get, post)
	handle("series", "series", a.bounded(a.series), get, post)
	handle("labels", "labels", a.bounded(a.labelNames), get, post)
	handle("label/{name}/values", "label_values", a.bounded(a.labelValues), get)
	handle("status/buildinfo", "other", a.buildInfo, get)
	handle("metadata", "other", constant(`{}`), get)
	handle("rules", "other", constant(`{"groups":[]}`), get)
	handle("alerts", "other", constant(`{"alerts":[]}`), get)
	handle("query_exemplars", "other", constant(`[]`), get, post)
	mux.Handle(Prefix, a.serve("other", func(r *http.Request) (answer, *failure) {
		return answer{}, &failure{notFound, "Forewarn serves no " + r.Method + " " + r.URL.Path}
	}))
	return mux
}

// endpointFunc answers a request whose form has been parsed.
type endpointFunc func(r *http.Request) (answer, *failure)

// bounded gives a search the time and the turn that the engine gives a query.
func (a *api) bounded(f endpointFunc) endpointFunc {
	return func(r *http.Request) (answer, *failure) {
		p := params{Values: r.Form}
		asked, cancel := deadline(r.Context(), &p)
		defer cancel()
		if p.fail != nil {
			return answer{}, p.fail
		}
		ctx, cancelAll := context.WithTimeout(asked, a.QueryTimeout)
		defer cancelAll()
		turn, err := a.turns.Insert(ctx, "")
		if err != nil {
			return answer{}, explain(err)
		}
		defer a.turns.Delete(turn)
		return f(r.WithContext(ctx))
	}
}

// serve runs an endpoint and writes what it returns.
func (a *api) serve(endpoint string, f endpointFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		var got answer
		var fail *failure
		if err := r.ParseForm(); err != nil {
			fail = &failure{badData, "error parsing form values: " + err.Error()}
		} else {
			got, fail = f(r)
		}
		status, err := respond(w, r, got, fail)
		if err != nil {
			a.Logger.Debug("write query response", zap.Error(err)) // the client went away
		}
		a.Observe(endpoint, status, time.Since(start))
	})
}

func constant(data string) endpointFunc {
	return func(*http.Request) (answer, *failure) { return answer{data: []byte(data)}, nil }
}

// turns makes queries wait while as many as may are being evaluated.
type turns chan struct{}

func newTurns(n int) turns { return make(turns, max(1, n)) }

// GetMaxConcurrent returns how many queries may be evaluated at once.
func (t turns) GetMaxConcurrent() int { return cap(t) }

// Insert waits for a turn.
func (t turns) Insert(ctx context.Context, _ string) (int, error) {
	select {
	case t <- struct{}{}:
		return 0, nil
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}

// Delete ends a turn.
func (t turns) Delete(int) { <-t }

// Close does nothing.
func (t turns) Close() error { return nil }
