package signal

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/query"
)

// HabitKeeper is the name on the bus of the workers that judge habits.
const HabitKeeper = "anomaly-metrics"

// bandPatience bounds one asking for a band.
const bandPatience = time.Second

// Habits asks the workers that judge habits between what signals are usual. It is safe for concurrent use.
type Habits struct {
	Bus *bus.Bus
	// Catalogue says which signals have a habit; of others nothing is asked.
	Catalogue *Catalogue
}

// Band returns between what a signal is usual from one time to another, by what is known of its habit now; nil if it has none or no
// worker is there. Root is that of its entity. It waits a second at most.
func (h Habits) Band(ctx context.Context, key, root string, from, to time.Time) (*Band, error) {
	if !h.has(key) {
		return nil, nil
	}
	ctx, cancel := context.WithTimeout(ctx, bandPatience)
	defer cancel()
	band, err := ReadBand(ctx, key, from, to, query.Of(h.Bus, HabitKeeper, h.Bus.PartitionOf(root)))
	if errors.Is(err, bus.ErrNoWorker) {
		return nil, nil
	}
	return band, err
}

// has reports whether a signal is judged by what is usual of it.
func (h Habits) has(key string) bool {
	if h.Catalogue == nil {
		return false
	}
	id, _, _ := strings.Cut(key, "/")
	r, ok := h.Catalogue.Rule(id)
	return ok && (r.Kind == Behaviour || r.Kind == Count)
}
