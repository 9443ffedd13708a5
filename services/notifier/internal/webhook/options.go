package webhook

import "fmt"

// Rate is how many messages are sent in a minute, unless a channel says otherwise.
const Rate = 600

// Forms of a message.
const (
	// CloudEvents wraps the body in an event of CloudEvents 1.0, in structured mode.
	CloudEvents = "cloudevents"
	// CloudEventsBinary leaves the body as it is, and says the event's attributes in headers.
	CloudEventsBinary = "cloudevents-binary"
)

// Options are the keys of a channel that are this type's own.
type Options struct {
	// Format is the form of a message: "" is the body alone.
	Format string `yaml:"format"`
}

// Problems tells all that is wrong with the options.
func (o *Options) Problems(bad func(key, rule string)) {
	switch o.Format {
	case "", CloudEvents, CloudEventsBinary:
	default:
		bad("format", fmt.Sprintf("%q is not known; set cloudevents or cloudevents-binary, or leave it out for the body alone", o.Format))
	}
}
