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
	"time"

	"github.com/forewarn/forewarn/shared/promapi"
)

// dialTimeout is how long a connection may take; what takes longer will not come.
const dialTimeout = 10 * time.Second

// Client returns a client of one server that gives up when no answer has begun within the timeout. How long an answer may
// take is for contexts to say. It does not follow redirects, so that no secret is sent elsewhere: see [promapi.RedirectError].
func Client(trust *tls.Config, timeout time.Duration) *http.Client {
	return &http.Client{
		Transport: &http.Transport{
			Proxy:                 http.ProxyFromEnvironment,
			DialContext:           (&net.Dialer{Timeout: dialTimeout}).DialContext,
			TLSClientConfig:       trust,
			TLSHandshakeTimeout:   dialTimeout,
			ResponseHeaderTimeout: timeout,
			MaxIdleConnsPerHost:   16,
			IdleConnTimeout:       time.Minute,
			ForceAttemptHTTP2:     true,
		},
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
	var certificate *tls.CertificateVerificationError
	var slow net.Error
	switch {
	case errors.As(err, &redirect):
		return fmt.Errorf("%w; name that address in %s.url", err, section)
	case errors.As(err, &certificate):
		return fmt.Errorf("%w; name its authority in %s.tls.ca_file", err, section)
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &slow) && slow.Timeout():
		return fmt.Errorf("no answer within %v; see what keeps the server or the network busy, or raise %s.timeout", timeout, section)
	}
	return fmt.Errorf("%w; see that it runs and that %s.url is right", err, section)
}
