package pipeline

import (
	"errors"
	"testing"
	"testing/synctest"

	"go.uber.org/zap"
)

// TestSignalsAtTheEnd: a request that comes while Run waits for its last flight gets an error.
func TestSignalsAtTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := NewReader(nil, zap.NewNop(), nil)
		end := make(chan struct{})
		go r.flight.Do("", func() (any, error) { <-end; return nil, nil }) //nolint:errcheck // as Run does
		synctest.Wait()
		got := make(chan error, 1)
		go func() {
			_, err := r.Signals(t.Context())
			got <- err
		}()
		synctest.Wait()
		close(end)
		if err := <-got; !errors.Is(err, errEnding) {
			t.Errorf("Signals: %v", err)
		}
	})
}
