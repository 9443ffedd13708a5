package pause_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/forewarn/forewarn/shared/pause"
)

// TestFor: it waits for just so long, and no longer than its context lasts.
func TestFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := func(lasts, wait, took time.Duration, whole bool) {
			t.Helper()
			ctx, cancel := context.WithTimeout(t.Context(), lasts)
			defer cancel()
			start := time.Now()
			if got := pause.For(ctx, wait); got != whole || time.Since(start) != took {
				t.Errorf("%v of %v: waited %v, to the end %v; want %v, %v", wait, lasts, time.Since(start), got, took, whole)
			}
		}
		f(time.Hour, time.Minute, time.Minute, true)
		f(time.Hour, -time.Minute, 0, true)
		f(time.Minute, time.Hour, time.Minute, false)
	})
}
