package alertmanager

import (
	"fmt"
	"time"
)

// Rate is how many alerts are posted in a minute because something changed, unless a channel says otherwise.
const Rate = 600

// Options are the keys of a channel that are this type's own.
type Options struct {
	// Resend is how often the alerts of open incidents are repeated; 0 is a minute.
	Resend time.Duration `yaml:"resend"`
}

// Problems tells all that is wrong with the options.
func (o *Options) Problems(bad func(key, rule string)) {
	if o.Resend != 0 && (o.Resend < 10*time.Second || o.Resend > 10*time.Minute) {
		bad("resend", fmt.Sprintf("%v is out of range; set 10s to 10m, or leave it out for 1m", o.Resend))
	}
}

func (o *Options) resend() time.Duration {
	if o.Resend == 0 {
		return time.Minute
	}
	return o.Resend
}
