package incident

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/nats-io/nats.go/jetstream"
)

// maxAt is how many open incidents are found under one place; the oldest give way.
const maxAt = 50

// list makes the ids that a place holds agree with whether the incident is open there. Repeating it changes nothing.
func (s *Store) list(ctx context.Context, place, id string, open bool) error {
	for {
		err := s.relist(ctx, hashed(placePrefix, place), id, open)
		if !errors.Is(err, jetstream.ErrKeyRevisionMismatch) && !errors.Is(err, jetstream.ErrKeyExists) || ctx.Err() != nil {
			return err
		}
	}
}

func (s *Store) relist(ctx context.Context, key, id string, open bool) error {
	e, err := s.kv.Get(ctx, key)
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		if !open {
			return nil
		}
		_, err := s.kv.Create(ctx, key, []byte(id))
		return err
	}
	if err != nil {
		return err
	}
	ids := strings.Fields(string(e.Value()))
	if slices.Contains(ids, id) == open {
		return nil
	}
	if open {
		ids = append(ids, id)
		slices.Sort(ids)
		ids = ids[max(0, len(ids)-maxAt):]
	} else {
		ids = slices.DeleteFunc(ids, func(other string) bool { return other == id })
	}
	if len(ids) == 0 {
		return s.kv.remove(ctx, key, e.Revision())
	}
	_, err = s.kv.Update(ctx, key, []byte(strings.Join(ids, " ")), e.Revision())
	return err
}

// OpenAt returns the newest open incidents that are found under any of the places, at most limit, the newest first, without those
// that cannot be read. It costs a read for each place and each of them, however many others are open.
func (s *Store) OpenAt(ctx context.Context, places []string, limit int) (open []*Incident, err error) {
	var ids []string
	for _, place := range places {
		e, err := s.get(ctx, hashed(placePrefix, place))
		if errors.Is(err, ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		ids = append(ids, strings.Fields(string(e.Value()))...)
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	slices.Reverse(ids)
	for _, id := range ids[:min(limit, len(ids))] {
		i, err := s.Get(ctx, id)
		if err != nil && !passable(err) {
			return nil, fmt.Errorf("read open incidents: %w", err)
		}
		if err == nil && i.State == Open {
			open = append(open, i)
		}
	}
	return open, nil
}
