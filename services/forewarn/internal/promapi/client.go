package promapi

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/forewarn/forewarn/shared/config"
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

// Client asks one server. It is safe for concurrent use.
type Client struct {
	base  *url.URL
	auth  Auth
	http  *http.Client
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
func New(address string, auth Auth) (*Client, error) {
	base, err := url.Parse(address)
	switch {
	case err != nil:
		return nil, errors.New("it is no URL; write one such as http://prometheus:9090") // err repeats what may hold a password
	case base.User != nil:
		return nil, errors.New("a user or password in a URL is seen by everybody who lists processes; set " + howToSay)
	case base.Scheme != "http" && base.Scheme != "https" || base.Host == "":
		return nil, fmt.Errorf("%q is no URL of a server; write one such as http://prometheus:9090", address)
	case base.RawQuery != "" || base.Fragment != "":
		return nil, fmt.Errorf("%q has more than an address and a path; write what comes before /api/v1", address)
	case auth.Token != "" && (auth.User != "" || auth.Password != ""):
		return nil, errors.New("both a token and a user are set; unset one of them")
	}
	base.Path = strings.TrimSuffix(strings.TrimSuffix(base.Path, "/"), "/api/v1")
	return &Client{base: base, auth: auth, pause: time.Second, http: &http.Client{
		Timeout: 5 * time.Minute,
		CheckRedirect: func(r *http.Request, _ []*http.Request) error {
			return &redirectError{r.URL.Redacted()}
		},
	}}, nil
}

// howToSay names what sets an [Auth] for people.
const howToSay = "FOREWARN_PROMETHEUS_TOKEN, or FOREWARN_PROMETHEUS_USER and FOREWARN_PROMETHEUS_PASSWORD, to the secret or to file:PATH"

// attempts is how often a query is sent at most: over a minute in all.
const attempts = 7

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
	for attempt := 1; ; attempt++ {
		v.Begin()
		warnings, err = c.ask(ctx, q, v)
		var passing *passingError
		if !errors.As(err, &passing) || attempt == attempts {
			return warnings, err
		}
		if err := sleep(ctx, max(passing.after, c.pause<<(attempt-1))); err != nil {
			return nil, err
		}
	}
}

func (c *Client) ask(ctx context.Context, q Query, v Visitor) ([]string, error) {
	form := url.Values{
		"query": {q.Text}, "start": {seconds(q.From)}, "end": {seconds(q.To)}, "step": {strconv.FormatFloat(q.Step.Seconds(), 'f', -1, 64)},
	}
	at := c.base.JoinPath("api/v1/query_range").String()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, at, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	c.auth.apply(req.Header)
	resp, err := c.http.Do(req)
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, transportError(err)
	}
	defer resp.Body.Close() //nolint:errcheck // only read
	if resp.StatusCode != http.StatusOK {
		return nil, refusal(resp, at)
	}
	warnings, err := decode(resp.Body, v)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return warnings, err
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

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
