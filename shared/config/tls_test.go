package config_test

import (
	"crypto/tls"
	"encoding/pem"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/forewarn/forewarn/shared/config"
)

func TestClientTLSTrustsByFile(t *testing.T) {
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "ok") })) //nolint:errcheck // test
	s.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
	s.StartTLS()
	t.Cleanup(s.Close)
	ca := filepath.Join(t.TempDir(), "ca.pem")
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
	if err := os.WriteFile(ca, block, 0o600); err != nil {
		t.Fatal(err)
	}
	f := func(name string, c config.ClientTLS, trusts bool) {
		t.Helper()
		conf, err := c.Config()
		if err != nil {
			t.Fatal(err)
		}
		transport := &http.Transport{TLSClientConfig: conf}
		defer transport.CloseIdleConnections()
		resp, err := (&http.Client{Transport: transport}).Get(s.URL)
		if err == nil {
			resp.Body.Close() //nolint:errcheck // test
		}
		if (err == nil) != trusts {
			t.Errorf("%s: error = %v, trusts want %v", name, err, trusts)
		}
	}
	f("the system's authorities", config.ClientTLS{}, false)
	f("the authority of the file", config.ClientTLS{CAFile: ca}, true)
	f("another name", config.ClientTLS{CAFile: ca, ServerName: "erp.invalid"}, false)
	f("anybody", config.ClientTLS{InsecureSkipVerify: true}, true)
}

func TestClientTLSSaysWhatIsWrong(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "empty.pem")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	f := func(c config.ClientTLS, key string) {
		t.Helper()
		if _, err := c.Config(); err == nil || !strings.HasPrefix(err.Error(), key+":") {
			t.Errorf("Config of %+v = %v, want an error of %s", c, err, key)
		}
	}
	f(config.ClientTLS{CAFile: "/does/not/exist"}, "ca_file")
	f(config.ClientTLS{CAFile: empty}, "ca_file")
	f(config.ClientTLS{CertFile: empty, KeyFile: empty}, "cert_file")
	f(config.ClientTLS{CertFile: empty}, "cert_file")
	f(config.ClientTLS{KeyFile: empty}, "cert_file")

	errs := config.ClientTLS{CAFile: "/does/not/exist", KeyFile: empty}.Problems("tls.")
	if len(errs) != 2 || !strings.HasPrefix(errs[0].Error(), "tls.ca_file:") || !strings.HasPrefix(errs[1].Error(), "tls.cert_file:") {
		t.Errorf("Problems = %v, want the missing file and the missing certificate", errs)
	}
	if errs := (config.ClientTLS{CAFile: empty}).Problems("tls."); len(errs) != 0 {
		t.Errorf("Problems = %v, want none", errs)
	}
}
