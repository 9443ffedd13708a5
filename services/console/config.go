package console

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/forewarn/forewarn/shared/config"
)

// MinTokenLength is the length in characters below which an access token is refused.
const MinTokenLength = 16

// Config is the section "console" of the configuration file.
type Config struct {
	// Listen is the host:port that the console answers on; port 0 takes a free one.
	Listen string `yaml:"listen" env:"LISTEN"`
	// TLS makes the console answer https only.
	TLS TLS `yaml:"tls" envPrefix:"TLS_"`
	// Token is what people and programs must present; empty asks for none, which only loopback may.
	Token config.Secret `yaml:"token" env:"TOKEN"`
	// ExternalURL is where people reach the console, when that is not the listening address.
	ExternalURL string `yaml:"external_url" env:"EXTERNAL_URL"`
}

// TLS names the server's certificate chain and its private key, both PEM.
type TLS struct {
	CertFile string `yaml:"cert_file" env:"CERT_FILE"`
	KeyFile  string `yaml:"key_file" env:"KEY_FILE"`
}

// Enabled reports whether both files are named.
func (t TLS) Enabled() bool { return t.CertFile != "" && t.KeyFile != "" }

// DefaultConfig listens on this machine only, without a token.
func DefaultConfig() Config { return Config{Listen: "127.0.0.1:8686"} }

// Validate returns all that is wrong with c, joined. It looks nothing up: a name other than localhost counts
// as reachable from outside, and [Run] looks again at the address that was really bound.
func (c *Config) Validate() error {
	var errs []error
	host, err := c.host()
	if err != nil {
		errs = append(errs, err)
	} else if !loopbackHost(host) && !c.protected() {
		errs = append(errs, c.exposed(c.Listen))
	}
	if (c.TLS.CertFile == "") != (c.TLS.KeyFile == "") {
		errs = append(errs, errors.New("tls: cert_file and key_file belong together; set both or neither"))
	}
	if n := utf8.RuneCountInString(c.Token.Reveal()); c.Token != "" && n < MinTokenLength {
		errs = append(errs, fmt.Errorf("token: %d characters are too few; use at least %d random ones, such as `openssl rand -hex 24` prints",
			n, MinTokenLength))
	}
	if err := c.checkToken(); err != nil {
		errs = append(errs, err)
	}
	if _, err := c.external(); err != nil {
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// checkToken refuses what no HTTP header could carry, which would lock everybody out.
func (c *Config) checkToken() error {
	for _, r := range c.Token.Reveal() {
		if r <= ' ' || r >= 0x7f {
			return errors.New("token: holds white space or characters outside ASCII, which a header cannot carry; use letters and digits")
		}
	}
	return nil
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

// external returns the parsed external URL, nil if none is set.
func (c *Config) external() (*url.URL, error) {
	if c.ExternalURL == "" {
		return nil, nil
	}
	u, err := url.Parse(c.ExternalURL)
	bad := err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "" ||
		u.User != nil || u.RawQuery != "" || u.Fragment != "" || strings.Trim(u.Path, "/") != ""
	if bad {
		return nil, errors.New("external_url: is not of the form https://host[:port]; give the address that people type, without path, user or query")
	}
	return u, nil
}

// protected reports whether c may be reached from outside this machine.
func (c *Config) protected() bool { return c.TLS.Enabled() && c.Token != "" }

// exposed explains why address is refused.
func (c *Config) exposed(address string) error {
	return fmt.Errorf("listen: %s can be reached from other machines, which needs both TLS and a token; "+
		"set console.tls.cert_file, console.tls.key_file and console.token, or listen on 127.0.0.1", address)
}

// loopbackHost reports whether host can only mean this machine. An empty host means every interface.
func loopbackHost(host string) bool {
	if isLocalhost(host) {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}

// isLocalhost reports whether name is localhost, which RFC 6761 reserves.
func isLocalhost(name string) bool {
	return strings.EqualFold(strings.TrimSuffix(name, "."), "localhost")
}
