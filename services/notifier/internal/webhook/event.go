package webhook

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/forewarn/forewarn/services/notifier/internal/delivery"
)

// Attributes of an event, which begin the names of all that are sent.
const (
	eventType   = "io.github.forewarn.incident." // and the reason
	eventSource = "urn:forewarn:notifier"
)

// event is one of CloudEvents 1.0.2 in its JSON form (github.com/cloudevents/spec, cloudevents/formats/json-format.md). Source and id
// together name it: a repeat has the same.
type event struct {
	SpecVersion     string          `json:"specversion"`
	ID              string          `json:"id"`
	Source          string          `json:"source"`
	Type            string          `json:"type"`
	Subject         string          `json:"subject,omitempty"`
	Time            string          `json:"time,omitempty"`
	DataContentType string          `json:"datacontenttype"`
	Data            json.RawMessage `json:"data"`
}

// wrap puts a body into the form of the channel, and says it in the headers. The binary form is that of
// cloudevents/bindings/http-protocol-binding.md, 3.1.
func (w *Webhook) wrap(m *delivery.Message, body []byte, h http.Header) ([]byte, error) {
	if w.format == "" {
		return body, nil
	}
	e := event{SpecVersion: "1.0", ID: m.ID, Source: eventSource, Type: eventType + string(m.Reason), DataContentType: "application/json", Data: body}
	if m.Incident != nil {
		e.Subject, e.Time = m.Incident.ID, m.Incident.UpdatedAt.UTC().Format(time.RFC3339Nano)
	}
	if m.Document != nil {
		e.Type = "io.github.forewarn.document"
	}
	if w.format == CloudEvents {
		h.Set("Content-Type", "application/cloudevents+json; charset=utf-8")
		return json.Marshal(e)
	}
	h.Set("Content-Type", e.DataContentType)
	for name, v := range map[string]string{"specversion": e.SpecVersion, "id": e.ID, "source": e.Source, "type": e.Type, "subject": e.Subject, "time": e.Time} {
		if v != "" {
			h.Set("ce-"+name, v)
		}
	}
	return body, nil
}
