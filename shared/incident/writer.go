package incident

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"

	"github.com/nats-io/nats.go/jetstream"
)

// Create stores a new incident and sets its Revision. It returns [ErrConflict] if there is one with its id.
func (s *Store) Create(ctx context.Context, i *Incident) error {
	data, err := fitted(i)
	if err != nil {
		return err
	}
	rev, err := s.kv.Create(ctx, i.ID, data)
	if errors.Is(err, jetstream.ErrKeyExists) {
		return fmt.Errorf("create incident %s: %w", i.ID, ErrConflict)
	}
	if err != nil {
		return fmt.Errorf("create incident %s: %w", i.ID, roomy(err))
	}
	i.Revision = rev
	return nil
}

// Update replaces the incident whose Revision i carries and sets the new Revision. It returns [ErrConflict],
// and changes nothing, if the incident has another revision by now. Of an incident
// that grows too large for the bus the oldest lines of the timeline are left out in the store.
func (s *Store) Update(ctx context.Context, i *Incident) error {
	data, err := fitted(i)
	if err != nil {
		return err
	}
	rev, err := s.kv.Update(ctx, i.ID, data, i.Revision)
	if errors.Is(err, jetstream.ErrKeyRevisionMismatch) {
		return fmt.Errorf("update incident %s: %w", i.ID, ErrConflict)
	}
	if err != nil {
		return fmt.Errorf("update incident %s: %w", i.ID, roomy(err))
	}
	i.Revision = rev
	return nil
}

// Index makes the keys by which i is found agree with it: its newest episode, those of its newest change and its fault lead to it, and
// it is listed as open, also under its places, exactly while it is. The writer calls it after each change of state, episodes or
// places, and again when it takes up work after a crash; repeating it changes nothing.
func (s *Store) Index(ctx context.Context, i *Incident) error { return s.IndexFrom(ctx, i, 0) }

// IndexFrom is Index for an incident whose places before the given one have been indexed already in its present state.
func (s *Store) IndexFrom(ctx context.Context, i *Incident, place int) error {
	keys := []string{hashed(faultPrefix, i.Fault())}
	for k := range i.Episodes {
		if k == len(i.Episodes)-1 || k < len(i.Marks) && i.Marks[k].Version == i.Version {
			keys = append(keys, hashed(episodePrefix, i.Episodes[k]))
			keys = append(keys, i.rootKey(k)...)
		}
	}
	if i.State == Open {
		keys = append(keys, openPrefix+i.ID)
	} else if err := s.purge(ctx, []string{openPrefix + i.ID}); err != nil {
		return fmt.Errorf("index incident %s: %w", i.ID, err)
	}
	if err := s.indexEnd(ctx, i); err != nil {
		return fmt.Errorf("index incident %s: %w", i.ID, roomy(err))
	}
	if i.Work.Verdict != nil {
		keys = append(keys, judgedPrefix+i.ID)
	}
	for _, place := range i.Places[min(place, len(i.Places)):] {
		if err := s.list(ctx, place, i.ID, i.State == Open); err != nil {
			return fmt.Errorf("index incident %s: %w", i.ID, roomy(err))
		}
	}
	for _, key := range keys {
		if err := s.point(ctx, key, i.ID); err != nil {
			return fmt.Errorf("index incident %s: %w", i.ID, roomy(err))
		}
	}
	return nil
}

// indexEnd lists i among those that have ended and are not closed exactly while it is one.
func (s *Store) indexEnd(ctx context.Context, i *Incident) error {
	switch {
	case i.State == Resolved && i.Work.Closed == nil:
		return s.point(ctx, endedPrefix+i.ID, i.ID)
	case i.State == Resolved || i.Reopened > 0:
		return s.purge(ctx, []string{endedPrefix + i.ID})
	}
	return nil // it opens for the first time
}

// Unclosed returns the ids of the incidents that are open, or resolved and not closed, the newest first. Those that were resolved before
// incidents could be closed are not among them.
func (s *Store) Unclosed(ctx context.Context) ([]string, error) {
	open, err := s.keys(ctx, openPrefix)
	if err != nil {
		return nil, err
	}
	ended, err := s.keys(ctx, endedPrefix)
	if err != nil {
		return nil, err
	}
	all := slices.Concat(open, ended)
	slices.Sort(all)
	slices.Reverse(all)
	return slices.Compact(all), nil
}

// Judged returns the ids of the incidents of which people said what they were worth, the newest first.
func (s *Store) Judged(ctx context.Context) ([]string, error) { return s.keys(ctx, judgedPrefix) }

// point lets key hold id, unless it holds that of a newer incident already.
func (s *Store) point(ctx context.Context, key, id string) error {
	if e, err := s.kv.Get(ctx, key); err == nil && string(e.Value()) >= id {
		return nil
	}
	_, err := s.kv.PutString(ctx, key, id)
	return err
}

// IDByEpisode returns the id of the incident that an episode belongs to, or [ErrNotFound].
func (s *Store) IDByEpisode(ctx context.Context, episode string) (string, error) {
	return s.pointed(ctx, hashed(episodePrefix, episode))
}

// IDByFault returns the id of the newest incident of a fault, open or not, or [ErrNotFound].
func (s *Store) IDByFault(ctx context.Context, fault string) (string, error) {
	return s.pointed(ctx, hashed(faultPrefix, fault))
}

// IDByRoot returns the id of the newest incident that has, or had, a trouble in an outermost entity, open or not, or [ErrNotFound].
func (s *Store) IDByRoot(ctx context.Context, root string) (string, error) {
	return s.pointed(ctx, hashed(rootPrefix, root))
}

// rootKey is the key by which the k-th trouble is found by where it is; none of a note, which opens nothing.
func (i *Incident) rootKey(k int) []string {
	if k >= len(i.Marks) || i.Marks[k].Note || i.Marks[k].Trouble == nil {
		return nil
	}
	return []string{hashed(rootPrefix, i.Marks[k].Trouble.Entity.Root)}
}

func (s *Store) pointed(ctx context.Context, key string) (string, error) {
	e, err := s.get(ctx, key)
	if err != nil {
		return "", err
	}
	return string(e.Value()), nil
}

// hashed makes a key of words that may hold anything: 128 bits of a hash never meet by chance.
func hashed(prefix, words string) string {
	sum := sha256.Sum256([]byte(words))
	return prefix + hex.EncodeToString(sum[:16])
}
