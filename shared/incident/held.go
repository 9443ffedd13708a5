package incident

import (
	"context"
	"errors"
	"fmt"
)

// heldPrefix is held.<id>: there is while people are not told of the incident.
const heldPrefix = "held."

// IndexHeld makes the list of held incidents agree with i. Repeating it changes nothing.
func (s *Store) IndexHeld(ctx context.Context, i *Incident) error {
	_, err := s.get(ctx, heldPrefix+i.ID)
	listed := err == nil
	switch {
	case err != nil && !errors.Is(err, ErrNotFound):
		return err
	case listed == (i.Held != nil):
		return nil
	case listed:
		return s.purge(ctx, []string{heldPrefix + i.ID})
	}
	if _, err := s.kv.PutString(ctx, heldPrefix+i.ID, i.ID); err != nil {
		return fmt.Errorf("list incident %s as held: %w", i.ID, roomy(err))
	}
	return nil
}

// Held returns the incidents that people are not told of, open or not, the newest first. One that cannot be read, or is gone, is left
// out. It costs a read for each.
func (s *Store) Held(ctx context.Context) (held []*Incident, err error) {
	ids, err := s.keys(ctx, heldPrefix)
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		i, err := s.Get(ctx, id)
		switch {
		case passable(err):
		case err != nil:
			return nil, err
		case i.Held == nil: // a crash came in between
			if err := s.IndexHeld(ctx, i); err != nil {
				return nil, err
			}
		default:
			held = append(held, i)
		}
	}
	return held, nil
}
