// Package obs is how a service is observed: its logger, its metrics registry and its health.
//
// A service names its checks on a [Health] when it starts and reports to them as it runs; [Handler] serves
// /healthz, /readyz and /metrics from them.
package obs

import (
	"encoding/json"
	"net/http"
	"sort"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// State is the state of one check.
type State string

// The states of a check.
const (
	// Starting: not yet ready, and nothing is wrong.
	Starting State = "starting"
	// OK: does its work.
	OK State = "ok"
	// Degraded: works in part, or has healed itself by giving something up; somebody should look.
	Degraded State = "degraded"
	// Failed: does not do its work.
	Failed State = "failed"
)

// Check is one named condition of a service.
type Check struct {
	// Name is <service> or <service>/<part>.
	Name  string `json:"name"`
	State State  `json:"state"`
	// Message says what is the matter and what to do; empty when all is well.
	Message string `json:"message,omitempty"`
}

// Health collects the checks of one process. The zero value is ready; it is safe for concurrent use.
type Health struct {
	mu     sync.Mutex
	checks map[string]Check
}

// Set records the state of a check and what to do about it. Messages must hold no secret.
func (h *Health) Set(name string, state State, message string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.checks == nil {
		h.checks = map[string]Check{}
	}
	h.checks[name] = Check{Name: name, State: state, Message: message}
}

// Checks returns all checks, sorted by name.
func (h *Health) Checks() []Check {
	h.mu.Lock()
	defer h.mu.Unlock()
	out := make([]Check, 0, len(h.checks))
	for _, c := range h.checks {
		out = append(out, c)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Name < out[j].Name })
	return out
}

// Worst returns the worst state among the checks: Failed, Starting, Degraded, OK; Starting if there is none.
func (h *Health) Worst() State {
	worst, rank := Starting, map[State]int{OK: 1, Degraded: 2, Starting: 3, Failed: 4}
	seen := 0
	for _, c := range h.Checks() {
		if rank[c.State] > seen {
			worst, seen = c.State, rank[c.State]
		}
	}
	return worst
}

// Handler serves /healthz (the process answers: status 200), /readyz (every check is past starting, none failed:
// 200, else 503) and /metrics. Both health pages answer JSON with all checks. A failed check is no reason to restart the
// process, which is what a failing /healthz asks a supervisor to do: what is lost or full outside heals without that,
// and restarting in a loop would only add to it.
func Handler(h *Health, g prometheus.Gatherer) http.Handler {
	mux := http.NewServeMux()
	page := func(bad ...State) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			worst := h.Worst()
			w.Header().Set("Content-Type", "application/json")
			for _, s := range bad {
				if s == worst {
					w.WriteHeader(http.StatusServiceUnavailable)
				}
			}
			json.NewEncoder(w).Encode(struct { //nolint:errcheck // the client went away
				Status State   `json:"status"`
				Checks []Check `json:"checks"`
			}{worst, h.Checks()})
		}
	}
	mux.Handle("GET /healthz", page())
	mux.Handle("GET /readyz", page(Failed, Starting))
	mux.Handle("GET /metrics", promhttp.HandlerFor(g, promhttp.HandlerOpts{}))
	return mux
}
