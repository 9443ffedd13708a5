package promapi

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/forewarn/forewarn/shared/config"
	"github.com/forewarn/forewarn/shared/pause"
	"github.com/forewarn/forewarn/shared/telemetry"
)

// Auth is how a client says who it is. The zero value says nothing.
type Auth struct {
	// User and Password are for basic authentication, Token is a bearer token; one of both.
	User            string
	Password, Token config.Secret
	// Tenant is whose samples are meant, where a server has several (Mimir, Cortex, Loki's X-Scope-OrgID).
	Tenant string
}

// Settings say how a server is asked.
type Settings struct {
	Auth
	// HowToSay names, for people, what sets the Auth.
	HowToSay string
	// HTTP is what requests are sent by; it must not follow redirects. nil is one that waits five minutes for an answer.
	HTTP *http.Client
	// Attempts is how often a query is sent at most: 7, over a minute in all, if it is 0.
	Attempts int
}

// Client asks one server. It is safe for concurrent use.
type Client struct {
	base  *url.URL
	set   Settings
	pause time.Duration // before the first further attempt; it doubles
}

// Query asks for the values of an expression at From, From+Step and so on, up to To.
type Query struct {
	Text     string
	From, To time.Time
	Step     time.Duration
}

// MaxPoints is how many values of a series a server gives at once.
const MaxPoints = 11_000

// ErrTooMuch is of a query that is too much for the server at once. A shorter time may not be.
var ErrTooMuch = errors.New("the query is too much for the server")

// New returns a client of the server at an address such as http://prometheus:9090: what comes before /api/v1.
func New(address string, s Settings) (*Client, error) {
	base, err := url.Parse(address)
	switch {
	case err != nil:
		return nil, errors.New("it is no URL; write one such as http://prometheus:9090") // err repeats what may hold a password
	case base.User != nil:
		return nil, errors.New("a user or password in a URL is seen by everybody who lists processes; set " + s.HowToSay)
	case base.Scheme != "http" && base.Scheme != "https" || base.Host == "":
		return nil, fmt.Errorf("%q is no URL of a server; write one such as http://prometheus:9090", address)
	case base.RawQuery != "" || base.Fragment != "":
		return nil, fmt.Errorf("%q has more than an address and a path; write what comes before /api/v1", address)
	case s.Token != "" && (s.User != "" || s.Password != ""):
		return nil, errors.New("both a token and a user are set; unset one of them")
	}
	base.Path = strings.TrimSuffix(strings.TrimSuffix(base.Path, "/"), "/api/v1")
	if s.HTTP == nil {
		s.HTTP = &http.Client{Timeout: 5 * time.Minute, CheckRedirect: RefuseRedirect}
	}
	if s.Attempts == 0 {
		s.Attempts = attempts
	}
	return &Client{base: base, set: s, pause: time.Second}, nil
}

// attempts is how often a query is sent by default: over a minute in all.
const attempts = 7

// At returns the address of an endpoint, such as api/v1/query.
func (c *Client) At(endpoint string) string { return c.base.JoinPath(endpoint).String() }

// Visitor takes an answer.
type Visitor interface {
	// Begin is called before every attempt; what an attempt before it brought is to be dropped.
	Begin()
	// Series takes a series. Its samples are in the order of time and valid until it returns; its error ends the query.
	Series(labels telemetry.Labels, samples []telemetry.Sample) error
}

// Range gives every series of the answer to the visitor, and returns what the server warns of. It returns [ErrTooMuch]
// for a query that is to be split, and the visitor's error if that fails.
func (c *Client) Range(ctx context.Context, q Query, v Visitor) (warnings []string, err error) {
	return c.matrix(ctx, "api/v1/query_range", url.Values{
		"query": {q.Text}, "start": {seconds(q.From)}, "end": {seconds(q.To)}, "step": {strconv.FormatFloat(q.Step.Seconds(), 'f', -1, 64)},
	}, v)
}

// Samples gives the samples of the series that a selector selects, as they are stored, to the visitor; from and to are
// included, but a server may also send some of the millisecond before. Stale markers are not among them. It returns as
// Range does.
func (c *Client) Samples(ctx context.Context, selector string, from, to time.Time, v Visitor) (warnings []string, err error) {
	window := to.UnixMilli() - from.UnixMilli() + 1
	return c.matrix(ctx, "api/v1/query", url.Values{"query": {fmt.Sprintf("%s[%dms]", selector, window)}, "time": {seconds(to)}}, v)
}

func (c *Client) matrix(ctx context.Context, endpoint string, form url.Values, v Visitor) (warnings []string, err error) {
	err = c.try(ctx, http.MethodPost, endpoint, form, v.Begin, func(body io.Reader) error {
		warnings, err = decode(body, v)
		return err
	})
	return warnings, err
}

// try sends a form until there is an answer or an error that stays, and has each answer read.
func (c *Client) try(ctx context.Context, method, endpoint string, form url.Values, begin func(), read func(io.Reader) error) error {
	for attempt := 1; ; attempt++ {
		begin()
		err := c.ask(ctx, method, endpoint, form, read)
		var passing *passingError
		if !errors.As(err, &passing) {
			return err
		}
		if passing.tried = attempt; attempt == c.set.Attempts {
			return err
		}
		if !pause.For(ctx, max(passing.after, c.pause<<(attempt-1))) {
			return ctx.Err()
		}
	}
}

func (c *Client) ask(ctx context.Context, method, endpoint string, form url.Values, read func(io.Reader) error) error {
	at, header, body := c.At(endpoint), http.Header{}, form.Encode()
	if method == http.MethodGet {
		at, body = at+"?"+body, ""
	} else {
		header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	resp, err := c.Send(ctx, method, at, header, strings.NewReader(body))
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return c.transportError(err)
	}
	defer resp.Body.Close() //nolint:errcheck // only read
	if resp.StatusCode != http.StatusOK {
		return c.refusal(resp)
	}
	err = read(resp.Body)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

// Send sends a request once, as who we are, and returns the answer whatever its status is. The caller closes its body.
func (c *Client) Send(ctx context.Context, method, at string, header http.Header, body io.Reader) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, at, body)
	if err != nil {
		return nil, err
	}
	req.Header = header
	c.set.apply(req.Header)
	return c.set.HTTP.Do(req)
}

func (a *Auth) apply(h http.Header) {
	switch {
	case a.Token != "":
		h.Set("Authorization", "Bearer "+a.Token.Reveal())
	case a.User != "" || a.Password != "":
		r := http.Request{Header: h}
		r.SetBasicAuth(a.User, a.Password.Reveal())
	}
	if a.Tenant != "" {
		h.Set("X-Scope-OrgID", a.Tenant)
	}
}

func seconds(t time.Time) string { return strconv.FormatFloat(float64(t.UnixMilli())/1000, 'f', 3, 64) }
