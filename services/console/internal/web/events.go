package web

import (
	"fmt"
	"net/http"
	"time"
)

const (
	// leastPause is how far apart two events of one page are at least.
	leastPause = time.Second
	// eventsLife ends a connection, which the browser then opens anew: so that a session that has ended is noticed.
	eventsLife = 10 * time.Minute
	// eventDeadline is how long a browser may take to receive an event.
	eventDeadline = 10 * time.Second
)

// events tells a page by server-sent events when it should load itself again: at once when something has changed, and
// otherwise as often as a page without a script does.
func (w *Web) events(rw http.ResponseWriter, r *http.Request) {
	rw.Header().Set("Content-Type", "text/event-stream")
	if r.Method == http.MethodHead {
		return
	}
	changed, end, ok := w.settings.Source.Listen()
	if !ok {
		http.Error(rw, "too many pages listen", http.StatusServiceUnavailable)
		return
	}
	defer end()
	conn := http.NewResponseController(rw)
	conn.SetReadDeadline(time.Time{}) //nolint:errcheck // the server's is for requests; where it cannot be lifted the browser comes again
	life := time.NewTimer(eventsLife)
	defer life.Stop()
	for event := "hello"; ; event = "changed" {
		conn.SetWriteDeadline(time.Now().Add(eventDeadline)) //nolint:errcheck // as above
		if _, err := fmt.Fprintf(rw, "event: %s\ndata: %s\n\n", event, time.Now().UTC().Format(time.RFC3339)); err != nil {
			return
		}
		if conn.Flush() != nil || !w.await(r, changed, life.C) {
			return
		}
	}
}

// await returns true when it is time for an event, false when the connection is to end.
func (w *Web) await(r *http.Request, changed <-chan struct{}, life <-chan time.Time) bool {
	pause, refresh := time.NewTimer(leastPause), time.NewTimer(refreshSeconds*time.Second)
	defer pause.Stop()
	defer refresh.Stop()
	var told <-chan struct{} // not before the pause is over
	for {
		select {
		case <-r.Context().Done():
			return false
		case <-w.settings.Ending:
			return false
		case <-life:
			return false
		case <-pause.C:
			told = changed
		case <-told:
			return true
		case <-refresh.C:
			return true
		}
	}
}
