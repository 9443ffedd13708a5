package certificate

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"time"
)

// Near is how long before its end a certificate is warned of.
const Near = 14 * 24 * time.Hour

// Term is until when a certificate holds.
type Term struct {
	// Of says whose it is, for people, such as "the NATS server's certificate".
	Of    string
	Until time.Time
}

// Warning returns what to say of a certificate that has ended or soon will, "" of any other one.
func (t Term) Warning(now time.Time) string {
	switch left := t.Until.Sub(now); {
	case t.Until.IsZero() || left > Near:
		return ""
	case left <= 0:
		return fmt.Sprintf("%s has expired on %s: renew it; connections that are open go on, and none can be made", t.Of, day(t.Until))
	default:
		return fmt.Sprintf("%s expires in %d days, on %s: renew it; from then on no connection can be made", t.Of, int(left.Hours()/24), day(t.Until))
	}
}

// errNone: a file holds no certificate.
var errNone = errors.New("holds no certificate in PEM")

// ReadTerm returns until when the certificates of a PEM file hold: the first that ends decides. of is as in [Term].
func ReadTerm(path, of string) (Term, error) {
	data, err := os.ReadFile(path) //nolint:gosec // the configuration names it
	if err != nil {
		return Term{}, err
	}
	t := Term{Of: of}
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != "CERTIFICATE" {
			continue
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return Term{}, fmt.Errorf("%s: %w", path, err)
		}
		t = t.Sooner(c.NotAfter)
	}
	if t.Until.IsZero() {
		return Term{}, fmt.Errorf("%s: %w", path, errNone)
	}
	return t, nil
}

// Sooner returns the term, ended at another time if that comes first.
func (t Term) Sooner(until time.Time) Term {
	if t.Until.IsZero() || until.Before(t.Until) {
		t.Until = until
	}
	return t
}

// TermOf returns until when a chain that a peer has shown holds.
func TermOf(chain []*x509.Certificate, of string) Term {
	t := Term{Of: of}
	for _, c := range chain {
		t = t.Sooner(c.NotAfter)
	}
	return t
}
