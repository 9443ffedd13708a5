package pipeline

import (
	"context"
	"time"

	"go.uber.org/zap"

	"github.com/forewarn/forewarn/shared/signal"
)

// Band returns between what a signal is usual from one time to another, by what is known of its habit now; nil if it has none
// or that is not known. Root is that of its entity.
func (s *Source) Band(ctx context.Context, key, root string, from, to time.Time) *signal.Band {
	band, err := signal.Habits{Bus: s.settings.Bus, Catalogue: s.settings.Catalogue}.Band(ctx, key, root, from, to)
	if err != nil && ctx.Err() == nil {
		s.settings.Logger.Warn("what is usual of a signal cannot be read", zap.String("signal", key), zap.Error(err))
	}
	return band
}
