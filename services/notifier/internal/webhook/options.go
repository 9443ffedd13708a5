package webhook

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/forewarn/forewarn/shared/config"
)

// Rate is how many messages are sent in a minute, unless a channel says otherwise.
const Rate = 600

// Options are the keys of a channel that are this type's own.
type Options struct {
	// Headers are sent with every message.
	Headers map[string]config.Secret `yaml:"headers"`
}

var headerName = regexp.MustCompile(`^[A-Za-z0-9-]{1,64}$`)

// Problems tells all that is wrong with the options. It shows no value.
func (o *Options) Problems(bad func(key, rule string)) {
	for name, v := range o.Headers {
		if !headerName.MatchString(name) || strings.ContainsAny(v.Reveal(), "\r\n\x00") {
			bad("headers", fmt.Sprintf("%q is no HTTP header, or its value holds a line end; correct it", name))
		}
	}
}
