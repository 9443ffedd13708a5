package console

import (
	"bufio"
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/signal"
)

// listen opens the stream of events and returns their names as they come; it is closed with the stream.
func (f *fixture) listen(ctx context.Context) <-chan string {
	f.t.Helper()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, f.URL+"/events", nil)
	if err != nil {
		f.t.Fatal(err)
	}
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		f.t.Fatal(err)
	}
	if got := resp.Header.Get("Content-Type"); resp.StatusCode != http.StatusOK || got != "text/event-stream" {
		f.t.Fatalf("status %d, %s", resp.StatusCode, got)
	}
	names := make(chan string, 16)
	go func() {
		defer close(names)
		defer resp.Body.Close() //nolint:errcheck // only read
		lines := bufio.NewScanner(resp.Body)
		for lines.Scan() {
			if name, ok := strings.CutPrefix(lines.Text(), "event: "); ok {
				names <- name
			}
		}
	}()
	return names
}

// next waits for an event, "" for the end of the stream.
func next(t *testing.T, events <-chan string, within time.Duration) string {
	t.Helper()
	select {
	case name := <-events:
		return name
	case <-time.After(within):
		t.Fatalf("no event within %v", within)
		return ""
	}
}

// TestEventsTellOfANewIncident: well before the page would load itself again.
func TestEventsTellOfANewIncident(t *testing.T) {
	v := volume("erp-01", "/u01", 0.95, 0.93)
	f := start(t, []signal.State{v}, nil)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	events := f.listen(ctx)
	if got := next(t, events, 5*time.Second); got != "hello" {
		t.Fatalf("first event %q", got)
	}
	if got := next(t, events, 9*time.Second); got != "changed" { // the first look at signals
		t.Fatalf("second event %q", got)
	}
	f.open(fault(v, finding.Critical, time.Hour))
	if got := next(t, events, 9*time.Second); got != "changed" {
		t.Fatalf("event %q", got)
	}
	f.page("/").says(t, "What breaks next", "/u01 on erp-01 is filling up")
}

// TestPagesWorkWithoutScript: what the script does, a reload does where there is none.
func TestPagesWorkWithoutScript(t *testing.T) {
	f := start(t, nil, nil)
	d := f.page("/")
	if !strings.Contains(d.body, `<noscript><meta http-equiv="refresh" content="10"></noscript>`) || len(d.all("script")) != 1 {
		t.Error("the overview does not renew itself both ways")
	}
	if d := f.page("/?refresh=off"); len(d.all("script")) != 0 || strings.Contains(d.body, "data-live") {
		t.Error("a page that is paused renews itself")
	}
}
