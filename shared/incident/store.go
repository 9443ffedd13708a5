package incident

import (
	"context"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go/jetstream"
)

var (
	// ErrNotFound is returned when there is no such incident, episode, fault or receipt.
	ErrNotFound = errors.New("incident not found")
	// ErrConflict is returned when somebody else changed the incident since it was read; read it again.
	ErrConflict = errors.New("incident was changed by another writer")
	// ErrFull is returned when the bucket has no room for what is to be written.
	ErrFull = errors.New("incident store is full")
	// ErrUnreadable is returned for what is stored but cannot be understood: damaged, or of a newer release.
	ErrUnreadable = errors.New("stored incident data cannot be read")
)

// Keys of the bucket. An incident's key is its id, one token, so that the filter "*" finds the incidents alone.
const (
	openPrefix    = "open."    // open.<id>: there is while the incident is open
	endedPrefix   = "ended."   // ended.<id>: there is while the incident is resolved and not closed
	judgedPrefix  = "judged."  // judged.<id>: there is once people said what the incident was worth
	placePrefix   = "place."   // place.<hash>: the ids of the incidents that are open there, separated by spaces
	notePrefix    = "note."    // note.<hash>: the notes of an outermost entity
	habitPrefix   = "habit."   // habit.<hash>: on which days faults of an outermost entity were noted
	episodePrefix = "episode." // episode.<hash>: the incident of an episode
	faultPrefix   = "fault."   // fault.<hash>: the newest incident of a fault
	rootPrefix    = "root."    // root.<hash>: the newest incident with a trouble in an outermost entity
	receiptPrefix = "receipt." // receipt.<id>.<channel>: what a channel delivered last
)

// Store reads and writes incidents in a JetStream key-value bucket. It is safe for concurrent use, keeps
// nothing in memory, and each method blocks for its round trips to the bus at most until ctx ends.
type Store struct{ kv bucket }

// bucket is what a store needs of a key-value bucket, and all that a draft has to stand for.
type bucket interface {
	Bucket() string
	Status(ctx context.Context) (jetstream.KeyValueStatus, error)
	Get(ctx context.Context, key string) (jetstream.KeyValueEntry, error)
	Create(ctx context.Context, key string, value []byte, options ...jetstream.KVCreateOpt) (uint64, error)
	Update(ctx context.Context, key string, value []byte, revision uint64) (uint64, error)
	Put(ctx context.Context, key string, value []byte) (uint64, error)
	PutString(ctx context.Context, key, value string) (uint64, error)
	ListKeysFiltered(ctx context.Context, filters ...string) (jetstream.KeyLister, error)
	Watch(ctx context.Context, keys string, options ...jetstream.WatchOpt) (jetstream.KeyWatcher, error)
	// remove removes a key that has a revision, 0 for any; a draft could not read the options of the client.
	remove(ctx context.Context, key string, revision uint64) error
}

// stored is the bucket itself.
type stored struct{ jetstream.KeyValue }

func (kv stored) remove(ctx context.Context, key string, revision uint64) error {
	options := []jetstream.KVDeleteOpt{jetstream.PurgeTTL(markLife)}
	if revision != 0 {
		options = append(options, jetstream.LastRevision(revision))
	}
	return kv.Purge(ctx, key, options...)
}

// NewStore returns the store in a bucket.
func NewStore(kv jetstream.KeyValue) *Store { return &Store{kv: stored{kv}} }

// Get returns one incident with its revision, [ErrNotFound] or [ErrUnreadable].
func (s *Store) Get(ctx context.Context, id string) (*Incident, error) {
	if !ValidID(id) {
		return nil, fmt.Errorf("%w: %q is no incident id", ErrNotFound, id)
	}
	e, err := s.get(ctx, id)
	if err != nil {
		return nil, err
	}
	return decodeEntry(e)
}

// get reads a key, telling a missing one by [ErrNotFound].
func (s *Store) get(ctx context.Context, key string) (jetstream.KeyValueEntry, error) {
	e, err := s.kv.Get(ctx, key)
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return nil, fmt.Errorf("%w: %s", ErrNotFound, key)
	}
	if err != nil {
		return nil, fmt.Errorf("read %s from the incident store: %w", key, err)
	}
	return e, nil
}

// decodeEntry decodes an incident and notes its revision.
func decodeEntry(e jetstream.KeyValueEntry) (*Incident, error) {
	i, err := Decode(e.Value())
	if err != nil {
		return nil, fmt.Errorf("%w: key %s: %w", ErrUnreadable, e.Key(), err)
	}
	i.Revision = e.Revision()
	return i, nil
}

// Watch calls changed with each incident that is created or changes from now on, in order, until ctx ends,
// and returns nil then. One that cannot be read is passed over. The calls come from one goroutine; a slow one
// delays the next. It returns an error when the bus ends the watch; the caller reads the list again and watches anew.
func (s *Store) Watch(ctx context.Context, changed func(*Incident)) error {
	w, err := s.kv.Watch(ctx, "*", jetstream.UpdatesOnly(), jetstream.IgnoreDeletes())
	if err != nil {
		return fmt.Errorf("watch incidents: %w", err)
	}
	defer w.Stop() //nolint:errcheck // the subscription ends with the connection at the latest
	for {
		select {
		case <-ctx.Done():
			return nil
		case e, ok := <-w.Updates():
			if !ok {
				if ctx.Err() != nil {
					return nil
				}
				return errors.New("watch incidents: the bus ended the watch")
			}
			if e == nil {
				continue // the mark that the current values are over
			}
			if i, err := decodeEntry(e); err == nil {
				changed(i)
			}
		}
	}
}
