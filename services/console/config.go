package console

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"github.com/forewarn/forewarn/services/console/internal/guard"
	"github.com/forewarn/forewarn/shared/config"
	"github.com/forewarn/forewarn/shared/endpoint"
)

// Config is the section "console" of the configuration file.
type Config struct {
	endpoint.Config `yaml:",inline"`
	// Tokens are those of people, beside the one in Token, which is that of whoever has none of his own.
	Tokens []TokenConfig `yaml:"tokens"`
	// ExternalURL is where people reach the console, when that is not the listening address.
	ExternalURL string `yaml:"external_url" env:"EXTERNAL_URL"`
}

// TokenConfig is an access token of one person or program.
type TokenConfig struct {
	// Name is who it is: letters, digits, dots and dashes. What is done with the token is done under this name.
	Name  string        `yaml:"name"`
	Token config.Secret `yaml:"token"`
}

// operator is the name of who has the token without a name.
const operator = "operator"

var tokenName = regexp.MustCompile(`^[\p{L}\p{N}][\p{L}\p{N}._@-]{0,63}$`)

// holders returns the tokens and whose they are.
func (c *Config) holders() (all []guard.Token) {
	if c.Token != "" {
		all = append(all, guard.Token{Name: operator, Secret: c.Token.Reveal()})
	}
	for _, t := range c.Tokens {
		all = append(all, guard.Token{Name: t.Name, Secret: t.Token.Reveal()})
	}
	return all
}

// tokenProblems returns what is wrong with people's tokens.
func (c *Config) tokenProblems() (errs []error) {
	names, secrets := map[string]bool{operator: true, guard.Local: true}, map[config.Secret]bool{c.Token: true}
	for k, t := range c.Tokens {
		at := fmt.Sprintf("tokens[%d]", k)
		switch {
		case !tokenName.MatchString(t.Name):
			errs = append(errs, fmt.Errorf("%s.name: %q is not 1 to 64 letters, digits and . _ @ -; name the person, such as li.wei", at, t.Name))
		case names[t.Name]:
			errs = append(errs, fmt.Errorf("%s.name: %q is taken; give each person one name", at, t.Name))
		}
		if secrets[t.Token] {
			errs = append(errs, fmt.Errorf("%s.token: is empty or that of another; give each person a token of their own", at))
		} else if err := endpoint.CheckToken(t.Token); err != nil {
			errs = append(errs, fmt.Errorf("%s.%w", at, err))
		}
		names[t.Name], secrets[t.Token] = true, true
	}
	return errs
}

// DefaultConfig listens on this machine only, without a token.
func DefaultConfig() Config { return Config{Config: endpoint.Config{Listen: "127.0.0.1:8686"}} }

// Validate returns all that is wrong with c, joined. It looks nothing up; [Run] looks again at the address that was really bound.
func (c *Config) Validate() error {
	_, err := c.external()
	return errors.Join(append(append(c.Problems(check), c.tokenProblems()...), err)...)
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
