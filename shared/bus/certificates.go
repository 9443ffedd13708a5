package bus

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/forewarn/forewarn/shared/certificate"
	"github.com/forewarn/forewarn/shared/obs"
)

const (
	// certificateEvery is how often certificates are looked at while the program runs: they are renewed meanwhile.
	certificateEvery = 6 * time.Hour
	// certificateCheck is the check of those that end soon.
	certificateCheck = "bus/certificate"
)

// inspectCertificates looks at the certificates, and does so again and again until the bus is closed.
func (b *Bus) inspectCertificates() {
	terms := b.terms()
	var warnings []string
	for of, t := range terms {
		if t.Until.IsZero() {
			continue
		}
		b.metrics.certificateEnd.WithLabelValues(of).Set(float64(t.Until.Unix()))
		if w := t.Warning(time.Now()); w != "" {
			warnings = append(warnings, w)
		}
	}
	switch {
	case len(warnings) > 0:
		b.health.Set(certificateCheck, obs.Degraded, strings.Join(warnings, "; "))
		b.log.Warn("a certificate ends soon: " + strings.Join(warnings, "; "))
	case len(terms) > 0:
		b.health.Set(certificateCheck, obs.OK, "")
	}
	if len(terms) > 0 {
		b.inspection.after(certificateEvery, b.inspectCertificates)
	}
}

// terms returns until when certificates hold, by whose they are: own, authority, server.
func (b *Bus) terms() map[string]certificate.Term {
	out := map[string]certificate.Term{}
	for of, f := range map[string][2]string{
		"own":       {b.cfg.CertFile, "our own certificate towards the NATS server (bus.cert_file)"},
		"authority": {b.cfg.CAFile, "the certificate of the NATS server's authority (bus.ca_file)"},
	} {
		if f[0] == "" {
			continue
		}
		if t, err := certificate.ReadTerm(f[0], f[1]); err == nil { // one that cannot be read is told of by the connection
			out[of] = t
		}
	}
	if t, ok := b.serverTerm(); ok {
		out["server"] = t
	}
	return out
}

// serverTerm asks the server for its certificate by a connection of its own: that of one which is open may have been renewed since.
func (b *Bus) serverTerm() (certificate.Term, bool) {
	if _, err := b.data.TLSConnectionState(); errors.Is(err, nats.ErrConnectionNotTLS) {
		return certificate.Term{}, false
	}
	nc, err := b.knock()
	if err != nil {
		return certificate.Term{}, false
	}
	defer nc.Close()
	state, err := nc.TLSConnectionState()
	if err != nil {
		return certificate.Term{}, false
	}
	return certificate.TermOf(state.PeerCertificates, "the certificate of the NATS server at "+b.address()), true
}

// Warnings returns what is not wrong with c yet and soon will be, each with its key.
func (c *Config) Warnings(now time.Time) (out []string) {
	for _, f := range []struct{ key, path string }{{"bus.ca_file", c.CAFile}, {"bus.cert_file", c.CertFile}} {
		if f.path == "" {
			continue
		}
		if t, err := certificate.ReadTerm(f.path, f.path); err == nil && t.Warning(now) != "" {
			out = append(out, f.key+": "+t.Warning(now))
		}
	}
	return out
}

// validateFiles checks that the files are there and hold what they should, and that no certificate has ended.
func (c *Config) validateFiles(now time.Time) (errs []error) {
	for _, f := range []struct{ key, path string }{{"ca_file", c.CAFile}, {"cert_file", c.CertFile}} {
		if f.path == "" {
			continue
		}
		t, err := certificate.ReadTerm(f.path, f.path)
		if err == nil && !now.Before(t.Until) {
			err = errors.New(t.Warning(now))
		}
		if err != nil {
			errs = append(errs, wrong(f.key, err))
		}
	}
	for _, f := range []struct{ key, path string }{{"key_file", c.KeyFile}, {"nkey_file", c.NKeyFile}, {"credentials_file", c.CredentialsFile}} {
		if f.path == "" {
			continue
		}
		if err := readable(f.path); err != nil {
			errs = append(errs, wrong(f.key, err))
		}
	}
	return errs
}

func wrong(key string, err error) error {
	return fmt.Errorf("%s: %w; correct the path, or what is there", key, err)
}

// readable returns why a file cannot be read, nil if it can.
func readable(path string) error {
	f, err := os.Open(path) //nolint:gosec // the configuration names it
	if err != nil {
		return err
	}
	return f.Close()
}
