package scrape

import (
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/forewarn/forewarn/services/collector/internal/edgetest"
)

// TestOwn: the metrics of the own process are read without a network, and its refusals are told as a target's are.
func TestOwn(t *testing.T) {
	r := edgetest.New(t)
	mux := http.NewServeMux()
	mux.HandleFunc("/metrics", func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, "forewarn_signals 3\n") //nolint:errcheck // test
	})
	l := loop(t, r, Own(mux, "forewarn", "erp 01", "/metrics", time.Minute))
	if got, want := l.target.Name(), "forewarn erp 01"; got != want {
		t.Errorf("it is called %q, want %q", got, want)
	}
	got, problem := scraped(t, r, l)
	want := map[string]float64{"forewarn_signals": 3, "up": 1, "scrape_samples_scraped": 1, "scrape_series_dropped": 0}
	if diff := cmp.Diff(want, got); diff != "" || problem != "" {
		t.Errorf("%s; -want +got:\n%s", problem, diff)
	}
	l = loop(t, edgetest.New(t), Own(mux, "forewarn", "erp 01", "/elsewhere", time.Minute))
	if problem := l.scrape(t.Context()); problem != "answered 404 Not Found; correct the path of the url, often /metrics" {
		t.Errorf("a path that is not there: %q", problem)
	}
}
