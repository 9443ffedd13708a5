package finding

import (
	"fmt"
	"time"
)

// What became of an episode, as far as the samples tell.
type What string

// The ends that an episode can come to.
const (
	// Reached: the limit was reached.
	Reached What = "reached"
	// Prevented: a person or a job took away a large share of the use, or restarted the process, before it came to that.
	Prevented What = "prevented"
	// Enlarged: the limit was raised before it came to that.
	Enlarged What = "enlarged"
	// Faded: the trend went away by itself; if there had been a prediction, it was wrong.
	Faded What = "faded"
	// Unknown: the signal fell silent, or is not watched any more.
	Unknown What = "unknown"
)

// Outcome is what became of an episode.
type Outcome struct {
	What What `json:"what"`
	// Time is when it came to that.
	Time time.Time `json:"time"`
	// LeadSeconds is, of what was reached, how long before that the episode had been opened.
	LeadSeconds int64 `json:"lead_seconds,omitempty"`
}

func (o *Outcome) validate() error {
	switch o.What {
	case Reached, Prevented, Enlarged, Faded, Unknown:
		return nil
	}
	return fmt.Errorf("unknown outcome %q", o.What)
}
