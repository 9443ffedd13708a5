package incident_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/incident"
)

// placed is a sample that is found by where it is.
func placed(n int) *incident.Incident {
	i := sample(n)
	i.Places = []string{"host:erp-01", "site:a"}
	return i
}

// table is a bucket with its bus.
type table struct {
	*incident.Store
	kv jetstream.KeyValue
	js jetstream.JetStream
}

func newTable(t *testing.T) *table {
	t.Helper()
	s, b := newStore(t)
	kv, err := b.KeyValue(t.Context(), bus.BucketIncident)
	if err != nil {
		t.Fatal(err)
	}
	return &table{s, kv, b.JetStream()}
}

// holds returns what the bucket holds.
func (x *table) holds(t *testing.T) map[string]string {
	t.Helper()
	l, err := x.kv.ListKeys(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for key := range l.Keys() {
		e, err := x.kv.Get(t.Context(), key)
		if err != nil {
			t.Fatal(err)
		}
		out[key] = string(e.Value())
	}
	return out
}

// TestDraft: what is done to a draft is seen by it at once and by nobody else, and is in the bucket after the commit as if it had been done there.
func TestDraft(t *testing.T) {
	ctx := t.Context()
	x, y := newTable(t), newTable(t)
	old, other := placed(1), placed(2)
	for _, s := range []*table{x, y} {
		for _, i := range []*incident.Incident{old, other} {
			own := *i
			if err := errors.Join(s.Create(ctx, &own), s.Index(ctx, &own)); err != nil {
				t.Fatal(err)
			}
		}
	}
	d := x.Draft()
	before := x.holds(t)
	for _, s := range []*incident.Store{d.Store, y.Store} {
		change(t, s, old.ID)
	}
	if diff := cmp.Diff(before, x.holds(t)); diff != "" {
		t.Errorf("the bucket before the commit (-want +got):\n%s", diff)
	}
	if i, err := d.Get(ctx, old.ID); err != nil || i.State != incident.Resolved || !d.Changed(old.ID) || d.Changed(other.ID) {
		t.Errorf("the draft sees %+v, %v", i, err)
	}
	if err := d.Commit(ctx, x.js); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(y.holds(t), x.holds(t)); diff != "" {
		t.Errorf("one by one, and by a draft (-want +got):\n%s", diff)
	}
}

// change does everything that a store can.
func change(t *testing.T, s *incident.Store, id string) {
	t.Helper()
	ctx := t.Context()
	i, err := s.Get(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	i.State, i.Version = incident.Resolved, i.Version+1
	fresh := placed(3)
	err = errors.Join(s.Update(ctx, i), s.Index(ctx, i), s.Create(ctx, fresh), s.Index(ctx, fresh), s.Update(ctx, fresh),
		s.PutReceipt(ctx, id, incident.Receipt{Channel: "ops", Version: 2}), s.PutNotes(ctx, "host:a", []incident.Note{{Episode: "e"}}), s.IndexHeld(ctx, fresh))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Create(ctx, placed(3)); !errors.Is(err, incident.ErrConflict) {
		t.Errorf("created twice: %v", err)
	}
}

// TestDraftBack takes back what came after a mark, and nothing else.
func TestDraftBack(t *testing.T) {
	ctx := t.Context()
	x := newTable(t)
	d := x.Draft()
	first := placed(1)
	if err := d.Create(ctx, first); err != nil {
		t.Fatal(err)
	}
	mark, title := d.Mark(), first.Title.En
	first.Title.En = "changed"
	if err := errors.Join(d.Update(ctx, first), d.Index(ctx, first), d.Create(ctx, placed(2))); err != nil {
		t.Fatal(err)
	}
	d.Back(mark)
	if i, err := d.Get(ctx, first.ID); err != nil || i.Title.En != title || d.Changes() != 1 {
		t.Errorf("after going back: %+v, %v, %d changes", i, err, d.Changes())
	}
	if err := d.Commit(ctx, x.js); err != nil || len(x.holds(t)) != 1 {
		t.Errorf("%v, the bucket holds %v", err, x.holds(t))
	}
}

// TestDraftConflict: nothing is written if somebody else has changed any of it, or made what it makes.
func TestDraftConflict(t *testing.T) {
	ctx := t.Context()
	for name, race := range map[string]func(*table, *incident.Incident) error{
		"changed": func(x *table, i *incident.Incident) error { return x.Update(ctx, i) },
		"made":    func(x *table, _ *incident.Incident) error { return x.Create(ctx, placed(2)) },
	} {
		x := newTable(t)
		i := placed(1)
		if err := x.Create(ctx, i); err != nil {
			t.Fatal(err)
		}
		d, own := x.Draft(), *i
		if err := errors.Join(d.Update(ctx, &own), d.Create(ctx, placed(2)), d.Index(ctx, &own)); err != nil {
			t.Fatal(err)
		}
		if err := race(x, i); err != nil {
			t.Fatal(err)
		}
		before := x.holds(t)
		if err := d.Commit(ctx, x.js); !errors.Is(err, incident.ErrConflict) {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff(before, x.holds(t)); diff != "" {
			t.Errorf("%s: the bucket (-want +got):\n%s", name, diff)
		}
	}
}

// TestReceiptsTogether: each is there.
func TestReceiptsTogether(t *testing.T) {
	x := newTable(t)
	all := map[string]incident.Receipt{}
	for k := range 5 {
		all[placed(k).ID] = incident.Receipt{Channel: "ops", Version: k + 1, Outcome: incident.Delivered}
	}
	if err := x.PutReceipts(t.Context(), x.js, all); err != nil {
		t.Fatal(err)
	}
	for id, want := range all {
		if got, err := x.Receipt(t.Context(), id, "ops"); err != nil || got != want {
			t.Errorf("%+v, %v, want %+v", got, err, want)
		}
	}
}
