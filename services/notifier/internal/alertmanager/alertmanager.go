// Package alertmanager tells a Prometheus Alertmanager of incidents, so that the routes, silences and receivers that people have there
// apply to them.
//
// It posts to /api/v2/alerts (github.com/prometheus/alertmanager, api/v2/openapi.yaml). What tells one alert from another is its labels,
// so those of an incident stay the same as long as its worst severity does. An alert ends at endsAt: while an incident is open that lies
// [Lapse] times the interval of repeats ahead, and repeats move it on (prometheus.io/docs/alerting/clients), so that an alert lapses by
// itself if we do not come back.
package alertmanager

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/forewarn/forewarn/services/notifier/internal/delivery"
	"github.com/forewarn/forewarn/services/notifier/internal/peer"
	"github.com/forewarn/forewarn/shared/config"
	"github.com/forewarn/forewarn/shared/entity"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/incident"
)

// Lapse is after how many intervals without a repeat an alert ends.
const Lapse = 4

// Settings of a channel.
type Settings struct {
	// URL is the server's address, with the path prefix if it has one.
	URL     string
	Timeout time.Duration
	TLS     config.ClientTLS
	peer.Headers
	Options
}

// Channel posts alerts. It is safe for concurrent use.
type Channel struct {
	peer   *peer.Client
	s      Settings
	header http.Header

	mu    sync.Mutex
	ended map[string]time.Time // incidents whose end was told, lest a repeat that was made before brings them back
}

var _ delivery.Channel = (*Channel)(nil)

// New returns a channel. It reads the TLS files and connects to nothing yet.
func New(s Settings) (*Channel, error) {
	p, err := peer.New(strings.TrimSuffix(s.URL, "/")+"/api/v2/alerts", s.Timeout, s.TLS)
	if err != nil {
		return nil, err
	}
	header := s.Reveal()
	header.Set("Content-Type", "application/json")
	return &Channel{peer: p, s: s, header: header, ended: map[string]time.Time{}}, nil
}

// Close closes idle connections.
func (c *Channel) Close() { c.peer.Close() }

// alert is what the API takes.
type alert struct {
	Labels       map[string]string `json:"labels"`
	Annotations  map[string]string `json:"annotations"`
	StartsAt     time.Time         `json:"startsAt"`
	EndsAt       time.Time         `json:"endsAt"`
	GeneratorURL string            `json:"generatorURL,omitempty"`
}

// Send posts the alert of m, and the end of those under a lesser severity if it has become worse.
func (c *Channel) Send(ctx context.Context, m delivery.Message) (delivery.Sent, error) {
	if m.Incident == nil {
		return delivery.Sent{}, &delivery.Error{Permanent: true, What: "a document is no alert", Remedy: "route digests to mail or a chat"}
	}
	now := time.Now()
	alerts := []alert{c.alert(&m, now)}
	if m.Reason == incident.ReasonRaised {
		for _, s := range []finding.Severity{finding.Info, finding.Warning} {
			if s.Rank() < m.Incident.Worst.Rank() {
				alerts = append(alerts, over(alerts[0], s, now))
			}
		}
	}
	if err := c.post(ctx, alerts); err != nil {
		return delivery.Sent{}, err
	}
	c.note(m.Incident, now)
	return delivery.Sent{}, nil
}

// over returns an alert as it was under another severity, ended.
func over(a alert, s finding.Severity, now time.Time) alert {
	a.Labels = maps.Clone(a.Labels)
	a.Labels["severity"] = string(s)
	a.EndsAt = now
	return a
}

// Every is how often Repeat has to be called.
func (c *Channel) Every() time.Duration { return c.s.resend() }

// Repeat posts the alerts of open incidents again, so that they do not lapse.
func (c *Channel) Repeat(ctx context.Context, open []delivery.Message) error {
	now := time.Now()
	var alerts []alert
	for k := range open {
		if i := open[k].Incident; i.ResolvedAt == nil && !c.over(i) {
			alerts = append(alerts, c.alert(&open[k], now))
		}
	}
	const most = 100 // a post
	for len(alerts) > 0 {
		n := min(len(alerts), most)
		if err := c.post(ctx, alerts[:n]); err != nil {
			return err
		}
		alerts = alerts[n:]
	}
	return nil
}

func (c *Channel) post(ctx context.Context, alerts []alert) error {
	body, err := json.Marshal(alerts)
	if err != nil {
		return &delivery.Error{Permanent: true, What: "the alerts cannot be encoded: " + err.Error()}
	}
	reply, err := c.peer.Call(ctx, peer.Request{Method: http.MethodPost, Header: c.header, Body: body})
	if err != nil {
		return err
	}
	return c.peer.Judge(reply)
}

// note remembers for a while that an incident is over, and forgets it when it is not.
func (c *Channel) note(i *incident.Incident, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	maps.DeleteFunc(c.ended, func(_ string, at time.Time) bool { return now.Sub(at) > time.Hour })
	if i.ResolvedAt != nil {
		c.ended[i.ID] = now
	} else {
		delete(c.ended, i.ID)
	}
}

func (c *Channel) over(i *incident.Incident) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, over := c.ended[i.ID]
	return over
}

// alert makes the alert of an incident.
func (c *Channel) alert(m *delivery.Message, now time.Time) alert {
	i := m.Incident
	a := alert{
		Labels: labels(i), StartsAt: i.OpenedAt, EndsAt: now.Add(Lapse * c.s.resend()), GeneratorURL: m.Text.URL,
		Annotations: map[string]string{"summary": clean(m.Text.Title()), "description": clean(m.Text.Plain())},
	}
	if i.ReopenedAt != nil {
		a.StartsAt = *i.ReopenedAt
	}
	if i.ResolvedAt != nil {
		a.EndsAt = *i.ResolvedAt
	}
	if a.EndsAt.Before(a.StartsAt) { // the server refuses that
		a.StartsAt = a.EndsAt
	}
	return a
}

// labels returns what identifies the alert of an incident and what routes can ask for. The entity's own labels are among them, but
// for those whose names are taken or are none.
func labels(i *incident.Incident) map[string]string {
	out := map[string]string{}
	for name, v := range i.Entity.Labels {
		if valid(name) && v != "" {
			out[name] = clean(v)
		}
	}
	for name, v := range map[string]string{
		"alertname": "ForewarnIncident", "incident": i.ID, "severity": string(i.Worst), "kind": string(i.Kind),
		"entity": clean(i.Entity.Name), "entity_type": string(i.Entity.Type), "root": clean(entity.Called(i.Entity.Root)),
	} {
		if v == "" {
			delete(out, name)
			continue
		}
		out[name] = v
	}
	return out
}

// valid reports whether a name may be a label's, by Prometheus' data model; __ is for its own use.
func valid(name string) bool {
	if name == "" || strings.HasPrefix(name, "__") {
		return false
	}
	for k, r := range name {
		letter := r == '_' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
		if !letter && (k == 0 || r < '0' || r > '9') {
			return false
		}
	}
	return true
}

// clean makes valid UTF-8 of a value, which the server wants.
func clean(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }
