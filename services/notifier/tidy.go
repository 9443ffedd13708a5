package notifier

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/zap"

	"github.com/forewarn/forewarn/services/notifier/internal/delivery"
	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/pause"
)

// retireAgain is the wait before another try.
const retireAgain = 5 * time.Second

// retireChannels removes what earlier configurations left in the work queue: a channel that is gone has nobody
// to deliver for it, and its messages would take the room of others for ever. The incidents stay on the page.
func (n *notifier) retireChannels(ctx context.Context) error {
	stream, err := n.s.Bus.JetStream().Stream(ctx, bus.StreamNotify)
	if err != nil {
		return fmt.Errorf("open stream %q: %w", bus.StreamNotify, err)
	}
	info, err := stream.Info(ctx, jetstream.WithSubjectFilter(delivery.Subject("*")))
	if err != nil {
		return fmt.Errorf("look at stream %q: %w", bus.StreamNotify, err)
	}
	for subject, count := range info.State.Subjects {
		name := strings.TrimPrefix(subject, delivery.Subject(""))
		if n.has(name) {
			continue
		}
		if err := stream.Purge(ctx, jetstream.WithPurgeSubject(subject)); err != nil {
			return fmt.Errorf("drop deliveries of channel %q, which is not configured: %w", name, err)
		}
		n.s.Logger.Warn("dropped deliveries of a channel that is not configured any more",
			zap.String("channel", name), zap.Uint64("deliveries", count))
	}
	names := stream.ConsumerNames(ctx)
	for name := range names.Name() {
		channel, ours := strings.CutPrefix(name, delivery.Durable(""))
		if !ours || n.has(channel) {
			continue
		}
		if err := stream.DeleteConsumer(ctx, name); err != nil && !errors.Is(err, jetstream.ErrConsumerNotFound) {
			return fmt.Errorf("remove consumer %q: %w", name, err)
		}
	}
	return names.Err()
}

func (n *notifier) has(channel string) bool {
	return slices.ContainsFunc(n.workers, func(w *delivery.Worker) bool { return w.Name == channel })
}

// retire does what retireChannels does, as soon as the bus lets it.
func (n *notifier) retire(ctx context.Context) error {
	for ctx.Err() == nil {
		err := n.retireChannels(ctx)
		if err == nil {
			return nil
		}
		if ctx.Err() == nil {
			n.s.Logger.Warn("leftovers of other channels not looked at, will try again", zap.Error(err))
		}
		pause.For(ctx, retireAgain)
	}
	return nil
}
