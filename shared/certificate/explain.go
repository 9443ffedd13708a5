package certificate

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"
)

// Keys are the keys of the configuration that name what a connection is trusted by.
type Keys struct {
	// CA names the file of authorities, Own that of the client's own certificate, and URL the server's address.
	CA, Own, URL string
}

// Explain says what to do about an error of a TLS handshake; other errors come back as they are. It wraps err.
func Explain(err error, k Keys) error {
	var (
		invalid x509.CertificateInvalidError
		unknown x509.UnknownAuthorityError
		name    x509.HostnameError
	)
	switch {
	case err == nil:
		return nil
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return fmt.Errorf("%w; %s", err, ended(invalid.Cert, time.Now()))
	case errors.As(err, &name):
		return fmt.Errorf("%w; the server's certificate is for %s: write such a name in %s, or have one issued for the name that is there", err, names(name.Certificate), k.URL)
	case errors.As(err, &unknown):
		return fmt.Errorf("%w; the server's certificate is signed by %s, which is not trusted: name the PEM file of that authority in %s", err, issuer(unknown.Cert), k.CA)
	}
	return explainAlert(err, k)
}

// explainAlert says what a server means that refuses the client's certificate.
func explainAlert(err error, k Keys) error {
	_, alert, ok := strings.Cut(err.Error(), "remote error: tls: ")
	if !ok {
		return err
	}
	switch {
	case strings.HasPrefix(alert, "expired certificate"):
		return fmt.Errorf("%w; the server refuses our own certificate, which is out of date: renew what %s names, and set the clocks of both machines", err, k.Own)
	case strings.HasPrefix(alert, "unknown certificate authority"), strings.HasPrefix(alert, "bad certificate"), strings.HasPrefix(alert, "unknown certificate"):
		return fmt.Errorf("%w; the server refuses our own certificate: name in %s one that is signed by an authority which the server trusts", err, k.Own)
	case strings.HasPrefix(alert, "certificate required"):
		return fmt.Errorf("%w; the server asks for a certificate of ours, signed by an authority that it trusts: name one in %s", err, k.Own)
	}
	return err
}

// ended says since when a certificate does not hold any more, or from when on it will.
func ended(c *x509.Certificate, now time.Time) string {
	if now.Before(c.NotBefore) {
		return fmt.Sprintf("the server's certificate (%s) holds only from %s on: set the clocks of both machines, or wait", subject(c), day(c.NotBefore))
	}
	return fmt.Sprintf("the server's certificate (%s) has expired on %s: renew it there; ours is not at fault, unless this machine's clock is wrong", subject(c), day(c.NotAfter))
}

func day(t time.Time) string { return t.UTC().Format(time.RFC3339) }

func subject(c *x509.Certificate) string {
	if c.Subject.String() == "" {
		return names(c)
	}
	return c.Subject.String()
}

func issuer(c *x509.Certificate) string {
	if c == nil {
		return "an authority"
	}
	return fmt.Sprintf("%q", c.Issuer.String())
}

// names returns what a certificate is for.
func names(c *x509.Certificate) string {
	all := append([]string(nil), c.DNSNames...)
	for _, ip := range c.IPAddresses {
		all = append(all, net.IP.String(ip))
	}
	if len(all) == 0 {
		return "no name at all"
	}
	return strings.Join(all, ", ")
}
