// Package history keeps samples for months and reads them back by time.
//
// [Store] is what the historian writes to and what queries read from; the package embedded is the
// implementation that needs no server, influx and promremote are those for servers that people have already, and
// backend opens the one that a [Config] names. Every implementation passes the contract in the package historytest:
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
//
// Where a server decides, it may decide otherwise: [Traits] says in what, and the contract tests that, too. Guarantees 1
// and 2 then hold as far as the server keeps what it has acknowledged.
package history

import (
	"context"
	"errors"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"

	"github.com/forewarn/forewarn/shared/telemetry"
)

// MaxAhead is how far in the future of this machine's clock a sample may lie. The edge refuses at ten minutes; this is
// the last defence of a store, whose window moves with its newest sample.
const MaxAhead = time.Hour

// ErrClosed is returned by every method of a store that has been closed.
var ErrClosed = errors.New("history is closed")

// ErrReadOnly is returned by Append of a store that others write.
var ErrReadOnly = errors.New("history is read-only here: it is written by others (history.prometheus.read_only) or by the historian alone (history.historian)")

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

// Labels returns labels as queries know them.
func Labels(ls telemetry.Labels) labels.Labels {
	b := labels.NewScratchBuilder(len(ls))
	for _, l := range ls {
		b.Add(l.Name, l.Value)
	}
	return b.Labels()
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
	// Rejected samples are those that a server will not have for a reason of its own, such as a limit of a tenant.
	Rejected int
	// Said is what the server said of one that it refused, "" if it said nothing.
	Said string
}

// Refused returns how many samples were not stored.
func (a Appended) Refused() int {
	return a.Conflicts + a.OutOfOrder + a.TooOld + a.Ahead + a.Invalid + a.Rejected
}
