package quiet

import (
	"context"
	"time"

	"go.uber.org/zap"

	"github.com/forewarn/forewarn/shared/incident"
)

// lookEvery is how often held incidents are looked at: windows and silences end by the clock, and what is down comes back.
const lookEvery = 10 * time.Second

// Watch says of each held incident that nothing holds any more, at once, every 10 s, and when a silence is made or ended, until ctx
// ends. free puts it on the bus; now is the clock.
func (b *Book) Watch(ctx context.Context, now func() time.Time, free func(context.Context, *incident.Incident, time.Time) error) error {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		if err := b.look(ctx, now().UTC(), free); err != nil && ctx.Err() == nil {
			b.s.Logger.Warn("held incidents not looked at, will try again", zap.Error(err))
		}
		select {
		case <-ctx.Done():
			return nil
		case <-b.kick:
		case <-tick.C:
		}
	}
}

func (b *Book) look(ctx context.Context, now time.Time, free func(context.Context, *incident.Incident, time.Time) error) error {
	held, err := b.s.Store.Held(ctx)
	if err != nil {
		return err
	}
	if err := b.tidy(ctx, held, now); err != nil {
		return err
	}
	for _, i := range held {
		hold, err := b.Hold(ctx, b.s.Store, i, now)
		if err != nil {
			return err
		}
		if hold != nil {
			continue
		}
		if err := free(ctx, i, now); err != nil {
			return err
		}
	}
	return nil
}
