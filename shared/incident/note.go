package incident

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/forewarn/forewarn/shared/finding"
)

// MaxNotes is how many notes are kept of one outermost entity.
const MaxNotes = 12

// Note is an episode that is too slight for an incident, kept for a while: it may be the cause of one that opens soon.
type Note struct {
	Episode string `json:"episode"`
	// Finding is the id of the newest finding of the episode, Time its time.
	Finding  string           `json:"finding"`
	Time     time.Time        `json:"time"`
	Severity finding.Severity `json:"severity"`
	Ended    bool             `json:"ended,omitempty"`
	Trouble  Trouble          `json:"trouble"`
}

// Notes returns the notes of an outermost entity, in the order of their times. What cannot be read is none: it is evidence at most.
func (s *Store) Notes(ctx context.Context, root string) ([]Note, error) {
	e, err := s.get(ctx, hashed(notePrefix, root))
	if errors.Is(err, ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return notesIn(e.Value()), nil
}

// notesIn decodes notes, none if they cannot be read.
func notesIn(data []byte) []Note {
	var notes []Note
	if json.Unmarshal(data, &notes) != nil {
		return nil
	}
	return notes
}

// PutNotes replaces the notes of an outermost entity. They have one writer.
func (s *Store) PutNotes(ctx context.Context, root string, notes []Note) error {
	data, err := json.Marshal(notes)
	if err != nil {
		return fmt.Errorf("encode notes: %w", err)
	}
	if _, err := s.kv.Put(ctx, hashed(notePrefix, root), data); err != nil {
		return fmt.Errorf("store notes of %s: %w", root, roomy(err))
	}
	return nil
}

// PruneNotes removes the notes of entities that noted nothing since a time, and returns of how many.
func (s *Store) PruneNotes(ctx context.Context, before time.Time) (removed int, err error) {
	return s.pruneOf(ctx, notePrefix, func(data []byte) bool {
		return slices.ContainsFunc(notesIn(data), func(n Note) bool { return n.Time.After(before) })
	})
}
