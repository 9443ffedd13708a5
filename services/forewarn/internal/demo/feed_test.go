package demo

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// TestPace: a day a second at most, if that was asked for; and nobody has to wait who wants to stop.
func TestPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := func(speed float64, passed, want time.Duration) {
			t.Helper()
			began := time.Now()
			feed := &Feed{Settings: Settings{Speed: speed}}
			if err := feed.pace(t.Context(), began.Add(-time.Second), passed); err != nil {
				t.Error(err)
			}
			if waited := time.Since(began); waited != want {
				t.Errorf("at %v days a second, a second after the start, %v later: waits %v, want %v", speed, passed, waited, want)
			}
		}
		const day = 24 * time.Hour
		f(0, 30*day, 0)
		f(1, day, 0)
		f(1, 3*day, 2*time.Second)
		f(0.5, 3*day, 5*time.Second)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := (&Feed{Settings: Settings{Speed: 1}}).pace(ctx, time.Now(), 30*day); !errors.Is(err, context.Canceled) {
			t.Errorf("told to stop, it says %v", err)
		}
	})
}
