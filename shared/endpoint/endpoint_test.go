package endpoint

import (
	"errors"
	"net"
	"strings"
	"testing"
)

const testToken = "correct-horse-battery-staple"

func TestOnlyLoopbackNeedsNoProtection(t *testing.T) {
	f := func(listen string, exposed bool) {
		t.Helper()
		open := Config{Listen: listen}
		if err := open.problem(); (err != nil) != exposed {
			t.Errorf("listen %q without protection: error %v, want one: %v", listen, err, exposed)
		} else if exposed && !strings.Contains(err.Error(), "web.token") {
			t.Errorf("listen %q: %v does not say what to do", listen, err)
		}
		half := Config{Listen: listen, Token: testToken}
		if err := half.problem(); (err != nil) != exposed {
			t.Errorf("listen %q with a token only: error %v, want one: %v", listen, err, exposed)
		}
		full := Config{Listen: listen, Token: testToken, TLS: TLS{"cert.pem", "key.pem"}}
		if err := full.problem(); err != nil {
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

func TestListenIsHostAndPort(t *testing.T) {
	f := func(listen string) {
		t.Helper()
		cfg := Config{Listen: listen}
		if err := cfg.problem(); err == nil {
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

func TestAnOccupiedPortIsSaidClearly(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	taken := Config{Listen: l.Addr().String()}
	_, err = taken.Open("web")
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
	cfg := Config{Listen: "0.0.0.0:0"}
	l, err := cfg.Open("web")
	if err == nil {
		l.Close()
		t.Fatal("an exposed address was opened")
	}
	if !strings.Contains(err.Error(), "web.token") {
		t.Errorf("%v does not say what to do", err)
	}
}

func (c *Config) problem() error { return errors.Join(c.Problems("web")...) }
