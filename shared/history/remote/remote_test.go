package remote_test

import (
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/forewarn/forewarn/shared/history/remote"
)

// TestExplain: each way in which a server is not reached has a remedy of its own.
func TestExplain(t *testing.T) {
	f := func(url string, timeout time.Duration, want string) {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := remote.Client(nil, timeout).Do(req)
		if err == nil {
			resp.Body.Close()
			t.Fatalf("%s answers", url)
		}
		if got := remote.Explain(err, "history.x", timeout).Error(); !strings.Contains(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
	}
	server := httptest.NewServer(http.RedirectHandler("http://elsewhere.invalid/", http.StatusFound))
	defer server.Close()
	f(server.URL, time.Second, "sends on to http://elsewhere.invalid/; name that address in history.x.url")
	secure := httptest.NewTLSServer(http.NotFoundHandler())
	defer secure.Close()
	f(secure.URL, time.Second, "history.x.tls.ca_file")
	f(strings.Replace(server.URL, "http:", "https:", 1), time.Second, "history.x.url is right")
	silent, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // of the test
	if err != nil {
		t.Fatal(err)
	}
	f("http://"+silent.Addr().String(), 20*time.Millisecond, "no answer within 20ms")
	if err := silent.Close(); err != nil {
		t.Fatal(err)
	}
	f("http://"+silent.Addr().String(), time.Second, "connection refused; see that it runs and that history.x.url is right")
	if plain := errors.New("odd"); !errors.Is(remote.Cause(plain), plain) {
		t.Error("an error of another kind is changed")
	}
}
