package config

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
)

// ClientTLS says how a client trusts the server that it connects to, and how it proves who it is. The zero
// value trusts what the system trusts and shows no certificate. Files are PEM.
type ClientTLS struct {
	// CAFile holds the authorities that may have signed the server's certificate, instead of the system's.
	CAFile string `yaml:"ca_file" env:"CA_FILE"`
	// CertFile and KeyFile are the certificate that the client shows and its key: both or neither.
	CertFile string `yaml:"cert_file" env:"CERT_FILE"`
	KeyFile  string `yaml:"key_file" env:"KEY_FILE"`
	// ServerName is the name that the server's certificate must carry, if it is not the URL's host.
	ServerName string `yaml:"server_name" env:"SERVER_NAME"`
	// InsecureSkipVerify accepts any certificate, so that anybody in between can read and change what is sent.
	InsecureSkipVerify bool `yaml:"insecure_skip_verify" env:"INSECURE_SKIP_VERIFY"`
}

// Problems returns all that is wrong with t: files that are not there, a certificate without its key. What the
// files hold is not looked at, that is for [ClientTLS.Config]. Each error starts with the key, under
// prefix, such as "tls.".
func (t ClientTLS) Problems(prefix string) (errs []error) {
	for _, f := range []struct{ key, path string }{
		{"ca_file", t.CAFile}, {"cert_file", t.CertFile}, {"key_file", t.KeyFile},
	} {
		if f.path == "" {
			continue
		}
		if _, err := os.Stat(f.path); err != nil {
			errs = append(errs, fmt.Errorf("%s%s: %w; create the file or correct the path", prefix, f.key, err))
		}
	}
	if (t.CertFile == "") != (t.KeyFile == "") {
		errs = append(errs, fmt.Errorf("%scert_file: needs key_file, and the reverse; set both or neither", prefix))
	}
	return errs
}

// Config reads the files and returns what crypto/tls needs, at least TLS 1.2. It is the caller's own. Errors
// start with the key at fault, as in "ca_file: …", and hold paths but nothing of the files' content. Files
// that change later are not read again: call it anew, as after a failure.
func (t ClientTLS) Config() (*tls.Config, error) {
	c := &tls.Config{
		MinVersion: tls.VersionTLS12, ServerName: t.ServerName,
		InsecureSkipVerify: t.InsecureSkipVerify, //nolint:gosec // the user's explicit choice
	}
	if t.CAFile != "" {
		pem, err := os.ReadFile(t.CAFile)
		if err != nil {
			return nil, fmt.Errorf("ca_file: %w", err)
		}
		c.RootCAs = x509.NewCertPool()
		if !c.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("ca_file: %s holds no PEM certificate; set the file that holds the authority's", t.CAFile)
		}
	}
	if t.CertFile != "" || t.KeyFile != "" {
		pair, err := tls.LoadX509KeyPair(t.CertFile, t.KeyFile)
		if err != nil {
			return nil, fmt.Errorf("cert_file: %s with key_file %s: %w", t.CertFile, t.KeyFile, err)
		}
		c.Certificates = []tls.Certificate{pair}
	}
	return c, nil
}
