package incident

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/forewarn/forewarn/shared/bus"
)

// EventSubject returns the subject of an incident's events.
func EventSubject(id string) string { return "inc." + id }

// OpenTrail returns the stream INC, the trail of all events, for [Published].
func OpenTrail(ctx context.Context, js jetstream.JetStream) (jetstream.Stream, error) {
	trail, err := js.Stream(ctx, bus.StreamIncidents)
	if err != nil {
		return nil, fmt.Errorf("open stream %s: %w", bus.StreamIncidents, err)
	}
	return trail, nil
}

// PublishEvent stores e on the stream INC and returns when it is safe there. The message id is e.ID, so that
// a repeat within the stream's duplicate window changes nothing; [Published] tells later.
func PublishEvent(ctx context.Context, js jetstream.JetStream, e *Event) error {
	data, err := EncodeEvent(e)
	if err != nil {
		return err
	}
	if _, err := js.Publish(ctx, EventSubject(e.Incident.ID), data, jetstream.WithMsgID(e.ID)); err != nil {
		return fmt.Errorf("publish event %s: %w", e.ID, err)
	}
	return nil
}

// PublishEvents is [PublishEvent] of several, by one sync of the disk if none was published before.
func PublishEvents(ctx context.Context, js jetstream.JetStream, events []*Event) error {
	msgs := make([]*nats.Msg, 0, len(events))
	for _, e := range events {
		data, err := EncodeEvent(e)
		if err != nil {
			return err
		}
		msg := nats.NewMsg(EventSubject(e.Incident.ID))
		msg.Data = data
		msg.Header.Set(jetstream.MsgIDHeader, e.ID)
		msgs = append(msgs, msg)
	}
	if len(msgs) <= bus.MaxTogether && bus.PublishTogether(ctx, js, msgs) == nil {
		return nil
	}
	for _, e := range events {
		if err := PublishEvent(ctx, js, e); err != nil {
			return err
		}
	}
	return nil
}

// Published reports whether the event of a version of an incident is on the stream INC, or one after it. If the
// newest one is not understood, it returns [ErrUnreadable].
func Published(ctx context.Context, trail jetstream.Stream, id string, version int) (bool, error) {
	last, _, err := LastPublished(ctx, trail, id)
	return last != nil && last.Incident.Version >= version, err
}

// LastPublished returns the newest event of an incident on the stream INC, and when it was stored; nil if there is none. If
// it is not understood, it returns [ErrUnreadable].
func LastPublished(ctx context.Context, trail jetstream.Stream, id string) (last *Event, stored time.Time, err error) {
	msg, err := trail.GetLastMsgForSubject(ctx, EventSubject(id))
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return nil, stored, nil
	}
	if err != nil {
		return nil, stored, fmt.Errorf("read the last event of incident %s: %w", id, err)
	}
	e, err := DecodeEvent(msg.Data)
	if err != nil {
		return nil, stored, fmt.Errorf("%w: last event of incident %s: %w", ErrUnreadable, id, err)
	}
	return e, msg.Time, nil
}
