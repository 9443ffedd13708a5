package pipeline

import (
	"context"
	"time"

	"github.com/forewarn/forewarn/shared/inventory"
)

// Arrivals tells what has been arriving, read or not.
type Arrivals interface {
	Targets(ctx context.Context, since time.Time) ([]inventory.Target, error)
	Unread(ctx context.Context, since time.Time) ([]string, error)
	Describe(ctx context.Context, since time.Time, names, chosen []string) ([]inventory.Metric, error)
}

// arrivalsSince is how far back it is asked what has been arriving, arrivalsTimeout how long that may take.
const (
	arrivalsSince   = 6 * time.Hour
	arrivalsTimeout = 2 * time.Second
)

// Targets returns what collectors read from, as far as it was heard within hours; [ErrNoHistory] if nobody keeps that.
func (s *Source) Targets(ctx context.Context) ([]inventory.Target, error) {
	if s.settings.Arrivals == nil {
		return nil, ErrNoHistory
	}
	ctx, cancel := context.WithTimeout(ctx, arrivalsTimeout)
	defer cancel()
	return s.settings.Arrivals.Targets(ctx, time.Now().Add(-arrivalsSince))
}

// Unread returns the names of the metrics that no rule reads, sorted; [ErrNoHistory] if nobody keeps that.
func (s *Source) Unread(ctx context.Context) ([]string, error) {
	if s.settings.Arrivals == nil {
		return nil, ErrNoHistory
	}
	ctx, cancel := context.WithTimeout(ctx, arrivalsTimeout)
	defer cancel()
	return s.settings.Arrivals.Unread(ctx, time.Now().Add(-arrivalsSince))
}

// Describe says more of some of the metrics that no rule reads.
func (s *Source) Describe(ctx context.Context, names, chosen []string) ([]inventory.Metric, error) {
	if s.settings.Arrivals == nil {
		return nil, ErrNoHistory
	}
	ctx, cancel := context.WithTimeout(ctx, arrivalsTimeout)
	defer cancel()
	return s.settings.Arrivals.Describe(ctx, time.Now().Add(-arrivalsSince), names, chosen)
}
