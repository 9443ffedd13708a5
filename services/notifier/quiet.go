package notifier

import (
	"context"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/incident"
)

// now is the clock by which silences and windows end.
func (s *Settings) now() time.Time {
	if s.Now != nil {
		return s.Now()
	}
	return time.Now()
}

// silence returns what does the commands of silences.
func (n *notifier) silence(ctx context.Context) func(request []byte) ([]byte, error) {
	return func(request []byte) ([]byte, error) { return n.quiet.Command(ctx, request, n.s.now().UTC()) }
}

// free says that nothing holds an incident any more. It says so among the findings, so that the one writer of incidents lets people be
// told.
func (n *notifier) free(ctx context.Context, i *incident.Incident, at time.Time) error {
	r := incident.Release{Incident: i.ID, Version: i.Version, Time: at}
	data, err := incident.EncodeRelease(r)
	if err != nil {
		return err
	}
	if _, err := n.s.Bus.JetStream().Publish(ctx, bus.SubjectFindings("notifier", 0), data, jetstream.WithMsgID(r.ID())); err != nil {
		return fmt.Errorf("publish %s: %w", r.ID(), err)
	}
	return nil
}
