package incident_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/incident"
)

// put stores bytes under a key of the bucket, as a newer release or a damaged disk would.
func put(t *testing.T, b *bus.Bus, key, value string) {
	t.Helper()
	kv, err := b.KeyValue(t.Context(), bus.BucketIncident)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := kv.PutString(t.Context(), key, value); err != nil {
		t.Fatal(err)
	}
}

// fill stores n incidents, the oldest first.
func fill(t *testing.T, s *incident.Store, n int) {
	t.Helper()
	for k := range n {
		if err := s.Create(t.Context(), sample(k)); err != nil {
			t.Fatal(err)
		}
	}
}

// TestGuarantee5List: each is counted once, on the page that passes it, wherever that ends.
func TestGuarantee5List(t *testing.T) {
	s, b := newStore(t)
	fill(t, s, 6)
	for k, bad := range map[int]string{0: `{"schema":99}`, 2: "{", 3: "", 5: "\xff"} {
		put(t, b, sample(k).ID, bad)
	}
	if _, err := s.Get(t.Context(), sample(0).ID); !errors.Is(err, incident.ErrUnreadable) {
		t.Errorf("getting one: %v, want ErrUnreadable", err)
	}
	for limit := 1; limit <= 3; limit++ {
		var ids []string
		unreadable := 0
		for q := (incident.Query{Limit: limit}); ; {
			p, err := s.List(t.Context(), q)
			if err != nil {
				t.Fatal(err)
			}
			for _, i := range p.Incidents {
				ids = append(ids, i.ID)
			}
			unreadable += p.Unreadable
			if q.Before = p.Next; p.Next == "" {
				break
			}
		}
		if diff := cmp.Diff([]string{sample(4).ID, sample(1).ID}, ids); diff != "" || unreadable != 4 {
			t.Errorf("pages of %d: %d unreadable, want 4; incidents (-want +got):\n%s", limit, unreadable, diff)
		}
	}
	if n, err := s.Count(t.Context(), incident.Resolved); n != 0 || err != nil {
		t.Errorf("Count = %d, %v, want 0", n, err)
	}
}

// TestListOfARareMatchIsBounded: a page that has passed many ends there, and the next one goes on.
func TestListOfARareMatchIsBounded(t *testing.T) {
	s, _ := newStore(t)
	rare := sample(0)
	rare.Severity = finding.Critical
	if err := s.Create(t.Context(), rare); err != nil {
		t.Fatal(err)
	}
	for k := 1; k <= 1000; k++ {
		if err := s.Create(t.Context(), sample(k)); err != nil {
			t.Fatal(err)
		}
	}
	q := incident.Query{MinSeverity: finding.Critical}
	p, err := s.List(t.Context(), q)
	if err != nil || len(p.Incidents) != 0 || p.Next != sample(1).ID {
		t.Fatalf("first page: %+v, %v", p, err)
	}
	q.Before = p.Next
	if p, err = s.List(t.Context(), q); err != nil || len(p.Incidents) != 1 || p.Next != "" {
		t.Errorf("second page: %+v, %v", p, err)
	}
}

// TestGuarantee5Prune: they stay, and hold up nothing; nor does an unreadable receipt.
func TestGuarantee5Prune(t *testing.T) {
	s, b := newStore(t)
	old := sample(1)
	at := old.OpenedAt.Add(time.Minute)
	old.State, old.ResolvedAt = incident.Resolved, &at
	if err := errors.Join(s.Create(t.Context(), sample(0)), s.Create(t.Context(), old)); err != nil {
		t.Fatal(err)
	}
	put(t, b, sample(0).ID, `{"schema":99}`)
	put(t, b, "receipt."+old.ID+".ops", "{")
	if got, err := s.Receipts(t.Context(), old.ID); len(got) != 0 || err != nil {
		t.Errorf("receipts: %v, %v", got, err)
	}
	if n, err := s.Prune(t.Context(), at.Add(time.Hour)); n != 1 || err != nil {
		t.Errorf("Prune = %d, %v, want 1", n, err)
	}
	if _, err := s.Get(t.Context(), sample(0).ID); !errors.Is(err, incident.ErrUnreadable) {
		t.Errorf("the unreadable one: %v", err)
	}
	if _, err := s.Receipt(t.Context(), old.ID, "ops"); !errors.Is(err, incident.ErrNotFound) {
		t.Errorf("the unreadable receipt: %v", err)
	}
}

// TestGuarantee5Watch: the watch goes on behind one.
func TestGuarantee5Watch(t *testing.T) {
	s, b := newStore(t)
	ctx, cancel := context.WithCancel(t.Context())
	seen := make(chan struct{}, 1000)
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := s.Watch(ctx, func(*incident.Incident) { seen <- struct{}{} }); err != nil {
			t.Errorf("watch: %v", err)
		}
	})
	defer wg.Wait()
	defer cancel()
	// The second sight has an unreadable one before it, since the first says that the watch has begun.
	for n, sights := 1, 0; sights < 2; n++ {
		put(t, b, sample(0).ID, "{")
		if err := s.Create(t.Context(), sample(n)); err != nil {
			t.Fatal(err)
		}
		select {
		case <-seen:
			sights++
		case <-time.After(20 * time.Millisecond):
		case <-t.Context().Done():
			t.Fatal("the watch sees nothing")
		}
	}
}
