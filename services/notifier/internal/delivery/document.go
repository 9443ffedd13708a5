package delivery

import (
	"fmt"
	"regexp"

	"github.com/forewarn/forewarn/services/notifier/internal/message"
)

// ReasonDocument is the reason of a delivery that is no incident's.
const ReasonDocument = "document"

// Document is one that waits in the queue. A release before documents were known moves it to the dead letter.
type Document struct {
	// ID is the same for every attempt: <what>.<team>.<edition>, tokens of a subject.
	ID string `json:"id"`
	// To are the names of people whom it is for besides those whom the channel's configuration names.
	To []string `json:"to,omitempty"`
	// Content is complete: what is sent is what was queued, however long the channel was away.
	Content message.Document `json:"content"`
}

var documentID = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}(\.[A-Za-z0-9_-]{1,64}){0,4}$`)

func (d *Document) validate() error {
	if !documentID.MatchString(d.ID) {
		return fmt.Errorf("document id %.80q is not tokens of letters, digits, dashes and underscores", d.ID)
	}
	return nil
}

// apart reports whether it is told by itself, whatever else waits.
func (d *Delivery) apart() bool { return d.Document != nil || d.Alarm != nil }

// topic is what deliveries must keep the order of: an incident, a document, or an alarm, which is the only one of its own.
func (d *Delivery) topic() string {
	if d.Document != nil {
		return d.Document.ID
	}
	if d.Alarm != nil {
		return d.ID()
	}
	return d.Incident.ID
}

// version counts the deliveries of a topic; a document has one.
func (d *Delivery) version() int {
	if d.Document != nil {
		return 1
	}
	return d.Incident.Version
}
