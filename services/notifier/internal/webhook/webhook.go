// Package webhook posts incidents as signed JSON to a URL of the user's.
//
// A receiver verifies the header Forewarn-Signature ("t=<unix seconds>,v1=<hex>"): v1 is the HMAC-SHA256 of
// "<t>.<body>" under the shared secret. The header Forewarn-Delivery is the same for every attempt of a message.
package webhook

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"github.com/forewarn/forewarn/services/notifier/internal/delivery"
	"github.com/forewarn/forewarn/services/notifier/internal/peer"
	"github.com/forewarn/forewarn/shared/config"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/incident"
)

// SchemaVersion is the version of the body.
const SchemaVersion = 1

// Body is what is posted. It is the same, byte for byte, for every attempt.
type Body struct {
	Schema int `json:"schema"`
	// Delivery is the id of the message, as in the header Forewarn-Delivery.
	Delivery string `json:"delivery"`
	// Event says why: opened, reopened, raised, moved, resolved, or unheard (closed, and not known to be over); or
	// document, which is no incident's, such as a digest.
	Event incident.Reason `json:"event"`
	// Title is one line and Text the whole message, in the channel's language and time zone.
	Title string `json:"title"`
	Text  string `json:"text"`
	URL   string `json:"url,omitempty"`
	// Incident is the incident as it was after the change, without its timeline; null of a document.
	Incident *incident.Incident `json:"incident"`
	// Summary are all incidents that the message is about, the worst first, if it is about several ([delivery.Message.Summary]);
	// Incident is the first of them then.
	Summary []Line `json:"summary,omitempty"`
}

// Line is one incident of several in a message.
type Line struct {
	ID       string           `json:"id"`
	Version  int              `json:"version"`
	State    incident.State   `json:"state"`
	Severity finding.Severity `json:"severity"`
	Entity   string           `json:"entity"`
	Title    i18n.Text        `json:"title"`
}

// lines returns the incidents of a message about several.
func lines(m *delivery.Message) (out []Line) {
	if m.Summary == nil {
		return nil
	}
	for _, i := range m.Summary.All() {
		out = append(out, Line{ID: i.ID, Version: i.Version, State: i.State, Severity: i.Severity, Entity: i.Entity.ID, Title: i.Title})
	}
	return out
}

// Settings of a webhook.
type Settings struct {
	URL     string
	Timeout time.Duration
	TLS     config.ClientTLS
	// Secret signs; "" leaves messages unsigned.
	Secret string
	peer.Headers
	Options
}

// Webhook is a channel that posts JSON.
type Webhook struct {
	client *peer.Client
	secret []byte
	header http.Header
	format string
}

var _ delivery.Channel = (*Webhook)(nil)

// New returns a webhook. It reads the TLS files and connects to nothing yet.
func New(s Settings) (*Webhook, error) {
	c, err := peer.New(s.URL, s.Timeout, s.TLS)
	if err != nil {
		return nil, err
	}
	return &Webhook{client: c, secret: []byte(s.Secret), header: s.Reveal(), format: s.Format}, nil
}

// Close closes idle connections.
func (w *Webhook) Close() { w.client.Close() }

// Send posts m once. Status 2xx is acceptance; the answer's body is not looked at.
func (w *Webhook) Send(ctx context.Context, m delivery.Message) (delivery.Sent, error) {
	b := Body{Schema: SchemaVersion, Delivery: m.ID, Event: m.Reason, Incident: m.Incident, Summary: lines(&m)}
	if d := m.Document; d != nil {
		b.Title, b.Text, b.URL = d.Subject, d.Plain, d.URL
	} else {
		b.Title, b.Text, b.URL = m.Text.Title(), m.Text.Plain(), m.Text.URL
	}
	body, err := json.Marshal(b)
	h := w.header.Clone()
	if err == nil {
		body, err = w.wrap(&m, body, h)
	}
	if err != nil {
		return delivery.Sent{}, &delivery.Error{Permanent: true, What: "the message cannot be encoded: " + err.Error()}
	}
	h.Set("Forewarn-Delivery", m.ID)
	if len(w.secret) > 0 {
		h.Set("Forewarn-Signature", Sign(w.secret, time.Now(), body))
	}
	return delivery.Sent{}, w.client.Post(ctx, h, body)
}

// Sign returns the value of the header Forewarn-Signature for a body sent at a time.
func Sign(secret []byte, at time.Time, body []byte) string {
	t := strconv.FormatInt(at.Unix(), 10)
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(t + "."))
	mac.Write(body)
	return "t=" + t + ",v1=" + hex.EncodeToString(mac.Sum(nil))
}
