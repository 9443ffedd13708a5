package bus

import (
	"context"
	"runtime"
)

// turns bounds how many workers of this process save or restore at once. Who restores has its state in memory twice for a while,
// and all are due at the same moment; more of them than processors are not done any sooner.
type turns chan struct{}

func newTurns() turns { return make(turns, runtime.GOMAXPROCS(0)) }

// take waits for a turn, which the caller must give back.
func (t turns) take(ctx context.Context) error {
	select {
	case t <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (t turns) back() { <-t }
