package peer

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/url"

	"github.com/forewarn/forewarn/services/notifier/internal/delivery"
)

// Request is one of which all is said, for servers with rules of their own.
type Request struct {
	Method string
	// Query is sent as it is; "" keeps that of the client's URL.
	Query  string
	Header http.Header
	Body   []byte
}

// Reply is what a server answered, of whatever status.
type Reply struct {
	Status int
	Header http.Header
	Body   []byte // cut at 64 KiB
}

// Exchange sends r and returns the answer, of whatever status. It returns a [*delivery.Error] if none came, or not whole.
func (c *Client) Exchange(ctx context.Context, r Request) (*Reply, error) {
	u, err := url.Parse(c.url)
	if err != nil {
		return nil, &delivery.Error{Channel: true, What: "the URL of " + c.base + " is not valid", Remedy: "correct it"}
	}
	if r.Query != "" {
		u.RawQuery = r.Query
	}
	req, err := http.NewRequestWithContext(ctx, r.Method, u.String(), bytes.NewReader(r.Body))
	if err != nil {
		return nil, &delivery.Error{Channel: true, What: "no request can be made for " + c.base, Remedy: "correct method and URL"}
	}
	req.Header.Set("User-Agent", "forewarn")
	for k, v := range r.Header {
		req.Header[k] = v
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, c.failed(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxReply))
	if err != nil {
		return nil, c.failed(err)
	}
	return &Reply{Status: resp.StatusCode, Header: resp.Header, Body: body}, nil
}

// Refusal returns what the status of an answer means for another attempt, nil if it is 2xx.
func (c *Client) Refusal(r *Reply) error {
	return c.judge(&http.Response{StatusCode: r.Status, Header: r.Header})
}

// Host returns the host of the client's URL, with the port if it has one.
func (c *Client) Host() string {
	u, err := url.Parse(c.url)
	if err != nil {
		return ""
	}
	return u.Host
}
