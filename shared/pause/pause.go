// Package pause waits as long as a context lasts.
package pause

import (
	"context"
	"time"
)

// For waits for d, or until ctx ends; it tells whether it waited to the end.
func For(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}
