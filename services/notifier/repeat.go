package notifier

import (
	"context"
	"time"

	"go.uber.org/zap"

	"github.com/forewarn/forewarn/services/notifier/internal/delivery"
	"github.com/forewarn/forewarn/shared/incident"
)

// repeater is a channel whose peer forgets what it is not told again.
type repeater interface {
	// Every is how often Repeat is to be called with the incidents that are open and were delivered.
	Every() time.Duration
	Repeat(ctx context.Context, open []delivery.Message) error
}

// repeat tells the peer of a worker again what is open, as long as ctx lasts; it returns at once for a peer that remembers.
func (n *notifier) repeat(ctx context.Context, w *delivery.Worker) error {
	r, ok := w.Channel.(repeater)
	if !ok {
		return nil
	}
	trouble := n.trouble("notifier/"+w.Name+"-repeat", "channel "+w.Name+": open incidents are not told again: ")
	tick := time.NewTicker(r.Every())
	defer tick.Stop()
	for {
		open, err := n.delivered(ctx, w)
		if err == nil {
			err = r.Repeat(ctx, open)
		}
		switch {
		case err == nil:
			trouble("")
		case ctx.Err() == nil:
			w.Logger.Warn("open incidents not told again, will try again", zap.Error(err))
			trouble(err.Error())
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// delivered returns the open incidents that a channel has delivered, as it would tell them now.
func (n *notifier) delivered(ctx context.Context, w *delivery.Worker) (out []delivery.Message, err error) {
	for q := (incident.Query{State: incident.Open}); ; {
		page, err := n.store.List(ctx, q)
		if err != nil {
			return nil, err
		}
		for _, i := range page.Incidents {
			r, err := n.store.Receipt(ctx, i.ID, w.Name)
			if err != nil || r.Outcome != incident.Delivered || i.Notified == nil {
				continue // what was not told yet is in the queue
			}
			m, _ := w.Incident(ctx, &delivery.Delivery{Channel: w.Name, Reason: i.Notified.Reason, Incident: *i}, i.Notified.Reason)
			out = append(out, m)
		}
		if page.Next == "" {
			return out, nil
		}
		q.Before = page.Next
	}
}
