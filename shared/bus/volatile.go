package bus

import (
	"context"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go/jetstream"
)

// prepares tells whether this process makes what is missing on the bus.
func (b *Bus) prepares() bool { return b.role == nil || b.role.Prepares }

// prepareVolatile makes the leases and the members anew: they are in memory, and a server that was started again has
// forgotten them, and that there was room for them.
func (b *Bus) prepareVolatile(ctx context.Context) error {
	b.preparing.Lock()
	defer b.preparing.Unlock()
	if _, err := b.bucket(ctx, BucketLease); err == nil {
		return nil // by another goroutine
	}
	var errs []error
	for _, c := range b.buckets() {
		if c.Storage == jetstream.MemoryStorage {
			errs = append(errs, b.ensureBucket(ctx, c))
		}
	}
	for _, c := range b.streams() {
		if c.Storage == jetstream.MemoryStorage {
			errs = append(errs, b.ensureStream(ctx, c))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("make leases anew: %w", err)
	}
	b.log.Warn("the server had forgotten all leases, as it does when it is started again; they were made anew")
	return nil
}
