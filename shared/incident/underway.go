package incident

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// underwayPrefix is underway.<kind>: the ids of the incidents that were changed last because something of a kind was due, separated by spaces.
const underwayPrefix = "underway."

// PutUnderway notes which incidents are about to be changed, or are in this draft, because something of a kind was due, such as "reminder". A
// kind has one writer. What follows from the changes may not be done when it ends: who comes after finds them here.
func (s *Store) PutUnderway(ctx context.Context, kind string, ids []string) error {
	if _, err := s.kv.PutString(ctx, underwayPrefix+kind, strings.Join(ids, " ")); err != nil {
		return fmt.Errorf("note what is underway for %s: %w", kind, roomy(err))
	}
	return nil
}

// Underway returns what was noted last.
func (s *Store) Underway(ctx context.Context, kind string) ([]string, error) {
	e, err := s.get(ctx, underwayPrefix+kind)
	if errors.Is(err, ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return strings.Fields(string(e.Value())), nil
}
