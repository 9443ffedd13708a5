// Package history keeps samples for months and reads them back by time.
//
// [Store] is what the historian writes to and what queries read from; the package embedded is the
// implementation that needs no server. Every implementation passes the contract in the package historytest:
//
//  1. A sample for which Append returned is read by queries that start afterwards, and survives the end of the
//     process at any point (kill -9 included).
//  2. A sample for which Append returned before Sync returned nil survives a loss of power.
//  3. Appending is idempotent: what is appended again changes no answer, so a reader of the bus may repeat
//     whatever it is not sure of.
//  4. A sample that cannot be stored is counted by its reason and costs no other sample.
//  5. When Append returns an error nothing of the batch needs to be taken as stored; the caller appends the same
//     batch again.
//
// NaN and infinities are values like others. Prometheus' stale marker (a NaN with bits of its own) is kept as
// what it is: it ends a series; every other NaN stays an ordinary NaN.
package history

import (
	"context"

	"github.com/prometheus/prometheus/storage"

	"github.com/forewarn/forewarn/shared/telemetry"
)

// Store holds series. It is safe for concurrent use.
type Store interface {
	storage.Queryable

	// Append stores the samples of b and says how many were stored and how many refused, by reason. An error
	// means that the store cannot write now (a full disk, a server that is away) and that the caller should
	// append the same batch again later; its text says what to do. Append does not keep b.
	Append(ctx context.Context, b *telemetry.Batch) (Appended, error)

	// Sync returns nil once everything that Append returned for before the call is safe against a loss of
	// power. The historian calls it before it lets the bus forget.
	Sync() error

	// Close releases the store. Append, Sync and new queries fail afterwards.
	Close() error
}

// Appended counts what became of the samples of a batch.
type Appended struct {
	// Stored samples are in the store; exact repeats of samples that were there before count as stored.
	Stored int
	// Conflicts are samples for a time at which their series holds another value: the first one stays.
	Conflicts int
	// OutOfOrder samples are older than the newest of their series, in a store without out-of-order window.
	OutOfOrder int
	// TooOld samples are older than the out-of-order window reaches back from the newest sample of the store.
	TooOld int
	// Ahead samples lie more than an hour in the future of this machine's clock: one of them would make every
	// honest sample too old.
	Ahead int
	// Invalid samples are of series without labels, with a label name twice, or with text that is no UTF-8.
	Invalid int
}

// Refused returns how many samples were not stored.
func (a Appended) Refused() int {
	return a.Conflicts + a.OutOfOrder + a.TooOld + a.Ahead + a.Invalid
}
