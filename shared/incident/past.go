package incident

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/forewarn/forewarn/shared/bus"
)

// maxEvents bounds how many events of one incident are read.
const maxEvents = 1000

// AsOf returns an incident as it was at a time, without its timeline and troubles, by the events on the stream INC; nil if it
// had not been opened then, or the stream has forgotten. It reads one event after the other.
func AsOf(ctx context.Context, js jetstream.JetStream, id string, at time.Time) (*Incident, error) {
	stream, err := js.Stream(ctx, bus.StreamIncidents)
	if err != nil {
		return nil, fmt.Errorf("open stream %s: %w", bus.StreamIncidents, err)
	}
	var last *Incident
	for seq, n := uint64(1), 0; n < maxEvents; n++ {
		msg, err := stream.GetMsg(ctx, seq, jetstream.WithGetMsgSubject(EventSubject(id)))
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("read events of incident %s: %w", id, err)
		}
		seq = msg.Sequence + 1
		e, err := DecodeEvent(msg.Data)
		if err != nil {
			continue // of a newer release; those around it tell enough
		}
		if e.Change.Time.After(at) {
			break
		}
		last = &e.Incident
	}
	return last, nil
}
