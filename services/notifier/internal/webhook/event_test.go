package webhook

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestCloudEvents takes both forms apart as the specification says, and finds the same event and a signature in either.
func TestCloudEvents(t *testing.T) {
	for _, format := range []string{CloudEvents, CloudEventsBinary} {
		got := make(chan event, 1)
		srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			data, err := io.ReadAll(r.Body)
			if err != nil || !verify(r.Header.Get("Forewarn-Signature"), data, time.Now()) {
				t.Errorf("%s: %v, or the signature does not verify", format, err)
			}
			var e event
			if strings.HasPrefix(r.Header.Get("Content-Type"), "application/cloudevents+json") {
				if err := json.Unmarshal(data, &e); err != nil {
					t.Error(err)
				}
			} else {
				h := func(name string) string { return r.Header.Get("ce-" + name) }
				e = event{h("specversion"), h("id"), h("source"), h("type"), h("subject"), h("time"), r.Header.Get("Content-Type"), data}
			}
			got <- e
		}))
		w, err := New(Settings{URL: srv.URL, Timeout: 5 * time.Second, Secret: secret, Options: Options{Format: format}})
		if err != nil {
			t.Fatal(err)
		}
		m := sample()
		m.Incident.UpdatedAt = time.Date(2026, 1, 30, 6, 0, 0, 0, time.UTC)
		if _, err := w.Send(t.Context(), m); err != nil {
			t.Fatal(err)
		}
		e := <-got
		var b Body
		if err := json.Unmarshal(e.Data, &b); err != nil || b.Delivery != m.ID {
			t.Errorf("%s: data %s, %v", format, e.Data, err)
		}
		e.Data = nil
		want := event{"1.0", m.ID, "urn:forewarn:notifier", "io.github.forewarn.incident.opened", m.Incident.ID, "2026-01-30T06:00:00Z", "application/json", nil}
		if e.SpecVersion != want.SpecVersion || e.ID != want.ID || e.Source != want.Source || e.Type != want.Type || e.Subject != want.Subject || e.Time != want.Time || e.DataContentType != want.DataContentType {
			t.Errorf("%s: %+v, want %+v", format, e, want)
		}
		if !regexp.MustCompile(`^[\x21-\x7e]+$`).MatchString(e.ID + e.Source + e.Type + e.Subject + e.Time) {
			t.Errorf("%s: an attribute would have to be percent-encoded in a header: %+v", format, e)
		}
		w.Close()
		srv.Close()
	}
}
