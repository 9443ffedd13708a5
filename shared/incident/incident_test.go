package incident_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/bustest"
	"github.com/forewarn/forewarn/shared/entity"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/incident"
)

var start = time.Date(2026, 1, 27, 9, 0, 0, 0, time.UTC)

// sample returns the n-th incident of a test, an hour after the one before.
func sample(n int) *incident.Incident {
	at := start.Add(time.Duration(n) * time.Hour)
	id := fmt.Sprintf("trend:00:%d:0", n)
	return &incident.Incident{
		Schema: incident.SchemaVersion, ID: incident.NewID(at, id), State: incident.Open, Version: 1,
		Kind: finding.Exhaustion, Severity: finding.Warning, Worst: finding.Warning,
		Entity: entity.Entity{ID: "volume:erp-01:/u01", Root: "host:erp-01", Name: "/u01 on erp-01"},
		Signal: fmt.Sprintf("filesystem-space/volume:erp-%02d:/u01", n), OpenedAt: at, UpdatedAt: at,
		Title:    i18n.Text{En: "full", Zh: "满"},
		Episodes: []string{"e" + id}, Marks: []incident.Mark{{Finding: id, Time: at, Version: 1}}, LastFinding: id,
		Timeline: []incident.Change{{Time: at, Version: 1, Action: finding.Opened, Level: finding.Warning, Actor: "forewarn"}},
	}
}

func newStore(t testing.TB) (*incident.Store, *bus.Bus) {
	t.Helper()
	b := bustest.New(t)
	kv, err := b.KeyValue(t.Context(), bus.BucketIncident)
	if err != nil {
		t.Fatal(err)
	}
	return incident.NewStore(kv), b
}

