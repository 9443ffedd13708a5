package console

import (
	"net/http"
	"strings"

	"github.com/forewarn/forewarn/services/console/internal/api"
	"github.com/forewarn/forewarn/services/console/internal/guard"
	"github.com/forewarn/forewarn/services/console/internal/pipeline"
	"github.com/forewarn/forewarn/services/console/internal/web"
)

// newHandler puts pages, API and mounts behind the guard.
func newHandler(cfg Config, s Settings, source *pipeline.Source, m *metrics, loopback bool, ending <-chan struct{}) (http.Handler, error) {
	external, err := cfg.external()
	if err != nil {
		return nil, err
	}
	secure := cfg.TLS.Enabled() || (external != nil && external.Scheme == "https")
	var pages *web.Web
	g := guard.New(guard.Settings{
		Tokens: cfg.holders(), LoopbackOnly: loopback, External: external, SecureCookies: secure,
		Refuse: func(w http.ResponseWriter, r *http.Request, status int, why guard.Reason) {
			m.refused.WithLabelValues(string(why)).Inc()
			refuse(pages, w, r, status, why)
		},
	})
	pages, err = web.New(web.Settings{
		Logger: s.Logger, Source: source, Guard: g, Calendar: s.Calendar, Ending: ending, Version: s.Version, SecureCookies: secure,
		Banner: s.Banner,
	})
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("/", m.measure("page", pages))
	mux.Handle("/events", pages) // it stays open, which would be measured as a slow page
	mux.Handle("/api/", m.measure("api", api.New(api.Settings{Logger: s.Logger, Source: source})))
	for pattern, h := range s.Mounts {
		if pattern == "/healthz" || pattern == "/readyz" {
			h = discreet(g, h)
		}
		mux.Handle(pattern, m.measure("mount", h))
	}
	return g.Wrap(mux, openPath), nil
}

// openPath reports whether a path is served to everybody: what a prober and a login page need.
func openPath(path string) bool {
	return path == "/healthz" || path == "/readyz" || path == "/login" || strings.HasPrefix(path, "/static/")
}

// refuse answers people with a page and programs with the API's error.
func refuse(pages *web.Web, w http.ResponseWriter, r *http.Request, status int, why guard.Reason) {
	if status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Bearer realm="forewarn"`)
	}
	if wantsPage(r) {
		pages.Refuse(w, r, status, why)
		return
	}
	code, message := refusal(why)
	api.Fail(w, status, code, message)
}

// wantsPage reports whether a person's browser asks for one of the pages.
func wantsPage(r *http.Request) bool {
	return !strings.HasPrefix(r.URL.Path, "/api/") && strings.Contains(r.Header.Get("Accept"), "text/html")
}

// refusal returns the stable code of a refusal and what to do about it.
func refusal(why guard.Reason) (code, message string) {
	switch why {
	case guard.BadHost:
		return "wrong_host", "this console listens on loopback and does not answer under this name; use 127.0.0.1, or set console.external_url"
	case guard.BadOrigin:
		return "cross_origin", "requests from other origins may not change anything; behind a proxy, set console.external_url"
	case guard.TooMany:
		return "too_many_failures", "too many wrong tokens came from this address; wait for Retry-After seconds"
	case guard.BadToken:
		return "bad_token", "the token is wrong; send console.token, or one of console.tokens, behind Authorization: Bearer"
	}
	return "unauthorized", "a token is needed; send console.token, or one of console.tokens, behind Authorization: Bearer"
}

// discreet keeps the status of a health page and drops its details for those without the token.
func discreet(g *guard.Guard, h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if g.Admitted(r) {
			h.ServeHTTP(w, r)
			return
		}
		s := &statusOnly{header: http.Header{}}
		h.ServeHTTP(s, r)
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		if s.status == 0 || s.status == http.StatusOK {
			w.Write([]byte("ok\n")) //nolint:errcheck // the client went away
			return
		}
		w.WriteHeader(s.status)
		w.Write([]byte("not ok\n")) //nolint:errcheck // the client went away
	})
}

// statusOnly is a response of which only the status is kept.
type statusOnly struct {
	header http.Header
	status int
}

// Header returns headers that nobody sees.
func (s *statusOnly) Header() http.Header { return s.header }

// WriteHeader keeps the first status.
func (s *statusOnly) WriteHeader(status int) {
	if s.status == 0 {
		s.status = status
	}
}

// Write drops what is written.
func (s *statusOnly) Write(p []byte) (int, error) { return len(p), nil }
