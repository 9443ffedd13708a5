package obs

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
)

// TestHandler: liveness never fails while the process answers, readiness with a failed check and while one is starting.
func TestHandler(t *testing.T) {
	f := func(healthz, readyz int, worst State, states ...State) {
		t.Helper()
		var h Health
		for i, s := range states {
			h.Set(string(rune('a'+i)), s, "do something")
		}
		handler := Handler(&h, prometheus.NewRegistry())
		for path, want := range map[string]int{"/healthz": healthz, "/readyz": readyz, "/metrics": http.StatusOK} {
			rec := httptest.NewRecorder()
			handler.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, path, http.NoBody))
			if rec.Code != want {
				t.Errorf("%v: GET %s is %d, want %d", states, path, rec.Code, want)
			}
			var body struct {
				Status State
				Checks []Check
			}
			if path == "/metrics" {
				continue
			}
			if err := json.Unmarshal(rec.Body.Bytes(), &body); err != nil || body.Status != worst || len(body.Checks) != len(states) {
				t.Errorf("%v: GET %s says %s, %v", states, path, rec.Body, err)
			}
		}
	}
	f(200, 503, Starting)
	f(200, 200, OK, OK)
	f(200, 200, Degraded, OK, Degraded)
	f(200, 503, Starting, OK, Starting, Degraded)
	f(200, 503, Failed, OK, Failed, Starting)
}

// TestMetrics: what is scraped says whether the process is ready, and how many checks are in which state.
func TestMetrics(t *testing.T) {
	var h Health
	registry := prometheus.NewRegistry()
	registry.MustRegister(Metrics(&h))
	f := func(want ...string) {
		t.Helper()
		rec := httptest.NewRecorder()
		Handler(&h, registry).ServeHTTP(rec, httptest.NewRequest(http.MethodGet, "/metrics", http.NoBody))
		for _, line := range want {
			if !strings.Contains(rec.Body.String(), line+"\n") {
				t.Errorf("no %q in:\n%s", line, rec.Body)
			}
		}
	}
	f("forewarn_obs_ready 0", `forewarn_obs_checks{state="ok"} 0`)
	h.Set("bus", OK, "")
	h.Set("trend", Degraded, "do something")
	f("forewarn_obs_ready 1", `forewarn_obs_checks{state="ok"} 1`, `forewarn_obs_checks{state="degraded"} 1`)
	h.Set("bus", Failed, "do something")
	f("forewarn_obs_ready 0", `forewarn_obs_checks{state="failed"} 1`)
}

func TestChecksAreSortedAndReplaced(t *testing.T) {
	var h Health
	h.Set("trend", Starting, "")
	h.Set("bus", OK, "")
	h.Set("trend", OK, "")
	got := h.Checks()
	if len(got) != 2 || got[0].Name != "bus" || got[1] != (Check{Name: "trend", State: OK}) {
		t.Errorf("%+v", got)
	}
}

func TestNewLogger(t *testing.T) {
	f := func(c LogConfig, want string) {
		t.Helper()
		var out bytes.Buffer
		log, err := NewLogger(c, &out)
		if err != nil {
			t.Fatal(err)
		}
		log.Debug("too small")
		log.Warn("disk is filling", zap.String("volume", "/u01"))
		if !strings.Contains(out.String(), want) || strings.Contains(out.String(), "too small") {
			t.Errorf("%+v wrote %q, want %q", c, out.String(), want)
		}
	}
	f(DefaultLogConfig(), `"msg":"disk is filling","volume":"/u01"`) // a buffer is no terminal
	f(LogConfig{Level: "warn", Format: "text"}, "WARN\tdisk is filling")
	bad := LogConfig{Level: "loud", Format: "xml"}
	if _, err := NewLogger(bad, &bytes.Buffer{}); err == nil || !strings.Contains(err.Error(), "choose debug, info, warn or error") ||
		!strings.Contains(err.Error(), "choose json or text") {
		t.Errorf("got %v", err)
	}
}
