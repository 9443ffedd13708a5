package console

import (
	"strings"
	"testing"

	"github.com/forewarn/forewarn/shared/config"
	"github.com/forewarn/forewarn/shared/endpoint"
)

const testToken = "correct-horse-battery-staple"

func TestDefaultConfigIsValid(t *testing.T) {
	cfg := DefaultConfig()
	if err := cfg.Validate(); err != nil {
		t.Fatal(err)
	}
}

func TestValidateTellsEverythingAtOnce(t *testing.T) {
	cfg := Config{
		Config:      endpoint.Config{Listen: "0.0.0.0:8686", Token: "short secret", TLS: endpoint.TLS{CertFile: "cert.pem"}},
		ExternalURL: "ftp://u:p@host/x",
	}
	err := cfg.Validate()
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{"listen: ", "token: 12 characters", "tls: ", "external_url: ", "token: holds white space"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not told in:\n%v", want, err)
		}
	}
	for _, secret := range []string{"short secret", "u:p"} {
		if strings.Contains(err.Error(), secret) {
			t.Errorf("the error shows %q", secret)
		}
	}
}

func TestExternalURL(t *testing.T) {
	f := func(url string, ok bool) {
		t.Helper()
		cfg := DefaultConfig()
		cfg.ExternalURL = url
		if err := cfg.Validate(); (err == nil) != ok {
			t.Errorf("external_url %q: error %v, want none: %v", url, err, ok)
		}
	}
	f("https://forewarn.example.com", true)
	f("https://forewarn.example.com:8443/", true)
	f("http://10.0.0.1", true)
	f("forewarn.example.com", false)
	f("https://forewarn.example.com/ops", false)
	f("https://user@forewarn.example.com", false)
	f("https://forewarn.example.com/?x=1", false)
	f("https://", false)
	f("javascript:alert(1)", false)
}

func TestConfigIsReadFromFileAndEnvironment(t *testing.T) {
	cfg := DefaultConfig()
	err := config.Load([]byte("console:\n  listen: 127.0.0.1:0\n  tls: {cert_file: a, key_file: b}\n"),
		[]string{"FOREWARN_CONSOLE_TOKEN=" + testToken, "FOREWARN_CONSOLE_TLS_KEY_FILE=c"}, config.Section{Name: "console", Into: &cfg})
	if err != nil {
		t.Fatal(err)
	}
	if cfg.Listen != "127.0.0.1:0" || cfg.TLS.KeyFile != "c" || cfg.Token.Reveal() != testToken {
		t.Errorf("read %+v", cfg)
	}
}

func TestURL(t *testing.T) {
	l, err := Listen(freePort())
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if got, want := URL(freePort(), l), "http://"+l.Addr().String()+"/"; got != want {
		t.Errorf("URL = %q, want %q", got, want)
	}
	if got := URL(Config{Config: endpoint.Config{TLS: endpoint.TLS{CertFile: "c", KeyFile: "k"}}}, l); !strings.HasPrefix(got, "https://127.0.0.1:") {
		t.Errorf("with TLS: URL = %q", got)
	}
	if got := URL(Config{ExternalURL: "https://f.example"}, l); got != "https://f.example" {
		t.Errorf("with an external address: URL = %q", got)
	}
}

// freePort is the default configuration on a free port.
func freePort() Config {
	cfg := DefaultConfig()
	cfg.Listen = "127.0.0.1:0"
	return cfg
}
