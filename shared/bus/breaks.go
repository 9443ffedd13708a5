package bus

import (
	"context"
	"errors"
	"sync"
)

// errBroken is why a read begins anew after the connection lost something.
var errBroken = errors.New("what the bus sent was lost with the connection")

// breaks tells readers that the connection may have lost what the server had sent: it was away, or the client dropped
// something for want of room. The server does not send it again, and a reader would not miss it before the next message.
type breaks struct {
	mu      sync.Mutex
	last    int
	readers map[int]context.CancelCauseFunc
}

// watch returns a context that ends with ctx or at the next break. stop must be called.
func (b *breaks) watch(ctx context.Context) (whole context.Context, stop func()) {
	whole, cancel := context.WithCancelCause(ctx)
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.readers == nil {
		b.readers = map[int]context.CancelCauseFunc{}
	}
	b.last++
	n := b.last
	b.readers[n] = cancel
	return whole, func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		delete(b.readers, n)
		cancel(nil)
	}
}

// tell tells those who watch of a break.
func (b *breaks) tell() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, cancel := range b.readers {
		cancel(errBroken)
	}
}
