// Package gateway sends messages through an HTTP gateway of the user's own, such as a company's gateway for short messages, whose form is
// said in the configuration.
//
// The body is a structure in which names such as {{to}} are replaced, and is encoded afterwards, so that nothing that labels say can
// change its form. A gateway that wants {{to}} is asked once for each number, and who was accepted is not told again.
package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/forewarn/forewarn/services/notifier/internal/delivery"
	"github.com/forewarn/forewarn/services/notifier/internal/message"
	"github.com/forewarn/forewarn/services/notifier/internal/peer"
	"github.com/forewarn/forewarn/services/notifier/internal/person"
	"github.com/forewarn/forewarn/shared/config"
	"github.com/forewarn/forewarn/shared/i18n"
)

// Settings of a channel.
type Settings struct {
	URL     string
	Timeout time.Duration
	TLS     config.ClientTLS
	// Secret is what {{secret}} stands for.
	Secret config.Secret
	// To are told everything, besides the people whom a message is for.
	To []config.Secret
	peer.Headers
	Options
}

// Channel asks a gateway. It is safe for concurrent use.
type Channel struct {
	s    Settings
	peer *peer.Client
	told delivery.Told
}

var _ delivery.Channel = (*Channel)(nil)

// New returns a channel. It reads the TLS files and connects to nothing yet.
func New(s Settings) (*Channel, error) {
	p, err := peer.New(s.URL, s.Timeout, s.TLS)
	if err != nil {
		return nil, err
	}
	if s.Method == "" {
		s.Method = http.MethodPost
	}
	return &Channel{s: s, peer: p}, nil
}

// Close closes idle connections.
func (c *Channel) Close() { c.peer.Close() }

// Send asks once for each of those who have not been told yet, or once for all of them.
func (c *Channel) Send(ctx context.Context, m delivery.Message) (delivery.Sent, error) {
	a := m.Address(c.s.To, func(p *person.Person) config.Secret { return p.Phone })
	single := c.s.uses("to", "to_plain", "name")
	switch {
	case len(a.All) == 0 && (single || c.s.uses("to_list")):
		return delivery.Sent{}, delivery.Nobody(a.Lacking)
	case single:
		return c.sendEach(ctx, &a, m.ID)
	case c.s.uses("to_list"):
		return c.sendLists(ctx, &a, m.ID)
	}
	return delivery.Sent{}, c.ask(ctx, c.values(&m)) // whom it reaches the gateway knows
}

// sendEach asks once for each receiver.
func (c *Channel) sendEach(ctx context.Context, a *delivery.Addresses, id string) (delivery.Sent, error) {
	values := map[string]map[string]string{}
	for k := range a.Editions {
		for _, r := range a.Editions[k].Receivers {
			v := c.values(&a.Editions[k].Message)
			v["to"], v["to_plain"], v["name"] = r.Address, strings.TrimPrefix(strings.TrimPrefix(r.Address, "+86"), "+"), r.Name
			values[r.Address] = v
		}
	}
	missed, err := c.told.Each(ctx, id, a.All, a.Lacking, func(r person.Receiver) error { return c.ask(ctx, values[r.Address]) })
	return delivery.Sent{Missed: missed}, err
}

// sendLists asks once for each edition.
func (c *Channel) sendLists(ctx context.Context, a *delivery.Addresses, id string) (delivery.Sent, error) {
	values, lists := map[string]map[string]string{}, make([]person.Receiver, len(a.Editions))
	for k := range a.Editions {
		e := &a.Editions[k]
		numbers := make([]string, len(e.Receivers))
		for n, r := range e.Receivers {
			numbers[n] = r.Address
		}
		v := c.values(&e.Message)
		v["to_list"] = strings.Join(numbers, ",")
		lists[k] = person.Receiver{Name: "the list of " + string(e.Text.Language), Address: e.Mark}
		values[e.Mark] = v
	}
	if len(lists) == 1 {
		return delivery.Sent{}, c.ask(ctx, values[lists[0].Address])
	}
	missed, err := c.told.Each(ctx, id, lists, a.Lacking, func(r person.Receiver) error { return c.ask(ctx, values[r.Address]) })
	return delivery.Sent{Missed: missed}, err
}

