package incident_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/incident"
)

// TestFullStore: what does not fit is said, and pruning the resolved ones makes room again, even without any left.
func TestFullStore(t *testing.T) {
	s, b := newStore(t)
	stream, err := b.JetStream().Stream(t.Context(), "KV_"+bus.BucketIncident)
	if err != nil {
		t.Fatal(err)
	}
	cfg := stream.CachedInfo().Config
	cfg.MaxBytes = 64 << 10
	if _, err := b.JetStream().UpdateStream(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	n := 0
	for ; err == nil && n < 1000; n++ {
		i := sample(n)
		if n < 20 {
			at := i.OpenedAt.Add(time.Hour)
			i.State, i.ResolvedAt = incident.Resolved, &at
		}
		if err = s.Create(t.Context(), i); err == nil {
			err = s.Index(t.Context(), i)
		}
	}
	if !errors.Is(err, incident.ErrFull) {
		t.Fatalf("after %d: %v", n, err)
	}
	if fill, err := s.Fill(t.Context()); fill < 0.9 || fill > 1 || err != nil {
		t.Errorf("Fill = %v, %v", fill, err)
	}
	old := sample(0).OpenedAt.Add(-time.Hour)
	if removed, err := s.Prune(t.Context(), old); removed == 0 || removed > 20 || err != nil {
		t.Errorf("Prune = %d, %v", removed, err)
	}
	if err := s.Create(t.Context(), sample(n)); err != nil {
		t.Errorf("after pruning: %v", err)
	}
	before := stored(t, b)
	for end := time.Now().Add(time.Minute); stored(t, b) >= before; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the marks of removals stay")
		}
	}
	keys, err := stream.Info(t.Context(), jetstream.WithSubjectFilter(">"))
	if err != nil {
		t.Fatal(err)
	}
	for subject, count := range keys.State.Subjects {
		if count != 1 {
			t.Errorf("%d values of %s are kept", count, subject)
		}
	}
}

// TestLargeIncident: one that grows too large for a message of the bus loses its oldest lines, and can be written.
func TestLargeIncident(t *testing.T) {
	s, _ := newStore(t)
	i := sample(0)
	for n := range incident.MaxTimeline {
		i.Timeline = append(i.Timeline, incident.Change{Version: n, Text: i18n.Text{En: strings.Repeat("<\x00", 5_000)}})
	}
	if err := s.Create(t.Context(), i); err != nil {
		t.Fatal(err)
	}
	i.Version++
	if err := s.Update(t.Context(), i); err != nil {
		t.Fatal(err)
	}
	got, err := s.Get(t.Context(), i.ID)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(got.Timeline); n < 10 || n == len(i.Timeline) || got.Timeline[n-1].Version != incident.MaxTimeline-1 {
		t.Errorf("%d lines are kept, the newest of version %d", n, got.Timeline[n-1].Version)
	}
}

// stored is how many messages the bucket holds, marks of removals included.
func stored(t *testing.T, b *bus.Bus) uint64 {
	t.Helper()
	stream, err := b.JetStream().Stream(t.Context(), "KV_"+bus.BucketIncident)
	if err != nil {
		t.Fatal(err)
	}
	return stream.CachedInfo().State.Msgs
}
