package console

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/forewarn/forewarn/shared/config"
	"github.com/forewarn/forewarn/shared/endpoint"
	"github.com/forewarn/forewarn/shared/obs"
	"github.com/forewarn/forewarn/shared/signal"
)

func withToken(c *Config, _ *Settings) { c.Token = config.Secret(testToken) }

func TestEveryAnswerCarriesTheHeaders(t *testing.T) {
	f := start(t, nil, nil)
	for _, path := range []string{"/", "/incidents/x", "/nothing", "/static/console.css", "/static/", "/api/v1/signals", "/api/v1/x", "/healthz", "/metrics"} {
		resp, _ := f.get(path)
		checkHeaders(t, path, resp)
	}
	resp, _ := f.get("/", "Host", "evil.example", "Accept", "text/html")
	if resp.StatusCode != http.StatusMisdirectedRequest {
		t.Errorf("foreign host: status %d, want 421", resp.StatusCode)
	}
	checkHeaders(t, "foreign host", resp)
}

func checkHeaders(t *testing.T, what string, resp *http.Response) {
	t.Helper()
	for name, want := range map[string]string{
		"Content-Security-Policy":    "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
		"X-Content-Type-Options":     "nosniff",
		"Referrer-Policy":            "no-referrer",
		"Cross-Origin-Opener-Policy": "same-origin",
	} {
		if got := resp.Header.Get(name); got != want {
			t.Errorf("%s: %s is %q, want %q", what, name, got, want)
		}
	}
}

func TestNothingWithoutTheToken(t *testing.T) {
	f := start(t, nil, nil, withToken)
	for _, path := range []string{"/", "/incidents/x", "/api/v1/signals", "/api/v1/health", "/api/", "/metrics", "/nothing"} {
		if resp, body := f.get(path); resp.StatusCode != http.StatusUnauthorized || strings.Contains(body, "forewarn_") {
			t.Errorf("%s without token: status %d, want 401", path, resp.StatusCode)
		}
		if resp, _ := f.get(path, "Authorization", "Bearer "+testToken); resp.StatusCode == http.StatusUnauthorized {
			t.Errorf("%s with token: status 401", path)
		}
	}
	if resp, _ := f.get("/api/v1/health"); resp.Header.Get("WWW-Authenticate") == "" {
		t.Error("a 401 does not say how to authenticate")
	}
}

func TestHealthIsDiscreet(t *testing.T) {
	f := start(t, nil, nil, withToken)
	f.Health.Set("bus/secret-detail", obs.Failed, "details")
	for path, want := range map[string]struct {
		status int
		body   string
	}{"/healthz": {http.StatusOK, "ok\n"}, "/readyz": {http.StatusServiceUnavailable, "not ok\n"}} {
		resp, body := f.get(path)
		if resp.StatusCode != want.status || body != want.body {
			t.Errorf("%s without token: %d %q", path, resp.StatusCode, body)
		}
		if _, body := f.get(path, "Authorization", "Bearer "+testToken); !strings.Contains(body, "secret-detail") {
			t.Errorf("%s with token has no details: %q", path, body)
		}
	}
}

