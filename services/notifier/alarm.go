package notifier

import (
	"context"
	"time"

	"go.uber.org/zap"

	"github.com/forewarn/forewarn/services/notifier/internal/delivery"
	"github.com/forewarn/forewarn/shared/obs"
)

// alarm tells by another channel that one has given up a delivery.
func (n *notifier) alarm(ctx context.Context, d *delivery.Delivery, why error) {
	a, due := n.alarms.Of(d, why, n.outlet(d.Channel), time.Now())
	if !due {
		return
	}
	log := n.s.Logger.With(zap.String("channel", d.Channel), zap.String("told_by", a.Channel))
	if err := delivery.Enqueue(ctx, n.s.Bus.JetStream(), a); err != nil {
		log.Warn("nobody is told that a delivery was given up", zap.Error(err))
		return
	}
	log.Info("people are told by another channel that a delivery was given up", zap.String("delivery", d.ID()))
}

// outlet returns the channel that tells of another's trouble: the configured one, else the first one that is well; "" if there is none.
func (n *notifier) outlet(failed string) string {
	state := map[string]obs.State{}
	for _, c := range n.s.Health.Checks() {
		state[c.Name] = c.State
	}
	well := func(name string) bool { return name != failed && state["notifier/"+name] == obs.OK }
	if n.cfg.AlarmChannel != "" && well(n.cfg.AlarmChannel) {
		return n.cfg.AlarmChannel
	}
	for k := range n.cfg.Channels {
		if name := n.cfg.Channels[k].Name; well(name) {
			return name
		}
	}
	return ""
}
