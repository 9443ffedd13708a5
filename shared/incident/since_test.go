package incident_test

import (
	"context"
	"errors"
	"slices"
	"testing"
)

// TestChangedSince: of the incidents that have changed after a revision each is listed once, and nothing else that is stored.
func TestChangedSince(t *testing.T) {
	s, _ := newStore(t)
	a, b, c := sample(0), sample(1), sample(2)
	since := func(revision uint64, want ...string) uint64 {
		t.Helper()
		got, err := s.ChangedSince(t.Context(), revision)
		slices.Sort(got)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("since %d: %v, %v; want %v", revision, got, err, want)
		}
		now, err := s.Revision(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return now
	}
	since(0)
	if err := errors.Join(s.Create(t.Context(), a), s.Index(t.Context(), a), s.Create(t.Context(), b)); err != nil {
		t.Fatal(err)
	}
	before := since(0, a.ID, b.ID)
	since(before)
	if err := errors.Join(s.Update(t.Context(), b), s.Update(t.Context(), b), s.Create(t.Context(), c), s.Index(t.Context(), c)); err != nil {
		t.Fatal(err)
	}
	since(since(before, b.ID, c.ID))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.ChangedSince(ctx, before); !errors.Is(err, context.Canceled) {
		t.Errorf("without a bus: %v", err)
	}
}