// TestGuarantee1CompareAndSet: of two writers that read the same revision, one fails.
func TestGuarantee1CompareAndSet(t *testing.T) {
	s, _ := newStore(t)
	i := sample(1)
	if err := s.Create(t.Context(), i); err != nil {
		t.Fatal(err)
	}
	if err := s.Create(t.Context(), sample(1)); !errors.Is(err, incident.ErrConflict) {
		t.Errorf("creating it twice: %v, want ErrConflict", err)
	}
	a, err := s.Get(t.Context(), i.ID)
	if err != nil {
		t.Fatal(err)
	}
	b := *a
	a.Severity, a.Version = finding.Critical, 2
	if err := s.Update(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	b.Version = 2
	if err := s.Update(t.Context(), &b); !errors.Is(err, incident.ErrConflict) {
		t.Errorf("updating an old revision: %v, want ErrConflict", err)
	}
	got, err := s.Get(t.Context(), i.ID)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(a, got); diff != "" {
		t.Errorf("stored incident (-written +read):\n%s", diff)
	}
}

// TestGuarantee2And3IDs: ids are the same for the same finding, and sort by time.
func TestGuarantee2And3IDs(t *testing.T) {
	a, b := incident.NewID(start, "trend:00:1:0"), incident.NewID(start, "trend:00:1:0")
	if a != b || !incident.ValidID(a) {
		t.Errorf("ids of one finding are %q and %q", a, b)
	}
	if incident.NewID(start, "trend:00:2:0") == a {
		t.Error("ids of two findings are the same")
	}
	if later := incident.NewID(start.Add(time.Millisecond), "a"); later <= a {
		t.Errorf("%s does not sort after %s", later, a)
	}
	for _, odd := range []time.Time{{}, time.Unix(-5, 0), time.Unix(1<<55, 0)} {
		if id := incident.NewID(odd, "x"); !incident.ValidID(id) {
			t.Errorf("id at %v is %q", odd, id)
		}
	}
	for _, bad := range []string{"", "*", "open.x", "01ARZ3NDEKTSV4RRFFQ69G5FA", "01arz3ndektsv4rrffq69g5fav", "../01ARZ3NDEKTSV4RRFFQ69G5FAV"} {
		if incident.ValidID(bad) {
			t.Errorf("%q passes as an id", bad)
		}
	}
}

// TestGuarantee4Events: publishing an event again changes nothing, and Published knows.
func TestGuarantee4Events(t *testing.T) {
	s, b := newStore(t)
	i := sample(1)
	if err := s.Create(t.Context(), i); err != nil {
		t.Fatal(err)
	}
	trail, err := incident.OpenTrail(t.Context(), b.JetStream())
	if err != nil {
		t.Fatal(err)
	}
	published := func(version int) bool {
		t.Helper()
		ok, err := incident.Published(t.Context(), trail, i.ID, version)
		if err != nil {
			t.Fatal(err)
		}
		return ok
	}
	if published(1) {
		t.Error("published before it was")
	}
	e := incident.NewEvent(i, i.Timeline[0])
	for range 2 {
		if err := incident.PublishEvent(t.Context(), b.JetStream(), e); err != nil {
			t.Fatal(err)
		}
	}
	if !published(1) || published(2) {
		t.Error("Published does not tell version 1 from 2")
	}
	stream, err := b.JetStream().Stream(t.Context(), bus.StreamIncidents)
	if err != nil {
		t.Fatal(err)
	}
	if n := stream.CachedInfo().State.Msgs; n != 1 {
		t.Errorf("%d events on the stream, want 1", n)
	}
}

func TestListAndIndex(t *testing.T) {
	s, _ := newStore(t)
	var all []string
	for n := range 7 {
		i := sample(n)
		if err := s.Create(t.Context(), i); err != nil {
			t.Fatal(err)
		}
		if n%2 == 1 {
			i.State, i.Version, i.Severity = incident.Resolved, 2, finding.Critical
			at := i.OpenedAt.Add(time.Minute)
			i.ResolvedAt = &at
			if err := s.Update(t.Context(), i); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Index(t.Context(), i); err != nil {
			t.Fatal(err)
		}
		all = append([]string{i.ID}, all...)
	}
	list := func(q incident.Query) (ids []string) {
		t.Helper()
		for {
			p, err := s.List(t.Context(), q)
			if err != nil {
				t.Fatal(err)
			}
			for _, i := range p.Incidents {
				ids = append(ids, i.ID)
			}
			if q.Before = p.Next; p.Next == "" {
				return ids
			}
		}
	}
	check := func(name string, q incident.Query, want ...string) {
		t.Helper()
		if diff := cmp.Diff(want, list(q), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	check("all", incident.Query{}, all...)
	check("pages of two", incident.Query{Limit: 2}, all...)
	check("open", incident.Query{State: incident.Open, Limit: 3}, all[0], all[2], all[4], all[6])
	check("resolved", incident.Query{State: incident.Resolved, Limit: 1}, all[1], all[3], all[5])
	check("critical", incident.Query{MinSeverity: finding.Critical}, all[1], all[3], all[5])
	check("another root", incident.Query{Root: "host:elsewhere"})

	i := sample(3)
	id, err := s.IDByEpisode(t.Context(), i.Episodes[0])
	if err != nil || id != i.ID {
		t.Errorf("episode leads to %q, %v", id, err)
	}
	if id, err = s.IDByFault(t.Context(), i.Fault()); err != nil || id != i.ID {
		t.Errorf("fault leads to %q, %v", id, err)
	}
	if _, err := s.IDByEpisode(t.Context(), "no such"); !errors.Is(err, incident.ErrNotFound) {
		t.Errorf("unknown episode: %v", err)
	}
	if _, err := s.Get(t.Context(), "episode.x"); !errors.Is(err, incident.ErrNotFound) {
		t.Errorf("a key that is no id: %v", err)
	}
	if n, err := s.Count(t.Context(), incident.Resolved); n != 3 || err != nil {
		t.Errorf("Count = %d, %v, want 3", n, err)
	}
}

func TestWatch(t *testing.T) {
	s, _ := newStore(t)
	if err := s.Create(t.Context(), sample(0)); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	seen := make(chan *incident.Incident, 1)
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := s.Watch(ctx, func(i *incident.Incident) {
			select {
			case seen <- i:
			default:
			}
		}); err != nil {
			t.Errorf("watch: %v", err)
		}
	})
	// The watch begins at some time; incidents are made until it sees one. None of the old ones is shown.
	for n := 1; ; n++ {
		i := sample(n)
		if err := errors.Join(s.Create(t.Context(), i), s.Index(t.Context(), i)); err != nil {
			t.Fatal(err)
		}
		select {
		case got := <-seen:
			if got.ID == sample(0).ID || got.Revision == 0 {
				t.Errorf("watch shows %s at revision %d", got.ID, got.Revision)
			}
			cancel()
			wg.Wait()
			return
		case <-time.After(20 * time.Millisecond):
		case <-t.Context().Done():
			t.Fatal("the watch sees nothing")
		}
	}
}

// TestOpenAt: the open incidents of a place, the newest first, and no key of them stays when they are gone.
func TestOpenAt(t *testing.T) {
	s, b := newStore(t)
	in := func(n int, root string) *incident.Incident {
		i := sample(n)
		i.Places = strings.Fields(root)
		i.Marks = []incident.Mark{{Fault: "log of a message"}, {}}
		i.Episodes = []string{fmt.Sprint("m", n), fmt.Sprint("p", n)}
		if err := errors.Join(s.Create(t.Context(), i), s.Index(t.Context(), i)); err != nil {
			t.Fatal(err)
		}
		return i
	}
	a, c, other := in(1, "host:a"), in(2, "host:a"), in(3, "host:ab")
	in(4, "")
	far := in(5, "host:far")
	far.Places = []string{"host:far", "host:ab", "deployment:d"}
	if err := s.Index(t.Context(), far); err != nil {
		t.Fatal(err)
	}
	check := func(root string, limit int, want ...string) {
		t.Helper()
		open, err := s.OpenAt(t.Context(), strings.Fields(root), limit)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, i := range open {
			got = append(got, i.ID)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("in %q (-want +got):\n%s", root, diff)
		}
	}
	check("host:a", 9, c.ID, a.ID)
	check("host:a", 1, c.ID)
	check("host:ab", 9, far.ID, other.ID)
	check("host:ab host:a deployment:d host:far", 3, far.ID, other.ID, c.ID)
	check("host:c", 9)
	end := c.OpenedAt.Add(time.Hour)
	c.State, c.ResolvedAt = incident.Resolved, &end
	if err := errors.Join(s.Update(t.Context(), c), s.Index(t.Context(), c)); err != nil {
		t.Fatal(err)
	}
	check("host:a", 9, a.ID)
	far.State, far.ResolvedAt = incident.Resolved, &end
	if err := errors.Join(s.Update(t.Context(), far), s.Index(t.Context(), far)); err != nil {
		t.Fatal(err)
	}
	check("host:ab host:far deployment:d", 9, other.ID)
	if n, err := s.Prune(t.Context(), end.Add(time.Minute)); n != 1 || err != nil {
		t.Errorf("Prune = %d, %v", n, err)
	}
	kv, err := b.KeyValue(t.Context(), bus.BucketIncident)
	if err != nil {
		t.Fatal(err)
	}
	l, err := kv.ListKeys(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for key := range l.Keys() {
		if e, err := kv.Get(t.Context(), key); err == nil && strings.Contains(string(e.Value()), c.ID) {
			t.Errorf("%s leads to what was removed", key)
		}
	}
}

func TestReceiptsAndPrune(t *testing.T) {
	s, _ := newStore(t)
	i := sample(0)
	at := i.OpenedAt.Add(time.Hour)
	i.State, i.ResolvedAt = incident.Resolved, &at
	if err := errors.Join(s.Create(t.Context(), i), s.Index(t.Context(), i), s.Create(t.Context(), sample(1))); err != nil {
		t.Fatal(err)
	}
	want := incident.Receipt{Channel: "ops", Version: 3, Time: at, Outcome: incident.Delivered, Attempts: 2}
	if err := s.PutReceipt(t.Context(), i.ID, want); err != nil {
		t.Fatal(err)
	}
	got, err := s.Receipts(t.Context(), i.ID)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]incident.Receipt{want}, got); diff != "" {
		t.Errorf("receipts (-want +got):\n%s", diff)
	}
	prune := func(before time.Time, want int) {
		t.Helper()
		if n, err := s.Prune(t.Context(), before); n != want || err != nil {
			t.Errorf("Prune(%v) = %d, %v, want %d", before, n, err, want)
		}
	}
	prune(at.Add(-time.Minute), 0)
	prune(at.Add(time.Minute), 1)
	if _, err := s.Get(t.Context(), i.ID); !errors.Is(err, incident.ErrNotFound) {
		t.Errorf("a pruned incident: %v", err)
	}
	if _, err := s.Receipt(t.Context(), i.ID, "ops"); !errors.Is(err, incident.ErrNotFound) {
		t.Errorf("its receipt: %v", err)
	}
	if _, err := s.Get(t.Context(), sample(1).ID); err != nil {
		t.Errorf("an open incident was pruned: %v", err)
	}
}

// TestByRoot: the newest incident with a trouble in an outermost entity is found by that, open or not, until it is removed; notes lead to
// nothing.
func TestByRoot(t *testing.T) {
	s, _ := newStore(t)
	mark := func(i *incident.Incident, root string, note bool) {
		i.Episodes = append(i.Episodes, root+i.ID)
		i.Marks = append(i.Marks, incident.Mark{
			Finding: "x", Version: i.Version, Note: note,
			Trouble: &incident.Trouble{Kind: finding.Anomaly, Signal: "x/" + root, Entity: entity.Entity{ID: root, Root: root}},
		})
	}
	old, young := sample(0), sample(1)
	mark(old, "host:a", false)
	mark(old, "host:b", false)
	mark(young, "host:a", false)
	mark(young, "host:c", true)
	for _, i := range []*incident.Incident{young, old} {
		at := i.OpenedAt.Add(time.Hour)
		i.State, i.ResolvedAt = incident.Resolved, &at
		if err := errors.Join(s.Create(t.Context(), i), s.Index(t.Context(), i)); err != nil {
			t.Fatal(err)
		}
	}
	leads := func(root, want string) {
		t.Helper()
		if id, err := s.IDByRoot(t.Context(), root); id != want || err != nil && !errors.Is(err, incident.ErrNotFound) {
			t.Errorf("%s leads to %q, %v, want %q", root, id, err, want)
		}
	}
	leads("host:a", young.ID)
	leads("host:b", old.ID)
	leads("host:c", "")
	if n, err := s.Prune(t.Context(), old.ResolvedAt.Add(time.Second)); n != 1 || err != nil {
		t.Fatalf("pruned %d, %v", n, err)
	}
	leads("host:a", young.ID)
	leads("host:b", "")
}

// racingKV calls race once, when the receipts of an incident are listed.
type racingKV struct {
	jetstream.KeyValue
	race func()
}

func (r *racingKV) ListKeysFiltered(ctx context.Context, filters ...string) (jetstream.KeyLister, error) {
	if race := r.race; race != nil && strings.HasPrefix(filters[0], "receipt.") {
		r.race = nil
		race()
	}
	return r.KeyValue.ListKeysFiltered(ctx, filters...)
}

// TestPruneOfAReopenedIncident: one that opens again after it was read is no longer one to remove.
func TestPruneOfAReopenedIncident(t *testing.T) {
	s, b := newStore(t)
	i := sample(0)
	at := i.OpenedAt.Add(time.Hour)
	i.State, i.ResolvedAt = incident.Resolved, &at
	if err := errors.Join(s.Create(t.Context(), i), s.Index(t.Context(), i)); err != nil {
		t.Fatal(err)
	}
	kv, err := b.KeyValue(t.Context(), bus.BucketIncident)
	if err != nil {
		t.Fatal(err)
	}
	pruner := incident.NewStore(&racingKV{kv, func() {
		i.State, i.ResolvedAt, i.Version = incident.Open, nil, i.Version+1
		if err := errors.Join(s.Update(t.Context(), i), s.Index(t.Context(), i)); err != nil {
			t.Error(err)
		}
	}})
	if n, err := pruner.Prune(t.Context(), at.Add(time.Minute)); n != 0 || err != nil {
		t.Errorf("Prune = %d, %v", n, err)
	}
	page, err := s.List(t.Context(), incident.Query{State: incident.Open})
	if err != nil || len(page.Incidents) != 1 {
		t.Errorf("open incidents: %+v, %v", page, err)
	}
}

func FuzzDecode(f *testing.F) {
	data, err := incident.Encode(sample(1))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte(`{"schema":2}`))
	f.Add([]byte(`{"schema":1,"id":"01ARZ3NDEKTSV4RRFFQ69G5FAV","state":"open","version":1,"severity":"info","worst":"info","episodes":["a"]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		i, err := incident.Decode(data)
		if err != nil {
			return
		}
		again, err := incident.Encode(i)
		if err != nil {
			t.Fatalf("what was decoded cannot be encoded: %v", err)
		}
		j, err := incident.Decode(again)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(i, j, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("round trip (-first +second):\n%s", diff)
		}
	})
}

func FuzzDecodeEvent(f *testing.F) {
	i := sample(1)
	data, err := incident.EncodeEvent(incident.NewEvent(i, i.Timeline[0]))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte(`{}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		e, err := incident.DecodeEvent(data)
		if err != nil {
			return
		}
		if _, err := incident.EncodeEvent(e); err != nil {
			t.Fatalf("what was decoded cannot be encoded: %v", err)
		}
	})
}

func BenchmarkList(b *testing.B) {
	s, _ := newStore(b)
	for n := range 1000 {
		i := sample(n)
		if err := s.Create(b.Context(), i); err != nil {
			b.Fatal(err)
		}
		if n%10 == 0 {
			if err := s.Index(b.Context(), i); err != nil {
				b.Fatal(err)
			}
		}
	}
	for name, q := range map[string]incident.Query{"all": {}, "open": {State: incident.Open}} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if p, err := s.List(b.Context(), q); err != nil || len(p.Incidents) != 50 {
					b.Fatal(len(p.Incidents), err)
				}
			}
		})
	}
}
