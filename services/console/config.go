package console

import (
	"errors"
	"net/url"
	"strings"

	"github.com/forewarn/forewarn/shared/endpoint"
)

// Config is the section "console" of the configuration file.
type Config struct {
	endpoint.Config `yaml:",inline"`
	// ExternalURL is where people reach the console, when that is not the listening address.
	ExternalURL string `yaml:"external_url" env:"EXTERNAL_URL"`
}

// DefaultConfig listens on this machine only, without a token.
func DefaultConfig() Config { return Config{Config: endpoint.Config{Listen: "127.0.0.1:8686"}} }

// Validate returns all that is wrong with c, joined. It looks nothing up; [Run] looks again at the address that was really bound.
func (c *Config) Validate() error {
	_, err := c.external()
	return errors.Join(append(c.Problems(check), err)...)
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
