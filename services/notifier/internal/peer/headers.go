package peer

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"

	"github.com/forewarn/forewarn/shared/config"
)

// Headers are the keys of a channel that posts to a server of the user's.
type Headers struct {
	// Headers are sent with every request.
	Headers map[string]config.Secret `yaml:"headers"`
}

var headerName = regexp.MustCompile(`^[A-Za-z0-9-]{1,64}$`)

// Problems tells all that is wrong with the headers. It shows no value.
func (h *Headers) Problems(bad func(key, rule string)) {
	for name, v := range h.Headers {
		if !headerName.MatchString(name) || strings.ContainsAny(v.Reveal(), "\r\n\x00") {
			bad("headers", fmt.Sprintf("%q is no HTTP header, or its value holds a line end; correct it", name))
		}
	}
}

// Reveal returns the headers with their values.
func (h *Headers) Reveal() http.Header {
	out := http.Header{}
	for name, v := range h.Headers {
		out.Set(name, v.Reveal())
	}
	return out
}
