package console

import (
	"net"
	"strings"
	"testing"

	"github.com/forewarn/forewarn/shared/config"
)

const testToken = "correct-horse-battery-staple"

func TestDefaultConfigIsValid(t *testing.T) {
	cfg := DefaultConfig()
	if err := cfg.Validate(); err != nil {
		t.Fatal(err)
	}
}

func TestOnlyLoopbackNeedsNoProtection(t *testing.T) {
	f := func(listen string, exposed bool) {
		t.Helper()
		open := Config{Listen: listen}
		if err := open.Validate(); (err != nil) != exposed {
			t.Errorf("listen %q without protection: error %v, want one: %v", listen, err, exposed)
		} else if exposed && !strings.Contains(err.Error(), "console.token") {
			t.Errorf("listen %q: %v does not say what to do", listen, err)
		}
		half := Config{Listen: listen, Token: testToken}
		if err := half.Validate(); (err != nil) != exposed {
			t.Errorf("listen %q with a token only: error %v, want one: %v", listen, err, exposed)
		}
		full := Config{Listen: listen, Token: testToken, TLS: TLS{"cert.pem", "key.pem"}}
		if err := full.Validate(); err != nil {
			t.Errorf("listen %q with both: %v", listen, err)
		}
	}
	f("127.0.0.1:8686", false)
	f("127.9.8.7:0", false)
	f("localhost:8686", false)
	f("LocalHost.:8686", false)
	f("[::1]:8686", false)
	f("[::ffff:127.0.0.1]:8686", false)
	f(":8686", true)
	f("0.0.0.0:8686", true)
	f("[::]:8686", true)
	f("10.0.0.5:8686", true)
	f("erp-01:8686", true)
	f("localhost.example.com:8686", true)
	f("127.0.0.1.example.com:8686", true)
	f("[fe80::1%eth0]:8686", true)
	f("2130706433:8686", true) // 127.0.0.1 to some resolvers, and a name to others
}

func TestValidateTellsEverythingAtOnce(t *testing.T) {
	cfg := Config{Listen: "0.0.0.0:8686", Token: "short secret", TLS: TLS{CertFile: "cert.pem"}, ExternalURL: "ftp://u:p@host/x"}
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

func TestListenIsHostAndPort(t *testing.T) {
	f := func(listen string) {
		t.Helper()
		cfg := Config{Listen: listen}
		if err := cfg.Validate(); err == nil {
			t.Errorf("listen %q is accepted", listen)
		}
	}
	f("")
	f("8686")
	f("127.0.0.1")
	f("127.0.0.1:http")
	f("127.0.0.1:65536")
	f("127.0.0.1:-1")
	f("127.0.0.1:+80")
	f("::1:8686")
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

func TestAnOccupiedPortIsSaidClearly(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, err = Listen(Config{Listen: l.Addr().String()})
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{l.Addr().String(), "--listen", "in use"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q does not say %q", err, want)
		}
	}
}

func TestListenLooksAtTheBoundAddress(t *testing.T) {
	l, err := Listen(Config{Listen: "0.0.0.0:0"})
	if err == nil {
		l.Close()
		t.Fatal("an exposed address was opened")
	}
	if !strings.Contains(err.Error(), "console.token") {
		t.Errorf("%v does not say what to do", err)
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
	if got := URL(Config{TLS: TLS{"c", "k"}}, l); !strings.HasPrefix(got, "https://127.0.0.1:") {
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
