// Package api serves the console's JSON interface under /api/v1/; docs/api.md describes it for its users.
//
// Field names are in snake_case and stable: fields may be added, none changes its meaning. Every error is
// {"error":{"code","message"}}, where the code is stable and the message says what to do.
package api

import (
	"encoding/json"
	"errors"
	"net/http"

	"go.uber.org/zap"

	"github.com/forewarn/forewarn/services/console/internal/pipeline"
	"github.com/forewarn/forewarn/shared/bus"
)

// Settings are what the API reads from.
type Settings struct {
	Logger *zap.Logger
	Source *pipeline.Source
}

// API is an http.Handler for everything under /api/; it is safe for concurrent use.
type API struct {
	logger *zap.Logger
	source *pipeline.Source
	mux    *http.ServeMux
}

// New returns the API.
func New(s Settings) *API {
	a := &API{logger: s.Logger, source: s.Source, mux: http.NewServeMux()}
	for _, r := range a.routes() {
		a.mux.Handle(r.method+" "+r.path, a.endpoint(r))
		a.mux.HandleFunc(r.path, refuseMethod(r.method))
	}
	a.mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		Fail(w, http.StatusNotFound, "not_found", "there is nothing at this path; see docs/api.md for what there is")
	})
	return a
}

// Routes returns the method and the path pattern of every route, as docs/api.md writes them.
func Routes() []string {
	var out []string
	for _, r := range (&API{}).routes() {
		out = append(out, r.method+" "+r.path)
	}
	return out
}

// route is one endpoint with the query parameters that it knows; one that ends in * stands for all that begin so.
type route struct {
	method string
	path   string
	params []string
	serve  func(r *http.Request, q query) (any, error)
}

func (a *API) routes() []route {
	return []route{
		{"GET", "/api/v1/incidents", []string{"state", "stage", "owner", "severity", "kind", "q", "limit", "after"}, a.incidents},
		{"GET", "/api/v1/incidents/{id}", nil, a.incident},
		{"POST", "/api/v1/incidents/{id}/commands", nil, a.command},
		{"GET", "/api/v1/signals", []string{"stage", "rule", "kind", "q", "limit", "after"}, a.signals},
		{"GET", "/api/v1/capacity", []string{"rule", "q", "limit", "after"}, a.capacity},
		{"GET", "/api/v1/capacity/{signal...}", []string{driverPrefix + "*"}, a.capacityOf},
		{"GET", "/api/v1/scorecard", nil, a.scorecard},
		{"GET", "/api/v1/logs", []string{"entity", "q", "limit", "after"}, a.logs},
		{"GET", "/api/v1/logs/{source}", []string{"level", "q", "limit", "after"}, a.log},
		{"GET", "/api/v1/transactions", nil, a.transactions},
		{"GET", "/api/v1/transactions/{name}/checks", []string{"at"}, a.checksOf},
		{"GET", "/api/v1/dead-letters", []string{"limit"}, a.deadLetters},
		{"GET", "/api/v1/health", nil, a.health},
	}
}

// ServeHTTP answers one request.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) { a.mux.ServeHTTP(w, r) }

// endpoint checks the parameters of r's requests and writes what it returns.
func (a *API) endpoint(r route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		q, err := parseQuery(req.URL.RawQuery, r.params)
		if err == nil {
			var body any
			if body, err = r.serve(req, q); err == nil {
				write(w, http.StatusOK, body)
				return
			}
		}
		a.fail(w, req, err)
	})
}

// fail writes err: as it is if it is meant for the caller, else without what only operators should read.
func (a *API) fail(w http.ResponseWriter, r *http.Request, err error) {
	var f *failure
	if errors.As(err, &f) {
		fail(w, f)
		return
	}
	if errors.Is(err, bus.ErrNoWorker) {
		Fail(w, http.StatusServiceUnavailable, "unavailable", "the service that does this is not running; start it, then try again")
		return
	}
	if r.Context().Err() != nil {
		return // the client went away
	}
	a.logger.Error("api request failed", zap.String("path", r.Pattern), zap.Error(err))
	Fail(w, http.StatusServiceUnavailable, "unavailable", "the pipeline's store did not answer; try again, and see /api/v1/health and the log if this stays")
}

// refuseMethod answers requests by another method than the one of a path.
func refuseMethod(method string) http.HandlerFunc {
	allow := method
	if method == http.MethodGet {
		allow = "GET, HEAD"
	}
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Allow", allow)
		Fail(w, http.StatusMethodNotAllowed, "method_not_allowed", r.Method+" is not possible here; use "+method)
	}
}

// Fail writes an error in the API's form.
func Fail(w http.ResponseWriter, status int, code, message string) {
	fail(w, &failure{status: status, code: code, message: message})
}

func fail(w http.ResponseWriter, f *failure) {
	type body struct {
		Code    string `json:"code"`
		Message string `json:"message"`
	}
	write(w, f.status, struct {
		Error body `json:"error"`
		*now
	}{body{f.code, f.message}, f.now})
}

func write(w http.ResponseWriter, status int, body any) {
	data, err := json.Marshal(body)
	if err != nil { // a NaN, which no decoder of ours lets in
		status, data = http.StatusInternalServerError, []byte(`{"error":{"code":"internal","message":"the answer cannot be written as JSON; please report this"}}`)
	}
	h := w.Header()
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	w.Write(append(data, '\n')) //nolint:errcheck // the client went away
}
