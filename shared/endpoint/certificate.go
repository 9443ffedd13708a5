package endpoint

import (
	"crypto/tls"
	"fmt"
	"os"
	"sync"
	"time"
)

// certificateCheck is how often the files are looked at for a renewal.
const certificateCheck = time.Minute

// certificate is a pair of files that may be renewed while the program runs.
type certificate struct {
	files TLS

	mu      sync.Mutex
	pair    *tls.Certificate
	changed time.Time
	checked time.Time
}

// newCertificate reads the files.
func newCertificate(files TLS) (*certificate, error) {
	c := &certificate{files: files}
	pair, err := tls.LoadX509KeyPair(files.CertFile, files.KeyFile)
	if err != nil {
		return nil, fmt.Errorf("%w; name a PEM certificate chain and its private key that this user can read", err)
	}
	c.pair, c.changed, c.checked = &pair, c.modified(), time.Now()
	return c, nil
}

// modified returns when the files changed last, zero if they cannot be looked at.
func (c *certificate) modified() time.Time {
	var newest time.Time
	for _, name := range []string{c.files.CertFile, c.files.KeyFile} {
		info, err := os.Stat(name)
		if err != nil {
			return time.Time{}
		}
		if info.ModTime().After(newest) {
			newest = info.ModTime()
		}
	}
	return newest
}

// get returns the certificate, renewed if the files changed. Files that do not fit together (a renewal is
// under way) leave the old one in use until they do.
func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if time.Since(c.checked) < certificateCheck {
		return c.pair, nil
	}
	c.checked = time.Now()
	if at := c.modified(); !at.IsZero() && !at.Equal(c.changed) {
		if pair, err := tls.LoadX509KeyPair(c.files.CertFile, c.files.KeyFile); err == nil {
			c.pair, c.changed = &pair, at
		}
	}
	return c.pair, nil
}
