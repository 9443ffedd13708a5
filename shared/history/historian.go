package history

import (
	"errors"

	"github.com/forewarn/forewarn/shared/config"
)

// Historian is where the program that keeps the history answers others. It is read, never written.
type Historian struct {
	// URL is what comes before /api/v1, such as https://historian.example.com:8688/prometheus.
	URL string `yaml:"url" env:"URL"`
	// Token is the historian's observe.token.
	Token config.Secret `yaml:"token" env:"TOKEN"`
	// TLS says how it is trusted.
	TLS config.ClientTLS `yaml:"tls" envPrefix:"TLS_"`
}

func (h *Historian) problems() []error {
	if h.URL == "" {
		return nil
	}
	return append(h.TLS.Problems("historian.tls."), address("historian.url", h.URL, "https://historian.example.com:8688/prometheus"))
}

// errNoHistorian is of a program that would have to open the database of another one.
var errNoHistorian = errors.New("history.historian.url: is empty, and the history is embedded in the historian, another program; " +
	"write where that answers, such as https://historian.example.com:8688/prometheus, or keep the history on a server by history.kind")

// Reading returns the section as programs other than the historian use it: they read what the historian answers where its address
// is written, and else the server that it writes.
func (c *Config) Reading() (Config, error) {
	r := *c
	switch {
	case c.Historian.URL != "":
		r.Kind = PrometheusKind
		r.Prometheus = Prometheus{URL: c.Historian.URL, Token: c.Historian.Token, TLS: c.Historian.TLS, Timeout: defaultTimeout, ReadOnly: true}
	case c.Kind == Embedded:
		return r, errNoHistorian
	}
	return r, nil
}

// Section returns the configuration's key of the server with Prometheus' API that is read.
func (c *Config) Section() string {
	if c.Historian.URL != "" && c.Prometheus.URL == c.Historian.URL {
		return "history.historian"
	}
	return "history.prometheus"
}
