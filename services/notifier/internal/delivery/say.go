package delivery

import (
	"context"

	"github.com/forewarn/forewarn/services/notifier/internal/message"
	"github.com/forewarn/forewarn/services/notifier/internal/person"
	"github.com/forewarn/forewarn/shared/incident"
)

// message says a batch as the channel sends it: a document, a summary of several incidents, or one incident with what its peer calls
// the message before. fallback says why it is not in the form of the channel's template, "" if it is, or there is none.
func (w *Worker) message(ctx context.Context, b *batch, fresh []known) (m Message, fallback string) {
	first := b.items[0].delivery
	switch {
	case first.Document != nil:
		return Message{ID: first.ID(), Reason: ReasonDocument, Document: &first.Document.Content, To: w.to(first.Document.To)}, ""
	case len(fresh) > 1:
		return w.summary(b, fresh), ""
	}
	k := fresh[0]
	why := k.delivery.Reason
	if b.scope != ofOne || len(b.items) > 1 {
		why = sinceTold(b, k)
	}
	return w.incident(ctx, k, why)
}

// incident says why people are told of one incident.
func (w *Worker) incident(ctx context.Context, k known, why incident.Reason) (m Message, fallback string) {
	d := k.delivery
	reader := w.reader(d.Team)
	m = Message{
		ID: d.ID(), Reason: why, Incident: &d.Incident, Text: reader.Render(&d.Incident, why), To: w.to(d.To),
		Known: k.last.Outcome == incident.Delivered, Previous: k.last.Ref,
	}
	if d.Alarm != nil {
		m.Text = reader.Undelivered(m.Text, d.Alarm.Channel, d.Alarm.Why)
		return m, ""
	}
	if w.Template != nil {
		body, err := w.Template.Fill(reader, &d.Incident, why)
		if err != nil {
			w.Fallback()
			fallback = "the channel's template failed, the message that is built in was sent: " + err.Error()
		}
		m.Text.Body = body
	}
	if w.Picture != nil {
		m.Picture = w.Picture(ctx, &m)
	}
	return m, fallback
}

// sinceTold returns why people are told of an incident of which several deliveries waited: that it opened, if they do not know and it
// is not over.
func sinceTold(b *batch, k known) incident.Reason {
	why := k.delivery.Reason
	if k.delivery.Incident.State != incident.Open {
		return why
	}
	for _, it := range b.items {
		if d := it.delivery; d.Incident.ID == k.delivery.Incident.ID && d.Incident.Version > k.last.Version && turn(d.Reason) {
			return d.Reason
		}
	}
	return why
}

// turn reports whether a reason is a beginning or a turn for the worse.
func turn(why incident.Reason) bool {
	return why == incident.ReasonOpened || why == incident.ReasonReopened || why == incident.ReasonRaised
}

// reader returns for whom messages about what a team owns are rendered.
func (w *Worker) reader(team string) message.Reader {
	if r, ok := w.Readers[team]; ok {
		return r
	}
	return w.Reader
}

// to finds people by name. Those who are not in the configuration any more are left out.
func (w *Worker) to(names []string) []person.Person {
	if w.People == nil {
		return nil
	}
	found, _ := w.People.Find(names)
	return found
}
