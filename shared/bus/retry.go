package bus

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/zap"

	"github.com/forewarn/forewarn/shared/pause"
)

const (
	backoffFirst = 20 * time.Millisecond
	backoffLast  = 5 * time.Second
	// attemptTimeout bounds one request to the bus that has no timeout of its own.
	attemptTimeout = 5 * time.Second
	// complainEvery keeps a long absence of the bus from filling the log.
	complainEvery = time.Minute
)

// backoff returns how long to wait before attempt n (from 1), with jitter.
func backoff(n int) time.Duration {
	d := backoffLast
	if n < 9 {
		d = min(d, backoffFirst<<(n-1))
	}
	return d/2 + rand.N(d/2+1)
}

// lasting tells errors that no retry heals.
func lasting(err error) bool {
	return errors.Is(err, ErrPartitions) || errors.Is(err, ErrStore) || errors.Is(err, ErrServer) || errors.Is(err, ErrInstall) ||
		errors.Is(err, ErrSuperseded) || errors.Is(err, ErrTooLarge) || errors.Is(err, ErrNewer) || errors.Is(err, errDamaged) || errors.Is(err, jetstream.ErrMsgNotFound)
}

// Retry calls attempt, each time with a context of at most 5 s, until it succeeds, fails for good or ctx ends; then it returns the last
// error of attempt. It blocks meanwhile, and says what it waits for: a bus that is away, or elects who leads a stream, is no reason to end.
func (b *Bus) Retry(ctx context.Context, what string, attempt func(context.Context) error) error {
	var complained time.Time
	for n := 1; ; n++ {
		bounded, cancel := context.WithTimeout(ctx, attemptTimeout)
		err := b.explainDenied(attempt(bounded))
		cancel()
		if err == nil && n > 1 {
			b.permitted("")
		}
		if err == nil || lasting(err) || b.closing.Load() || ctx.Err() != nil {
			return err
		}
		b.metrics.retries.Inc()
		if n > 3 && time.Since(complained) > complainEvery {
			complained = time.Now()
			b.log.Warn("bus does not answer, trying again", zap.String("what", what), zap.Int("attempt", n), zap.Error(err))
		}
		if !pause.For(ctx, backoff(n)) {
			return err
		}
	}
}
