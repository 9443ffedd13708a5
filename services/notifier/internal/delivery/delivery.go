// Package delivery brings what was decided to people: one queue and one worker per channel.
//
// What it guarantees, per channel:
//
//  1. A delivery is in the work queue until the peer accepted it, or it is in the dead letter with a receipt.
//  2. Deliveries of one incident are sent in the order of its versions; another incident's do not wait for them. Where many wait, those
//     of one incident, or of several, may be told by one message, which says what is still true.
//  3. A version that a receipt covers is not sent again, whatever the queue repeats. Between a peer's
//     acceptance and the receipt a crash can repeat one message; its id ([Message.ID]) is the same then.
//  4. A peer sees at most the configured rate, and a part of it is kept for critical incidents.
package delivery

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/forewarn/forewarn/services/notifier/internal/message"
	"github.com/forewarn/forewarn/services/notifier/internal/person"
	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/incident"
)

// Channel brings a message to people, by one attempt.
type Channel interface {
	// Send returns no error once the peer has accepted m. It returns an [*Error] that says whether another
	// attempt makes sense; any other error counts as temporary. It ends when ctx does.
	Send(ctx context.Context, m Message) (Sent, error)
}

// Sent is what a peer made of a message that it accepted; the zero value says that there is nothing to tell.
type Sent struct {
	// Ref is what the peer calls what it shows of the incident now, given back as [Message.Previous] with the next message
	// about it; at most 1 KiB. "" keeps the one before.
	Ref string
	// Missed says whom the message did not reach although it was accepted, or what of it did not, and what to do about it; "" if
	// nothing is missing.
	Missed string
}

// Message is what a channel sends.
type Message struct {
	// ID is the same for every attempt, so that a peer can tell a repeat: <incident>.<version>.<channel>.
	ID     string
	Reason incident.Reason
	// Incident as it was after the change; nil if Document is sent.
	Incident *incident.Incident
	// Text is rendered in the channel's language and time zone, or in those of an edition, whose mark Mark is then ([Message.Editions]).
	Text message.Text
	Mark string
	// To is whom the message is for besides those whom the channel's own configuration names, and those of Others.
	To []person.Person
	// Others are the editions for people who read another language or time zone. Only a channel that addresses people one by one
	// is given some.
	Others []Edition
	// Picture shows history, forecast band and limit as PNG; nil if there is nothing to show.
	Picture []byte
	// Known says that the channel has told people of the incident before.
	Known bool
	// Previous is the newest [Sent.Ref] of the channel for this incident, so that an update can replace or answer what people
	// have already; "" if there is none.
	Previous string
	// Summary says that the message is about several incidents, of which Incident is the worst and Text says the rest; nil if it is
	// about one.
	Summary *message.Digest
	// Document is sent instead of Text if it is not nil.
	Document *message.Document

	reader message.Reader // for whom Text is
}

// Loud reports whether m is worth a sound: something begins, gets worse, or wants somebody. What only tells of a change is not.
func (m *Message) Loud() bool {
	return m.Document == nil && !slices.Contains([]incident.Reason{
		incident.ReasonMoved, incident.ReasonCause, incident.ReasonExamined, incident.ReasonResolved, incident.ReasonUnheard,
	}, m.Reason)
}

// News returns the text for people who keep the messages before in sight: all of it, or only what changed if they have the rest.
func (m *Message) News() message.Text {
	if m.Known {
		return m.Text.Changed(m.Reason)
	}
	return m.Text
}

// Error says what a peer made of an attempt. Its text holds no secret.
type Error struct {
	// Permanent says that the same message will never be accepted.
	Permanent bool
	// Channel says that every message would fare like this one until somebody corrects the channel or its receiver:
	// it is tried again, seldom, and people are told at once.
	Channel bool
	// RetryAfter is how long the peer wants to be left alone, 0 if it did not say.
	RetryAfter time.Duration
	// What happened, and what to do about it.
	What, Remedy string
}

// Error returns what happened and what to do.
func (e *Error) Error() string {
	if e.Remedy == "" {
		return e.What
	}
	return e.What + "; " + e.Remedy
}

// SchemaVersion is the version of the queue's JSON form.
const SchemaVersion = 1

// Delivery is what the queue carries: an incident as it was at one version, or a document, for one channel.
type Delivery struct {
	Schema   int               `json:"schema"`
	Channel  string            `json:"channel"`
	Reason   incident.Reason   `json:"reason"`
	Incident incident.Incident `json:"incident"` // brief; empty beside a Document
	// Alarm is set if it tells of another delivery that was given up. No receipt is asked or written then.
	Alarm *Alarm `json:"alarm,omitempty"`
	// Document is sent of its own accord; nil of an incident.
	Document *Document `json:"document,omitempty"`
	// To are the names of the people whom it is for, besides those whom the channel's configuration names. Team owns what the
	// incident is about. Both are as they were when it was queued; addresses are found when it is sent.
	To   []string `json:"to,omitempty"`
	Team string   `json:"team,omitempty"`
	// Group is with what else it may be put together; nil as queued before there were groups.
	Group *incident.Group `json:"group,omitempty"`
}

