// Package peer posts to HTTP servers that are not ours: bounded in time and size, never redirected, and
// without a secret in any error. Whatever stands in a URL's path or query, or in a header, may be one; errors
// name scheme and host only.
package peer

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"syscall"
	"time"

	"github.com/forewarn/forewarn/services/notifier/internal/delivery"
	"github.com/forewarn/forewarn/shared/config"
)

// maxReply is how much of an answer is read.
const maxReply = 64 << 10

// Client posts to one server. It is safe for concurrent use.
type Client struct {
	http *http.Client
	base string // scheme://host, for errors
	url  *url.URL
}

// New returns a client for a URL; each post takes at most timeout. It reads the files of t.
func New(rawURL string, timeout time.Duration, t config.ClientTLS) (*Client, error) {
	u, err := url.Parse(rawURL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, errors.New("url is no http or https URL")
	}
	conf, err := t.Config()
	if err != nil {
		return nil, err
	}
	tr := &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            (&net.Dialer{Timeout: timeout}).DialContext,
		TLSClientConfig:        conf,
		TLSHandshakeTimeout:    timeout,
		ResponseHeaderTimeout:  timeout,
		MaxResponseHeaderBytes: 64 << 10,
		MaxIdleConns:           2,
		IdleConnTimeout:        time.Minute,
		ForceAttemptHTTP2:      true,
	}
	return &Client{
		http: &http.Client{Transport: tr, Timeout: timeout, CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse
		}},
		base: u.Scheme + "://" + u.Host,
		url:  u,
	}, nil
}

// Close closes idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Post posts a JSON body with extra headers. A status of 2xx is acceptance, whatever becomes of the answer's body;
// after any other it returns a [*delivery.Error].
func (c *Client) Post(ctx context.Context, header http.Header, body []byte) error {
	resp, err := c.send(ctx, nil, header, body)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	io.CopyN(io.Discard, resp.Body, maxReply) //nolint:errcheck // read only so that the connection can serve again
	return nil
}

// Ask posts a JSON body with extra query. It returns the answer's body, cut at 64 KiB, if the status is 2xx and the
// body came whole, and a [*delivery.Error] otherwise.
func (c *Client) Ask(ctx context.Context, query url.Values, body []byte) ([]byte, error) {
	resp, err := c.send(ctx, query, nil, body)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	reply, err := io.ReadAll(io.LimitReader(resp.Body, maxReply))
	if err != nil {
		return nil, c.failed(err)
	}
	return reply, nil
}

// Request is one call of an API that has more than one address.
type Request struct {
	Method string // "" is POST
	// Path is appended to the client's URL, Query added to its own; RawQuery takes the place of both queries, as it is.
	Path     string
	Query    url.Values
	RawQuery string
	// Header is sent beside our own, whose Content-Type is that of JSON for a body unless it says otherwise.
	Header http.Header
	Body   []byte
}

// Reply is an answer of any status. Body is cut at 64 KiB.
type Reply struct {
	Status int
	Header http.Header
	Body   []byte
}

// Call makes one request and returns its answer whole, whatever its status, or a [*delivery.Error] if there was none. It is for APIs
// that say in the body what became of a call, whatever the status; [Client.Judge] says what a status alone means.
func (c *Client) Call(ctx context.Context, r Request) (Reply, error) {
	req, err := c.build(ctx, r)
	if err != nil {
		return Reply{}, err
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return Reply{}, c.failed(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxReply))
	if err != nil {
		return Reply{}, c.failed(err)
	}
	return Reply{Status: resp.StatusCode, Header: resp.Header, Body: body}, nil
}

// URL returns the client's URL, the caller's own, with the secrets that it may hold.
func (c *Client) URL() *url.URL {
	u := *c.url
	return &u
}

// Host returns the host of the client's URL, with the port if it has one.
func (c *Client) Host() string { return c.url.Host }

// Judge returns nil if the status is 2xx and a [*delivery.Error] otherwise.
func (c *Client) Judge(r Reply) error { return c.judge(r.Status, r.Header) }

// send returns an answer of status 2xx, whose body the caller closes.
func (c *Client) send(ctx context.Context, query url.Values, header http.Header, body []byte) (*http.Response, error) {
	req, err := c.build(ctx, Request{Query: query, Header: header, Body: body})
	if err != nil {
		return nil, err
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, c.failed(err)
	}
	if err := c.judge(resp.StatusCode, resp.Header); err != nil {
		resp.Body.Close() //nolint:errcheck // nobody reads it
		return nil, err
	}
	return resp, nil
}

