// Package remote is what the stores on other machines have in common: how a server is reached, and what is said when it
// is not.
package remote

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/forewarn/forewarn/shared/certificate"
	"github.com/forewarn/forewarn/shared/promapi"
)

// dialTimeout is how long a connection may take; what takes longer will not come.
const dialTimeout = 10 * time.Second

// watched is a transport that notes until when the server's certificate holds.
type watched struct {
	http.RoundTripper
	until *atomic.Int64 // Unix seconds, 0 if nothing is known
}

// RoundTrip does what the transport does.
func (w watched) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := w.RoundTripper.RoundTrip(r)
	if err == nil && answer.TLS != nil {
		w.until.Store(certificate.TermOf(answer.TLS.PeerCertificates, "").Until.Unix())
	}
	return answer, err
}

// CloseIdleConnections lets go of what [http.Client.CloseIdleConnections] asks to.
func (w watched) CloseIdleConnections() {
	if t, ok := w.RoundTripper.(*http.Transport); ok {
		t.CloseIdleConnections()
	}
}

// CertificateUntil returns until when the certificate holds that the server of a client of [Client] has shown last, zero if it has
// shown none yet.
func CertificateUntil(c *http.Client) time.Time {
	w, ok := c.Transport.(watched)
	if !ok || w.until.Load() == 0 {
		return time.Time{}
	}
	return time.Unix(w.until.Load(), 0)
}

// Client returns a client of one server that gives up when no answer has begun within the timeout. How long an answer may
// take is for contexts to say. It does not follow redirects, so that no secret is sent elsewhere: see [promapi.RedirectError].
func Client(trust *tls.Config, timeout time.Duration) *http.Client {
	return &http.Client{
		Transport: watched{until: &atomic.Int64{}, RoundTripper: &http.Transport{
			Proxy:                 http.ProxyFromEnvironment,
			DialContext:           (&net.Dialer{Timeout: dialTimeout}).DialContext,
			TLSClientConfig:       trust,
			TLSHandshakeTimeout:   dialTimeout,
			ResponseHeaderTimeout: timeout,
			MaxIdleConnsPerHost:   16,
			IdleConnTimeout:       time.Minute,
			ForceAttemptHTTP2:     true,
		}},
		CheckRedirect: promapi.RefuseRedirect,
	}
}

// Cause returns what is behind an error of net/http, without the address, which the caller tells.
func Cause(err error) error {
	var at *url.Error
	if errors.As(err, &at) {
		return at.Err
	}
	return err
}

// Explain says what to do about an error of the way to a server; section is that of the configuration, such as
// history.influxdb.
func Explain(err error, section string, timeout time.Duration) error {
	err = Cause(err)
	var redirect *promapi.RedirectError
	var slow net.Error
	keys := certificate.Keys{CA: section + ".tls.ca_file", Own: section + ".tls.cert_file", URL: section + ".url"}
	if told := certificate.Explain(err, keys); told != err { //nolint:errorlint // the same one comes back where there is nothing to say
		return told
	}
	switch {
	case errors.As(err, &redirect):
		return fmt.Errorf("%w; name that address in %s.url", err, section)
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &slow) && slow.Timeout():
		return fmt.Errorf("no answer within %v; see what keeps the server or the network busy, or raise %s.timeout", timeout, section)
	}
	return fmt.Errorf("%w; see that it runs and that %s.url is right", err, section)
}
