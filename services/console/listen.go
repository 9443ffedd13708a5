package console

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"syscall"
)

// Listen opens the console's listener, so that a caller knows the bound address before anything else
// starts; pass it on in [Settings]. It is plain TCP; Run adds TLS. The error names the address and what to do.
func Listen(cfg Config) (net.Listener, error) {
	l, err := net.Listen("tcp", cfg.Listen)
	switch {
	case err == nil:
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("console: %s is in use by another program (or another Forewarn); stop that one, "+
			"or choose another address with --listen or console.listen, such as 127.0.0.1:0 for any free port: %w", cfg.Listen, err)
	case errors.Is(err, syscall.EACCES):
		return nil, fmt.Errorf("console: this user may not listen on %s; choose a port above 1023 with --listen or console.listen: %w", cfg.Listen, err)
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return nil, fmt.Errorf("console: %s is no address of this machine; correct --listen or console.listen: %w", cfg.Listen, err)
	default:
		return nil, fmt.Errorf("console: cannot listen on %s; correct --listen or console.listen: %w", cfg.Listen, err)
	}
	// A name in the configuration may resolve to anything: the bound address decides.
	if !loopbackAddr(l.Addr()) && !cfg.protected() {
		l.Close() //nolint:errcheck // nothing was accepted
		return nil, fmt.Errorf("console: %w", cfg.exposed(l.Addr().String()))
	}
	return l, nil
}

// URL returns where people reach the console that listens on l: the external URL if there is one.
func URL(cfg Config, l net.Listener) string {
	if cfg.ExternalURL != "" {
		return cfg.ExternalURL
	}
	scheme := "http"
	if cfg.TLS.Enabled() {
		scheme = "https"
	}
	host := l.Addr().String()
	if ap, err := netip.ParseAddrPort(host); err == nil && ap.Addr().IsUnspecified() {
		host = net.JoinHostPort("localhost", strconv.Itoa(int(ap.Port())))
	}
	return scheme + "://" + host + "/"
}

// loopbackAddr reports whether only this machine can reach the address.
func loopbackAddr(a net.Addr) bool {
	ap, err := netip.ParseAddrPort(a.String())
	return err == nil && ap.Addr().Unmap().IsLoopback()
}

// serverTLS loads the certificate, so that a wrong file stops the start.
func (c *Config) serverTLS() (*tls.Config, error) {
	if !c.TLS.Enabled() {
		return nil, nil
	}
	certs, err := newCertificate(c.TLS)
	if err != nil {
		return nil, err
	}
	return &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: certs.get}, nil
}