func (c *Client) build(ctx context.Context, r Request) (*http.Request, error) {
	u := c.URL()
	if r.Path != "" {
		u = u.JoinPath(r.Path)
	}
	if len(r.Query) > 0 { // otherwise the query stays as it was written: some tokens are not encoded the usual way
		q := u.Query()
		for k, v := range r.Query {
			q[k] = v
		}
		u.RawQuery = q.Encode()
	}
	if r.RawQuery != "" {
		u.RawQuery = r.RawQuery
	}
	req, err := http.NewRequestWithContext(ctx, cmp.Or(r.Method, http.MethodPost), u.String(), bytes.NewReader(r.Body))
	if err != nil {
		return nil, &delivery.Error{Permanent: true, What: "no request can be made for " + c.base}
	}
	if len(r.Body) > 0 {
		req.Header.Set("Content-Type", "application/json; charset=utf-8")
	}
	req.Header.Set("User-Agent", "forewarn")
	for k, v := range r.Header {
		req.Header[k] = v
	}
	return req, nil
}

// failed describes an attempt without an answer.
func (c *Client) failed(err error) error {
	e := &delivery.Error{What: c.base + " " + cause(err), Remedy: "check the network, the URL and the receiver"}
	var bad *tls.CertificateVerificationError
	switch {
	case errors.As(err, &bad):
		e.Remedy = "check the receiver's certificate, or name the CA that signed it with ca_file"
	case errors.Is(err, context.DeadlineExceeded) || os.IsTimeout(err):
		e.What = c.base + " did not answer in time"
		e.Remedy = "check the receiver's load, or raise the channel's timeout"
	}
	return e
}

// cause says what became of an attempt. Only errors whose words are known are quoted: those of net/http hold the URL,
// and may hold what the peer sent, which may be our own request with its secrets.
func cause(err error) string {
	var (
		bad   *tls.CertificateVerificationError
		dns   *net.DNSError
		op    *net.OpError
		errno syscall.Errno
	)
	switch {
	case errors.As(err, &bad):
		return "cannot be reached: " + bad.Error()
	case errors.As(err, &dns):
		return "cannot be reached: " + dns.Error()
	case errors.As(err, &op) && (op.Op != "proxyconnect" || errors.As(err, &errno)):
		return "cannot be reached: " + op.Error()
	case op != nil: // with the proxy's own words
		return "cannot be reached: the proxy does not connect to it"
	case errors.Is(err, http.ErrSchemeMismatch):
		return "cannot be reached: it speaks HTTP where the URL says https"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "closed the connection before its answer was whole"
	case errors.Is(err, context.Canceled):
		return "was not waited for any longer"
	}
	return "sent something that is no HTTP answer"
}

// judge says what a status means for another attempt.
func (c *Client) judge(s int, header http.Header) error {
	e := &delivery.Error{What: fmt.Sprintf("%s answered with status %d", c.base, s)}
	switch {
	case s >= 200 && s < 300:
		return nil
	case s == http.StatusTooManyRequests, s == http.StatusServiceUnavailable:
		e.RetryAfter = retryAfter(header.Get("Retry-After"), time.Now())
		e.Remedy = "the receiver asks for fewer messages; lower the channel's rate_per_minute if that stays"
	case s >= 500, s == http.StatusRequestTimeout, s == http.StatusTooEarly:
		e.Remedy = "look at the receiver's log"
	case s == http.StatusBadRequest, s == http.StatusRequestEntityTooLarge, s == http.StatusUnprocessableEntity:
		e.Permanent, e.Remedy = true, "the receiver refuses this message; look at its log"
	case s >= 300 && s < 400:
		e.Channel, e.Remedy = true, "redirects are not followed; configure the final URL"
	case s == http.StatusUnauthorized, s == http.StatusForbidden:
		e.Channel, e.Remedy = true, "check the channel's secret, headers and URL"
	default:
		e.Channel, e.Remedy = true, "check the channel's URL"
	}
	return e
}

// retryAfter reads the header of that name: seconds or a date; at most an hour; 0 if it is neither or in the past.
func retryAfter(v string, now time.Time) time.Duration {
	const most = time.Hour
	if n, err := strconv.ParseUint(v, 10, 31); err == nil {
		return min(time.Duration(n)*time.Second, most)
	}
	if t, err := http.ParseTime(v); err == nil {
		return min(max(t.Sub(now), 0), most)
	}
	return 0
}
