package pipeline

import (
	"context"
	"errors"
	"time"

	"go.uber.org/zap"

	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/query"
	"github.com/forewarn/forewarn/shared/signal"
)

// HabitKeeper is the name on the bus of the workers that judge habits.
const HabitKeeper = "anomaly-metrics"

// bandTimeout bounds one asking for a band.
const bandTimeout = time.Second

// Band returns between what a signal is usual from one time to another, by what is known of its habit now; nil if it has none
// or that is not known. Root is that of its entity.
func (s *Source) Band(ctx context.Context, key, root string, from, to time.Time) *signal.Band {
	if r := s.rule(key); r.Kind != signal.Behaviour && r.Kind != signal.Count {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, bandTimeout)
	defer cancel()
	b := s.settings.Bus
	band, err := signal.ReadBand(ctx, key, from, to, query.Of(b, HabitKeeper, b.PartitionOf(root)))
	if err != nil && ctx.Err() == nil && !errors.Is(err, bus.ErrNoWorker) {
		s.settings.Logger.Warn("what is usual of a signal cannot be read", zap.String("signal", key), zap.Error(err))
	}
	return band
}
