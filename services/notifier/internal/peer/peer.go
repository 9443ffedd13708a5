// Package peer posts to HTTP servers that are not ours: bounded in time and size, never redirected, and
// without a secret in any error. Whatever stands in a URL's path or query, or in a header, may be one; errors
// name scheme and host only.
package peer

import (
	"bytes"
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
	url  string
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
		url:  rawURL,
	}, nil
}

// Close closes idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Post posts a JSON body with extra query and headers. It returns the answer's body, cut at 64 KiB, if the
// status is 2xx, and a [*delivery.Error] otherwise.
func (c *Client) Post(ctx context.Context, query url.Values, header http.Header, body []byte) ([]byte, error) {
	req, err := c.request(ctx, query, header, body)
	if err != nil {
		return nil, err
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, c.failed(err)
	}
	defer resp.Body.Close()
	reply, err := io.ReadAll(io.LimitReader(resp.Body, maxReply))
	if err != nil {
		return nil, c.failed(err)
	}
	return reply, c.judge(resp)
}

func (c *Client) request(ctx context.Context, query url.Values, header http.Header, body []byte) (*http.Request, error) {
	u, err := url.Parse(c.url)
	if err != nil {
		return nil, &delivery.Error{Permanent: true, What: "the URL of " + c.base + " is not valid"}
	}
	q := u.Query()
	for k, v := range query {
		q[k] = v
	}
	u.RawQuery = q.Encode()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, u.String(), bytes.NewReader(body))
	if err != nil {
		return nil, &delivery.Error{Permanent: true, What: "no request can be made for " + c.base}
	}
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	req.Header.Set("User-Agent", "forewarn")
	for k, v := range header {
		req.Header[k] = v
	}
	return req, nil
}

// failed describes an attempt without an answer. The URL that net/http puts into its errors is left out.
func (c *Client) failed(err error) error {
	var ue *url.Error
	if errors.As(err, &ue) {
		err = ue.Err
	}
	e := &delivery.Error{What: c.base + " cannot be reached: " + err.Error(), Remedy: "check the network, the URL and the receiver"}
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

// judge says what a status means for another attempt.
func (c *Client) judge(resp *http.Response) error {
	s := resp.StatusCode
	e := &delivery.Error{What: fmt.Sprintf("%s answered with status %d", c.base, s)}
	switch {
	case s >= 200 && s < 300:
		return nil
	case s == http.StatusTooManyRequests, s == http.StatusServiceUnavailable:
		e.RetryAfter = retryAfter(resp.Header.Get("Retry-After"), time.Now())
		e.Remedy = "the receiver asks for fewer messages; lower the channel's rate_per_minute if that stays"
	case s >= 500, s == http.StatusRequestTimeout, s == http.StatusTooEarly:
		e.Remedy = "look at the receiver's log"
	case s >= 300 && s < 400:
		e.Permanent, e.Remedy = true, "redirects are not followed; configure the final URL"
	case s == http.StatusUnauthorized, s == http.StatusForbidden:
		e.Permanent, e.Remedy = true, "check the channel's secret, headers and URL"
	case s == http.StatusNotFound, s == http.StatusGone, s == http.StatusMethodNotAllowed:
		e.Permanent, e.Remedy = true, "check the channel's URL"
	default:
		e.Permanent, e.Remedy = true, "the receiver refuses this message; look at its log"
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
