package notifier

import (
	"context"

	"go.uber.org/zap"

	"github.com/forewarn/forewarn/services/notifier/internal/delivery"
)

// overflow gives up a delivery for which the queue of its channel has no room.
func (n *notifier) overflow(ctx context.Context, d *delivery.Delivery, cause error) error {
	if err := delivery.Bury(ctx, n.s.Bus, d, cause.Error()); err != nil {
		return err
	}
	n.metrics.deliveries.WithLabelValues(d.Channel, string(delivery.ResultGivenUp)).Inc()
	n.trouble("notifier/"+d.Channel, "channel "+d.Channel+": ")(
		"its queue is full and new messages go to the dead letter; look at the receiver, which has taken nothing for long")
	n.s.Logger.Error("queue of a channel is full, delivery moved to the dead letter", zap.String("channel", d.Channel),
		zap.String("delivery", d.ID()), zap.Error(cause))
	n.alarm(ctx, d, cause)
	return nil
}
