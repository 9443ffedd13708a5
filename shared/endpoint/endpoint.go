// Package endpoint is where a program answers over HTTP: its address, what protects it, and its stop. An address
// that other machines can reach needs both TLS and a token; that is looked at in the configuration and again when the address is
// bound, since a name may resolve to anything.
package endpoint

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"syscall"
	"unicode/utf8"

	"github.com/forewarn/forewarn/shared/config"
)

// MinTokenLength is the length in characters below which an access token is refused.
const MinTokenLength = 16

// Config is the part of a configuration section that says where to answer.
type Config struct {
	// Listen is the host:port that is answered on; port 0 takes a free one.
	Listen string `yaml:"listen" env:"LISTEN"`
	// TLS makes it answer https only.
	TLS TLS `yaml:"tls" envPrefix:"TLS_"`
	// Token is what people and programs must present; empty asks for none, which only loopback may.
	Token config.Secret `yaml:"token" env:"TOKEN"`
}

// TLS names the server's certificate chain and its private key, both PEM.
type TLS struct {
	CertFile string `yaml:"cert_file" env:"CERT_FILE"`
	KeyFile  string `yaml:"key_file" env:"KEY_FILE"`
}

// Enabled reports whether both files are named.
func (t TLS) Enabled() bool { return t.CertFile != "" && t.KeyFile != "" }

// Problems returns all that is wrong with c, which is of the section of that name. It looks nothing up: a name other than
// localhost counts as reachable from outside.
func (c *Config) Problems(section string) (errs []error) {
	host, err := c.host()
	if err != nil {
		errs = append(errs, err)
	} else if !loopbackHost(host) && !c.protected() {
		errs = append(errs, c.exposed(section, c.Listen))
	}
	if (c.TLS.CertFile == "") != (c.TLS.KeyFile == "") {
		errs = append(errs, errors.New("tls: cert_file and key_file belong together; set both or neither"))
	}
	if c.Token != "" {
		if err := CheckToken(c.Token); err != nil {
			errs = append(errs, err)
		}
	}
	return errs
}

// CheckToken returns what is wrong with an access token, in the form "token: …": too short to be safe, or what no HTTP header could carry,
// which would lock everybody out.
func CheckToken(token config.Secret) (err error) {
	if n := utf8.RuneCountInString(token.Reveal()); n < MinTokenLength {
		err = fmt.Errorf("token: %d characters are too few; use at least %d random ones, such as `openssl rand -hex 24` prints", n, MinTokenLength)
	}
	for _, r := range token.Reveal() {
		if r <= ' ' || r >= 0x7f {
			return errors.Join(err, errors.New("token: holds white space or characters outside ASCII, which a header cannot carry; use letters and digits"))
		}
	}
	return err
}

// host returns the host part of Listen.
func (c *Config) host() (string, error) {
	host, port, err := net.SplitHostPort(c.Listen)
	if err != nil {
		return "", fmt.Errorf("listen: %q is no host:port (%w); write for example 127.0.0.1:8686", c.Listen, err)
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || strconv.FormatUint(n, 10) != port {
		return "", fmt.Errorf("listen: %q has no port between 0 and 65535; write for example 127.0.0.1:8686", c.Listen)
	}
	return host, nil
}

// protected reports whether c may be reached from outside this machine.
func (c *Config) protected() bool { return c.TLS.Enabled() && c.Token != "" }

// exposed explains why address is refused.
func (c *Config) exposed(section, address string) error {
	return fmt.Errorf("listen: %s can be reached from other machines, which needs both TLS and a token; "+
		"set %[2]s.tls.cert_file, %[2]s.tls.key_file and %[2]s.token, or listen on 127.0.0.1", address, section)
}

// Open binds the address, so that it is known before anything else starts. It is plain TCP; [Server] adds TLS. The
// error names the address and what to do.
func (c *Config) Open(section string) (net.Listener, error) {
	l, err := net.Listen("tcp", c.Listen)
	switch {
	case err == nil:
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("%s: %s is in use by another program (or another Forewarn); stop that one, "+
			"or choose another address with --listen or %[1]s.listen, such as 127.0.0.1:0 for any free port: %[3]w", section, c.Listen, err)
	case errors.Is(err, syscall.EACCES):
		return nil, fmt.Errorf("%s: this user may not listen on %s; choose a port above 1023 with --listen or %[1]s.listen: %[3]w", section, c.Listen, err)
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return nil, fmt.Errorf("%s: %s is no address of this machine; correct --listen or %[1]s.listen: %[3]w", section, c.Listen, err)
	default:
		return nil, fmt.Errorf("%s: cannot listen on %s; correct --listen or %[1]s.listen: %[3]w", section, c.Listen, err)
	}
	return c.Check(section, l)
}

// Check returns l, or closes it and says why, if other machines can reach it and nothing protects it.
func (c *Config) Check(section string, l net.Listener) (net.Listener, error) {
	if Local(l.Addr()) || c.protected() {
		return l, nil
	}
	l.Close() //nolint:errcheck // nothing was accepted
	return nil, fmt.Errorf("%s: %w", section, c.exposed(section, l.Addr().String()))
}

// URL returns where l is reached on this machine.
func (c *Config) URL(l net.Listener) string {
	scheme := "http"
	if c.TLS.Enabled() {
		scheme = "https"
	}
	host := l.Addr().String()
	if ap, err := netip.ParseAddrPort(host); err == nil && ap.Addr().IsUnspecified() {
		host = net.JoinHostPort("localhost", strconv.Itoa(int(ap.Port())))
	}
	return scheme + "://" + host + "/"
}

// ServerTLS loads the certificate, so that a wrong file stops the start; nil without one. Renewed files are taken up.
func (c *Config) ServerTLS(section string) (*tls.Config, error) {
	if !c.TLS.Enabled() {
		return nil, nil
	}
	certs, err := newCertificate(c.TLS)
	if err != nil {
		return nil, fmt.Errorf("%s.tls: %w", section, err)
	}
	return &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: certs.get}, nil
}

// Local reports whether only this machine can reach the address.
func Local(a net.Addr) bool {
	ap, err := netip.ParseAddrPort(a.String())
	return err == nil && ap.Addr().Unmap().IsLoopback()
}

// loopbackHost reports whether host can only mean this machine. An empty host means every interface.
func loopbackHost(host string) bool {
	if strings.EqualFold(strings.TrimSuffix(host, "."), "localhost") { // which RFC 6761 reserves
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}
