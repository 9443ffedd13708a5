// Package api serves the console's JSON interface under /api/v1/; docs/api.md describes it for its users.
//
// Field names are in snake_case and stable: fields may be added, none changes its meaning. Every error is
// {"error":{"code","message"}}, where the code is stable and the message says what to do.
package api

import (
	"cmp"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"

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
	allowed := map[string][]string{}
	for _, r := range a.routes() {
		a.mux.Handle(r.method()+" "+r.path, a.endpoint(r))
		allowed[r.path] = append(allowed[r.path], r.method())
	}
	for path, methods := range allowed {
		a.mux.HandleFunc(path, refuseMethod(methods))
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
		out = append(out, r.method()+" "+r.path)
	}
	return out
}

// route is one endpoint with the query parameters that it knows; one that ends in * stands for all that begin so.
type route struct {
	path   string
	params []string
	serve  func(r *http.Request, q query) (any, error)
	does   string // the method of one that changes something; "" is GET
}

func (r *route) method() string { return cmp.Or(r.does, http.MethodGet) }

func (a *API) routes() []route {
	return []route{
		{path: "/api/v1/incidents", params: []string{"state", "stage", "owner", "severity", "kind", "q", "limit", "after"}, serve: a.incidents},
		{path: "/api/v1/incidents/{id}", serve: a.incident},
		{path: "/api/v1/incidents/{id}/commands", serve: a.command, does: http.MethodPost},
		{path: "/api/v1/signals", params: []string{"stage", "rule", "kind", "q", "limit", "after"}, serve: a.signals},
		{path: "/api/v1/capacity", params: []string{"rule", "q", "limit", "after"}, serve: a.capacity},
		{path: "/api/v1/capacity/{signal...}", params: []string{driverPrefix + "*"}, serve: a.capacityOf},
		{path: "/api/v1/scorecard", serve: a.scorecard},
		{path: "/api/v1/digest", params: []string{"team", "week", "month", "language", "timezone", "format"}, serve: a.digest},
		{path: "/api/v1/logs", params: []string{"entity", "q", "limit", "after"}, serve: a.logs},
		{path: "/api/v1/logs/{source}", params: []string{"level", "q", "limit", "after"}, serve: a.log},
		{path: "/api/v1/transactions", serve: a.transactions},
		{path: "/api/v1/transactions/{name}/checks", params: []string{"at"}, serve: a.checksOf},
		{path: "/api/v1/silences", params: []string{"state"}, serve: a.silences},
		{path: "/api/v1/silences", serve: a.silence, does: http.MethodPost},
		{path: "/api/v1/silences/{id}", params: []string{"by"}, serve: a.unsilence, does: http.MethodDelete},
		{path: "/api/v1/dead-letters", params: []string{"limit"}, serve: a.deadLetters},
		{path: "/api/v1/health", serve: a.health},
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
				respond(w, body)
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

// refuseMethod answers requests by other methods than those of a path.
func refuseMethod(methods []string) http.HandlerFunc {
	allow := strings.Join(methods, ", ")
	return func(w http.ResponseWriter, r *http.Request) {
		allowed := allow
		if slices.Contains(methods, http.MethodGet) {
			allowed += ", HEAD"
		}
		w.Header().Set("Allow", allowed)
		Fail(w, http.StatusMethodNotAllowed, "method_not_allowed", r.Method+" is not possible here; use "+allow)
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

// respond writes a document as it is, and everything else as JSON.
func respond(w http.ResponseWriter, body any) {
	d, ok := body.(document)
	if !ok {
		write(w, http.StatusOK, body)
		return
	}
	h := w.Header()
	h.Set("Content-Type", d.mediaType)
	h.Set("Content-Disposition", `attachment; filename="`+d.name+`"`)
	h.Set("Cache-Control", "no-store")
	w.Write(d.data) //nolint:errcheck // the client went away
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
