package process

import (
	"context"
	"crypto/subtle"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/forewarn/forewarn/shared/endpoint"
)

// observeConfig is the section "observe" of the configuration file: where a service that is a program of its own tells its
// health and metrics. All of one file answer under the same token and certificate, each on its own port.
type observeConfig struct {
	endpoint.Config `yaml:",inline"`
}

// Validate returns all that is wrong with c, joined.
func (c *observeConfig) Validate() error { return errors.Join(c.Problems("observe")...) }

// guard asks for the token, but for the health of the process, which a supervisor asks for, and which then is told
// in one word.
func (c *observeConfig) guard(observe http.Handler, beside http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/", beside)
	mux.Handle("/metrics", observe)
	mux.Handle("/healthz", observe)
	mux.Handle("/readyz", observe)
	if c.Token == "" {
		return mux
	}
	want := []byte("Bearer " + c.Token.Reveal())
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch probe := r.URL.Path == "/healthz" || r.URL.Path == "/readyz"; {
		case subtle.ConstantTimeCompare([]byte(r.Header.Get("Authorization")), want) == 1:
			mux.ServeHTTP(w, r)
		case probe:
			mux.ServeHTTP(&quiet{ResponseWriter: w}, r)
		default:
			w.Header().Set("WWW-Authenticate", "Bearer")
			http.Error(w, "send the token of the section observe: Authorization: Bearer <token>", http.StatusUnauthorized)
		}
	})
}

// quiet passes on the status alone: which checks there are and what they say is not for everybody.
type quiet struct{ http.ResponseWriter }

func (q *quiet) Write(p []byte) (int, error) { return len(p), nil }

// probe asks the running program whether it is ready. The error says what it answered.
func (c *observeConfig) probe(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	scheme, host := "http", c.Listen
	if c.TLS.Enabled() {
		scheme = "https"
	}
	if name, port, err := net.SplitHostPort(c.Listen); err == nil && (name == "" || net.ParseIP(name).IsUnspecified()) {
		host = net.JoinHostPort("localhost", port)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, scheme+"://"+host+"/readyz", nil)
	if err != nil {
		return fmt.Errorf("probe: %w", err)
	}
	// The certificate names the host by which others know this machine; nothing secret is sent.
	client := http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, DisableKeepAlives: true}} //nolint:gosec // see above
	answer, err := client.Do(request)
	if err != nil {
		return fmt.Errorf("probe: it does not answer: %w", err)
	}
	defer answer.Body.Close() //nolint:errcheck // read to its end
	body, err := io.ReadAll(io.LimitReader(answer.Body, 4<<10))
	if err != nil || answer.StatusCode != http.StatusOK {
		return fmt.Errorf("probe: it is not ready: %s %s", answer.Status, strings.TrimSpace(string(body)))
	}
	return nil
}