func TestLoginAndLogout(t *testing.T) {
	f := start(t, []signal.State{volume("erp-01", "/u01", 0.5, 0)}, nil, withToken)
	resp, body := f.get("/?q=u01", "Accept", "text/html")
	if resp.StatusCode != http.StatusUnauthorized || !strings.Contains(body, `name="token"`) || !strings.Contains(body, `value="/?q=u01"`) {
		t.Fatalf("no login form: %d %s", resp.StatusCode, body)
	}
	login := func(token, next string) *http.Response {
		form := url.Values{"token": {token}, "next": {next}}
		resp, _ := f.do("POST", "/login", strings.NewReader(form.Encode()),
			"Content-Type", "application/x-www-form-urlencoded", "Accept", "text/html", "Sec-Fetch-Site", "same-origin")
		return resp
	}
	if resp := login("wrong", "/"); resp.StatusCode != http.StatusUnauthorized || len(resp.Cookies()) != 0 {
		t.Errorf("wrong token: status %d, cookies %v", resp.StatusCode, resp.Cookies())
	}
	resp = login(testToken, "/?q=u01")
	if resp.StatusCode != http.StatusSeeOther || resp.Header.Get("Location") != "/?q=u01" || len(resp.Cookies()) != 1 {
		t.Fatalf("login: status %d to %q, cookies %v", resp.StatusCode, resp.Header.Get("Location"), resp.Cookies())
	}
	cookie := resp.Cookies()[0]
	resp, body = f.get("/", "Cookie", cookie.Name+"="+cookie.Value)
	if resp.StatusCode != http.StatusOK || !strings.Contains(body, "/u01 on erp-01") || !strings.Contains(body, "/logout") {
		t.Errorf("with the session: status %d", resp.StatusCode)
	}
	for _, next := range []string{"https://evil.example/", "//evil.example", "/\\evil.example", "evil", ""} {
		if got := login(testToken, next).Header.Get("Location"); got != "/" {
			t.Errorf("next %q leads to %q", next, got)
		}
	}
	resp, _ = f.do("POST", "/logout", nil, "Cookie", cookie.Name+"="+cookie.Value)
	if c := resp.Cookies(); len(c) != 1 || c[0].MaxAge >= 0 {
		t.Errorf("logout leaves the cookie: %v", c)
	}
	if resp, _ := f.do("POST", "/login", strings.NewReader("token="+testToken), "Sec-Fetch-Site", "cross-site"); resp.StatusCode != http.StatusForbidden {
		t.Errorf("login from another site: status %d, want 403", resp.StatusCode)
	}
}

func TestGuessingIsLimited(t *testing.T) {
	f := start(t, nil, nil, withToken)
	for range 10 {
		f.get("/api/v1/health", "Authorization", "Bearer guess")
	}
	resp, body := f.get("/api/v1/health", "Authorization", "Bearer "+testToken)
	if resp.StatusCode != http.StatusTooManyRequests || resp.Header.Get("Retry-After") == "" || !strings.Contains(body, "too_many_failures") {
		t.Errorf("after ten guesses: %d %q", resp.StatusCode, body)
	}
}

func TestALinkFromAChatFindsTheSession(t *testing.T) {
	f := start(t, nil, nil, withToken)
	resp, body := f.get("/", "Accept", "text/html", "Sec-Fetch-Site", "cross-site")
	if resp.StatusCode != http.StatusOK || resp.Header.Get("Refresh") != "0" || strings.Contains(body, `name="token"`) {
		t.Errorf("first request: %d, Refresh %q", resp.StatusCode, resp.Header.Get("Refresh"))
	}
	if resp, _ := f.get("/", "Accept", "text/html", "Sec-Fetch-Site", "same-origin"); resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("second request: %d, want the login form", resp.StatusCode)
	}
}

func TestTLS(t *testing.T) {
	dir := t.TempDir()
	pool := writeCertificate(t, dir)
	f := start(t, nil, nil, withToken, func(c *Config, _ *Settings) {
		c.TLS = endpoint.TLS{CertFile: filepath.Join(dir, "cert.pem"), KeyFile: filepath.Join(dir, "key.pem")}
	})
	client := http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, DisableKeepAlives: true}}
	resp, err := client.PostForm(f.URL+"/login", url.Values{"token": {testToken}, "next": {"/api/v1/health"}})
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	// The client has no cookie jar, so that the page after the redirect refuses it.
	if resp.Request.URL.Path != "/api/v1/health" || resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("after login: %s, status %d", resp.Request.URL, resp.StatusCode)
	}
	if c := resp.Request.Response.Cookies(); len(c) != 1 || !c[0].Secure || !c[0].HttpOnly {
		t.Errorf("cookie under TLS: %v", c)
	}
}

func TestAWrongCertificateStopsTheStart(t *testing.T) {
	cfg := freePort()
	cfg.TLS = endpoint.TLS{CertFile: "/does/not/exist.pem", KeyFile: "/does/not/exist.key"}
	if _, err := cfg.ServerTLS(check); err == nil || !strings.Contains(err.Error(), "/does/not/exist.pem") {
		t.Errorf("error %v does not name the file", err)
	}
}

// writeCertificate makes a certificate for 127.0.0.1 and returns the pool that trusts it.
func writeCertificate(t *testing.T, dir string) *x509.CertPool {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	certPEM := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	for name, data := range map[string][]byte{"cert.pem": certPEM, "key.pem": pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER})} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(certPEM)
	return pool
}
