package scrape

import (
	"cmp"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/klauspost/compress/gzip"

	"github.com/forewarn/forewarn/shared/config"
)

const (
	accept = "application/openmetrics-text;version=1.0.0;q=0.6,text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
	// maxRedirects is how often a target may send us on, on its own host.
	maxRedirects = 3
)

// fetcher asks one target. It is not safe for concurrent use.
type fetcher struct {
	target Target
	limit  int
	client *http.Client
	gzip   *gzip.Reader
	body   body
	// stale says that certificates should be read anew: they are renewed, and a target refuses old ones in many ways.
	stale bool
}

// newFetcher reads the target's certificates; an error says which of them cannot be used.
func newFetcher(t Target, limit config.Bytes, all *Bodies) (*fetcher, error) {
	f := &fetcher{target: t, limit: int(limit), body: body{all: all}}
	if t.within != nil {
		f.client = &http.Client{Transport: t.within}
		return f, nil
	}
	tc, err := t.TLS.Config()
	if err != nil {
		return nil, fmt.Errorf("tls.%w", err)
	}
	transport := &http.Transport{
		Proxy:               nil, // targets are asked directly, whatever the environment says
		DialContext:         (&net.Dialer{Timeout: t.Timeout, KeepAlive: 30 * time.Second}).DialContext,
		TLSClientConfig:     tc,
		TLSHandshakeTimeout: t.Timeout,
		MaxIdleConns:        1,
		MaxIdleConnsPerHost: 1,
		MaxConnsPerHost:     1,
		IdleConnTimeout:     max(5*time.Minute, 2*t.Interval),
		DisableCompression:  true, // unpacked here, bounded
		ForceAttemptHTTP2:   true,
	}
	f.client = &http.Client{Transport: transport, CheckRedirect: sameHost}
	return f, nil
}

// sameHost lets a target send us on within itself only: elsewhere our credentials have no business.
func sameHost(req *http.Request, via []*http.Request) error {
	first := via[0].URL
	switch {
	case len(via) > maxRedirects:
		return fmt.Errorf("redirected more than %d times; correct the url", maxRedirects)
	case req.URL.Host != first.Host, first.Scheme == "https" && req.URL.Scheme != "https":
		return fmt.Errorf("redirected to %s://%s; set url to that if it is meant", req.URL.Scheme, req.URL.Host)
	}
	return nil
}

func (f *fetcher) close() { f.client.CloseIdleConnections() }

// release gives back the memory of a large body. It must follow each fetch, soon.
func (f *fetcher) release() { f.body.release() }

// fetch returns the answer's body, unpacked, which is valid until release, and whether it is OpenMetrics.
// Errors say what to do, and hold no part of the URL that may be secret.
func (f *fetcher) fetch(ctx context.Context) (body []byte, openMetrics bool, err error) {
	req, err := f.request(ctx)
	if err != nil {
		return nil, false, reason(err)
	}
	resp, err := f.client.Do(req)
	f.stale = req.URL.Scheme == "https" && (err != nil || resp.StatusCode != http.StatusOK)
	if err != nil {
		return nil, false, explain(ctx, f.target, reason(err))
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, false, answered(resp)
	}
	mediaType, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if mediaType == "text/html" {
		return nil, false, errors.New("answered a web page instead of metrics; correct the path of the url, often /metrics")
	}
	if body, err = f.read(ctx, resp); err != nil {
		return nil, false, explain(ctx, f.target, err)
	}
	return body, mediaType == "application/openmetrics-text", nil
}

func (f *fetcher) request(ctx context.Context) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, f.target.URL, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", accept)
	req.Header.Set("Accept-Encoding", "gzip")
	req.Header.Set("User-Agent", "forewarn-collector")
	req.Header.Set("X-Prometheus-Scrape-Timeout-Seconds", fmt.Sprint(f.target.Timeout.Seconds()))
	if f.target.BearerToken != "" {
		req.Header.Set("Authorization", "Bearer "+f.target.BearerToken.Reveal())
	} else if f.target.BasicAuth.Username != "" {
		req.SetBasicAuth(f.target.BasicAuth.Username, f.target.BasicAuth.Password.Reveal())
	}
	return req, nil
}

// read returns the body, of at most f.limit bytes.
func (f *fetcher) read(ctx context.Context, resp *http.Response) ([]byte, error) {
	var r io.Reader = resp.Body
	if strings.EqualFold(resp.Header.Get("Content-Encoding"), "gzip") {
		if f.gzip == nil {
			f.gzip = new(gzip.Reader)
		}
		if err := f.gzip.Reset(resp.Body); err != nil {
			return nil, fmt.Errorf("answered no valid gzip: %w", err)
		}
		r = f.gzip
	}
	return f.body.read(ctx, r, f.limit)
}

// answered explains a status other than 200.
func answered(resp *http.Response) error {
	remedy := "look at the target's log"
	switch resp.StatusCode {
	case http.StatusUnauthorized:
		remedy = "set basic_auth or bearer_token"
	case http.StatusForbidden:
		remedy = "allow this user to read metrics"
	case http.StatusNotFound:
		remedy = "correct the path of the url, often /metrics"
	}
	return fmt.Errorf("answered %d %s; %s", resp.StatusCode, cmp.Or(http.StatusText(resp.StatusCode), "(unknown)"), remedy)
}

// explain says what a failed connection means for the configuration.
func explain(ctx context.Context, t Target, err error) error {
	var unknown x509.UnknownAuthorityError
	var dns *net.DNSError
	switch {
	case errors.Is(err, errCrowded):
		return err
	case errors.Is(context.Cause(ctx), context.DeadlineExceeded), errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("no complete answer within %v; raise timeout, or see why the target is slow", t.Timeout)
	case errors.As(err, &unknown):
		return fmt.Errorf("%w; set tls.ca_file to the authority that signed it", err)
	case errors.As(err, &dns):
		return fmt.Errorf("%w; correct the host name of the url", err)
	}
	return err
}