// values returns what the names stand for, but for those of a receiver.
func (c *Channel) values(m *delivery.Message) map[string]string {
	most := c.s.TextLength
	if most == 0 {
		most = 500
	}
	text, title := m.Text.PlainWithin(most), m.Text.Title()
	if m.Text.Body != "" {
		text = message.CutRunes(m.Text.Body, most)
	}
	if m.Document != nil {
		text, title = message.CutRunes(m.Document.Plain, most), i18n.Line(m.Document.Subject)
	}
	v := map[string]string{
		"text": text, "title": title, "when": i18n.Line(m.Text.When), "url": m.Text.URL, "id": m.EditionID(), "secret": c.s.Secret.Reveal(),
	}
	if m.Incident != nil {
		v["severity"] = string(m.Incident.Severity)
	}
	return v
}

// ask makes one request and reads its answer.
func (c *Channel) ask(ctx context.Context, values map[string]string) error {
	r := peer.Request{Method: c.s.Method, Header: c.s.Reveal()}
	filled := fill(c.s.Body, values)
	switch {
	case c.s.flat():
		form := url.Values{}
		for k, v := range c.s.Body {
			form.Set(k, fmt.Sprint(fill(v, values)))
		}
		if c.s.Method == http.MethodGet {
			r.Query = form
			break
		}
		r.Body = []byte(form.Encode())
		setDefault(r.Header, "Content-Type", "application/x-www-form-urlencoded")
	default:
		data, err := json.Marshal(filled)
		if err != nil {
			return &delivery.Error{Channel: true, What: "the body cannot be encoded as JSON", Remedy: "use texts as keys, and texts, numbers, lists and keys as values"}
		}
		r.Body = data
		setDefault(r.Header, "Content-Type", "application/json; charset=utf-8")
	}
	reply, err := c.peer.Call(ctx, r)
	if err != nil {
		return err
	}
	if err := c.peer.Judge(reply); err != nil {
		return err
	}
	return c.judge(reply.Body)
}

func setDefault(h http.Header, name, value string) {
	if h.Get(name) == "" {
		h.Set(name, value)
	}
}

// fill returns a copy of v with its names replaced.
func fill(v any, values map[string]string) any {
	switch x := v.(type) {
	case string:
		return placeholder.ReplaceAllStringFunc(x, func(s string) string { return values[placeholder.FindStringSubmatch(s)[1]] })
	case []any:
		out := make([]any, len(x))
		for k := range x {
			out[k] = fill(x[k], values)
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(x))
		for k := range x {
			out[k] = fill(x[k], values)
		}
		return out
	}
	return v
}

// anyNumber is what may be a number of somebody.
var anyNumber = regexp.MustCompile(`\+?\d[\d -]{4,}\d`)

// judge reads an answer of status 2xx.
func (c *Channel) judge(body []byte) error {
	if c.s.SuccessPath == "" {
		return nil
	}
	value, err := at(body, c.s.SuccessPath)
	if err != nil {
		return &delivery.Error{What: "the gateway's answer has nothing at " + c.s.SuccessPath + ": " + err.Error(), Remedy: "correct success_path, or look at the gateway's log"}
	}
	if slices.Contains(c.s.SuccessValues, value) {
		return nil
	}
	shown := i18n.Line(value)
	if r := []rune(shown); len(r) > 60 {
		shown = string(r[:60]) + "…"
	}
	if s := c.s.Secret.Reveal(); s != "" {
		shown = strings.ReplaceAll(shown, s, "***")
	}
	e := &delivery.Error{
		What:   fmt.Sprintf("the gateway answered %s: %q", c.s.SuccessPath, anyNumber.ReplaceAllString(shown, "***")),
		Remedy: "see what the gateway's document says of it",
	}
	if slices.Contains(c.s.RefusedValues, value) {
		e.Permanent = true
	}
	return e
}

// at returns the value of a JSON document under a path of keys and positions, as text.
func at(body []byte, path string) (string, error) {
	dec := json.NewDecoder(strings.NewReader(string(body)))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return "", errors.New("it is no JSON")
	}
	for _, key := range strings.Split(path, ".") {
		switch x := v.(type) {
		case map[string]any:
			next, ok := x[key]
			if !ok {
				return "", fmt.Errorf("there is no %s", key)
			}
			v = next
		case []any:
			var n int
			if _, err := fmt.Sscanf(key, "%d", &n); err != nil || n < 0 || n >= len(x) {
				return "", fmt.Errorf("there is no element %s", key)
			}
			v = x[n]
		default:
			return "", fmt.Errorf("there is nothing below %s", key)
		}
	}
	switch v.(type) {
	case map[string]any, []any:
		return "", errors.New("that is no single value")
	}
	return fmt.Sprint(v), nil
}
