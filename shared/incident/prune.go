package incident

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// Above HighWater of its size the bucket loses its oldest resolved incidents until it is below lowWater. A store
// that is full could take no new incident, and not even the end of one; its writer keeps a reserve for these.
const (
	HighWater = 0.8
	lowWater  = 0.6
)

// Count returns how many incidents there are in a state, "" for any. Counting the open ones is cheap; other
// states cost a read per incident, and leave out those that cannot be read.
func (s *Store) Count(ctx context.Context, state State) (int, error) {
	ids, err := s.ids(ctx, state)
	if err != nil || state == "" || state == Open {
		return len(ids), err
	}
	n := 0
	for _, id := range ids {
		i, err := s.Get(ctx, id)
		if err != nil && !passable(err) {
			return n, err
		}
		if err == nil && i.State == state {
			n++
		}
	}
	return n, nil
}

// Prune removes the incidents that were resolved before a time, and when the bucket is nearly full the oldest
// resolved ones until it is not. It returns how many it removed, also with an error. Open ones stay, and those
// that cannot be read: they may be of a newer release, which is to find them again.
func (s *Store) Prune(ctx context.Context, before time.Time) (removed int, err error) {
	ids, err := s.ids(ctx, "")
	if err != nil {
		return 0, err
	}
	full, err := s.fuller(ctx, HighWater)
	if err != nil {
		return 0, err
	}
	for k := len(ids) - 1; k >= 0; k-- { // the oldest first
		if full && removed%16 == 0 {
			if full, err = s.fuller(ctx, lowWater); err != nil {
				return removed, err
			}
		}
		i, err := s.Get(ctx, ids[k])
		if passable(err) {
			continue
		}
		if err != nil {
			return removed, err
		}
		if i.OpenedAt.After(before) && !full {
			break // everything that follows was opened later still
		}
		if i.ResolvedAt == nil || i.State == Open || !full && i.ResolvedAt.After(before) {
			continue
		}
		switch err := s.remove(ctx, i); {
		case err == nil:
			removed++
		case !errors.Is(err, ErrConflict): // otherwise it changed since it was read, and may be open again
			return removed, err
		}
	}
	return removed, nil
}

// passable reports whether err concerns one incident alone, so that going through all of them can go on.
func passable(err error) bool { return errors.Is(err, ErrNotFound) || errors.Is(err, ErrUnreadable) }

// fuller reports whether the bucket holds more than a part of what it may.
func (s *Store) fuller(ctx context.Context, part float64) (bool, error) {
	fill, err := s.Fill(ctx)
	return fill > part, err
}

// Fill returns how full the bucket is, from 0 to 1; 0 if nothing bounds it.
func (s *Store) Fill(ctx context.Context) (float64, error) {
	st, err := s.kv.Status(ctx)
	if err != nil {
		return 0, fmt.Errorf("look at the incident store: %w", err)
	}
	b, ok := st.(*jetstream.KeyValueBucketStatus)
	if !ok || b.StreamInfo().Config.MaxBytes <= 0 {
		return 0, nil
	}
	return float64(st.Bytes()) / float64(b.StreamInfo().Config.MaxBytes), nil
}

// roomy marks errors that mean that the bucket has no room as [ErrFull].
func roomy(err error) error {
	const storeFailed = 10077 // the server's words tell what it was
	var api *jetstream.APIError
	if errors.As(err, &api) && api.ErrorCode == storeFailed && strings.Contains(api.Description, "maximum bytes") {
		return fmt.Errorf("%w: %w", ErrFull, err)
	}
	return err
}

// remove purges an incident and then its keys; [ErrConflict] if it has changed since it was read. The incident goes
// first, as only its revision tells; a crash then leaves keys that lead nowhere, which readers pass over. The mark of a
// removal also takes more room than a key that only points: the incident has that room in a full bucket.
func (s *Store) remove(ctx context.Context, i *Incident) error {
	keys, err := s.receiptKeys(ctx, i.ID)
	if err != nil {
		return err
	}
	for _, e := range i.Episodes {
		keys = append(keys, hashed(episodePrefix, e))
	}
	for _, key := range i.shared() {
		if id, err := s.pointed(ctx, key); err == nil && id == i.ID {
			keys = append(keys, key)
		}
	}
	if i.Held != nil {
		keys = append(keys, heldPrefix+i.ID)
	}
	err = s.kv.remove(ctx, i.ID, i.Revision)
	if errors.Is(err, jetstream.ErrKeyRevisionMismatch) {
		return fmt.Errorf("remove incident %s: %w", i.ID, ErrConflict)
	}
	if err != nil {
		return fmt.Errorf("remove incident %s: %w", i.ID, roomy(err))
	}
	keys = append(keys, openPrefix+i.ID)
	if i.Work.Closed == nil {
		keys = append(keys, endedPrefix+i.ID)
	}
	if i.Work.Verdict != nil {
		keys = append(keys, judgedPrefix+i.ID)
	}
	return s.purge(ctx, keys)
}

// shared returns the keys that may lead to i, or to a newer one: those of its own fault, of that of a message which opened it before
// a prediction joined, and of where its troubles were.
func (i *Incident) shared() []string {
	all := []string{hashed(faultPrefix, i.Fault())}
	for k := range i.Marks {
		for _, key := range append(i.rootKey(k), hashed(faultPrefix, i.FaultOf(k))) {
			if !slices.Contains(all, key) {
				all = append(all, key)
			}
		}
	}
	return all
}

// markLife is how long the mark of a removal stays: nobody reads it, and it takes room.
const markLife = time.Second

// purge removes keys, one after the other.
func (s *Store) purge(ctx context.Context, keys []string) error {
	for _, key := range keys {
		if err := s.kv.remove(ctx, key, 0); err != nil {
			return fmt.Errorf("remove %s from the incident store: %w", key, roomy(err))
		}
	}
	return nil
}
