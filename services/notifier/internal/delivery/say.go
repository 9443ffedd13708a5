package delivery

import (
	"context"

	"github.com/forewarn/forewarn/shared/incident"
)

// message says a batch as the channel sends it: a document, a summary of several incidents, or one incident with what its peer calls
// the message before. fallback is that of [Scribe.Incident].
func (w *Worker) message(ctx context.Context, b *batch, fresh []known) (m Message, fallback string) {
	first := b.items[0].delivery
	switch {
	case first.Document != nil:
		return w.Document(first), ""
	case len(fresh) > 1:
		return w.summary(b, fresh), ""
	}
	k := fresh[0]
	why := k.delivery.Reason
	if b.scope != ofOne || len(b.items) > 1 {
		why = sinceTold(b, k)
	}
	m, fallback = w.Incident(ctx, k.delivery, why)
	m.Known, m.Previous = k.last.Outcome == incident.Delivered, k.last.Ref
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