// ID returns <incident>.<version>.<channel> and more for an alarm, or <document>.<channel>.
func (d *Delivery) ID() string {
	if d.Document != nil {
		return d.Document.ID + "." + d.Channel
	}
	id := incident.ChangeID(d.Incident.ID, d.Incident.Version) + "." + d.Channel
	if d.Alarm != nil {
		id += d.Alarm.mark()
	}
	return id
}

// critical reports whether it may use the reserve.
func (d *Delivery) critical() bool { return d.Incident.Severity == finding.Critical }

// Subject returns the subject of a channel's queue.
func Subject(channel string) string { return "notify." + channel }

// ErrFull is returned when the queue of a channel has no room: its receiver has not taken anything for long.
var ErrFull = errors.New("the queue of the channel is full")

// Enqueue stores d in the work queue and returns when it is safe there, or [ErrFull]. Repeats within the stream's
// duplicate window change nothing; the receipt takes care of later ones.
func Enqueue(ctx context.Context, js jetstream.JetStream, d *Delivery) error {
	msg, err := encoded(d)
	if err != nil {
		return err
	}
	_, err = js.Publish(ctx, msg.Subject, msg.Data, jetstream.WithMsgID(d.ID()))
	if full(err) {
		return fmt.Errorf("queue delivery %s: %w: %w", d.ID(), ErrFull, err)
	}
	if err != nil {
		return fmt.Errorf("queue delivery %s: %w", d.ID(), err)
	}
	return nil
}

// EnqueueAll stores deliveries in the work queue, all or none, and returns when they are safe there. It returns an error as well if some were
// queued before, or one has no room; [Enqueue] tells which.
func EnqueueAll(ctx context.Context, js jetstream.JetStream, all []*Delivery) error {
	msgs := make([]*nats.Msg, 0, len(all))
	for _, d := range all {
		msg, err := encoded(d)
		if err != nil {
			return err
		}
		msgs = append(msgs, msg)
	}
	return bus.PublishTogether(ctx, js, msgs)
}

// encoded returns the message that carries d.
func encoded(d *Delivery) (*nats.Msg, error) {
	data, err := encode(d)
	if err != nil {
		return nil, err
	}
	msg := nats.NewMsg(Subject(d.Channel))
	msg.Data = data
	msg.Header.Set(jetstream.MsgIDHeader, d.ID())
	return msg, nil
}

// full reports whether the server refused a message for want of room in the queue.
func full(err error) bool {
	const storeFailed = 10077 // the server's words tell what it was
	var api *jetstream.APIError
	return errors.As(err, &api) && api.ErrorCode == storeFailed && strings.Contains(api.Description, "maximum")
}

// Bury puts d into the dead letters with a reason. It leaves no receipt: older deliveries of its incident may still
// wait in the queue, and a receipt would cover them.
func Bury(ctx context.Context, b *bus.Bus, d *Delivery, reason string) error {
	data, err := encode(d)
	if err != nil {
		return err
	}
	return b.DeadLetter(ctx, Subject(d.Channel), reason, data)
}

func encode(d *Delivery) ([]byte, error) {
	stripped := *d
	stripped.Schema = SchemaVersion
	stripped.Incident = d.Incident.Brief()
	data, err := json.Marshal(&stripped)
	if err != nil {
		return nil, fmt.Errorf("encode delivery %s: %w", d.ID(), err)
	}
	return data, nil
}

// Decode reads what [Enqueue] wrote; the result is valid.
func Decode(data []byte) (*Delivery, error) {
	var d Delivery
	if err := json.Unmarshal(data, &d); err != nil {
		return nil, fmt.Errorf("decode delivery: %w", err)
	}
	if d.Schema < 1 || d.Schema > SchemaVersion {
		return nil, fmt.Errorf("delivery schema %d is not known; this release reads up to %d", d.Schema, SchemaVersion)
	}
	if d.Document != nil {
		return &d, d.Document.validate()
	}
	d.Incident.Schema = max(d.Incident.Schema, incident.SchemaVersion)
	if err := d.Incident.Validate(); err != nil {
		return nil, err
	}
	if d.Reason == "" {
		return nil, fmt.Errorf("delivery of incident %s has no reason", d.Incident.ID)
	}
	return &d, nil
}
