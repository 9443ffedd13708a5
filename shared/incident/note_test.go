package incident_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/entity"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/incident"
)

// TestNotes: notes are those of one entity, what is damaged is none, and the old ones go.
func TestNotes(t *testing.T) {
	s, b := newStore(t)
	at := time.Date(2026, 1, 27, 9, 0, 0, 0, time.UTC)
	note := incident.Note{
		Episode: "e", Finding: "f", Time: at, Severity: finding.Info,
		Trouble: incident.Trouble{Kind: finding.Anomaly, Signal: "host-load/host:a", Entity: entity.Outermost(entity.Host, "", "a"), Since: at, Present: &at},
	}
	fresh := note
	fresh.Time = at.Add(time.Hour)
	for root, notes := range map[string][]incident.Note{"host:a": {note}, "host:b": {note, fresh}} {
		if err := s.PutNotes(t.Context(), root, notes); err != nil {
			t.Fatal(err)
		}
	}
	check := func(root string, want []incident.Note) {
		t.Helper()
		got, err := s.Notes(t.Context(), root)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("of %s (-want +got):\n%s", root, diff)
		}
	}
	check("host:a", []incident.Note{note})
	check("host:c", nil)
	if n, err := s.PruneNotes(t.Context(), at.Add(time.Minute)); n != 1 || err != nil {
		t.Errorf("PruneNotes = %d, %v", n, err)
	}
	check("host:a", nil)
	check("host:b", []incident.Note{note, fresh})
	kv, err := b.KeyValue(t.Context(), bus.BucketIncident)
	if err != nil {
		t.Fatal(err)
	}
	l, err := kv.ListKeys(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for key := range l.Keys() {
		if _, err := kv.PutString(t.Context(), key, "damaged"); err != nil {
			t.Fatal(err)
		}
	}
	check("host:b", nil)
}

func TestLikeliestAndAffected(t *testing.T) {
	of := func(id string) *incident.Trouble {
		return &incident.Trouble{Kind: finding.Anomaly, Signal: "s/" + id, Entity: entity.Entity{ID: id}}
	}
	i := incident.Incident{
		Kind: finding.Anomaly, Signal: "s/host:a", Entity: entity.Entity{ID: "host:a"},
		Marks: []incident.Mark{{Trouble: of("host:a")}, {Trouble: of("host:n"), Note: true}, {}, {Trouble: of("host:b")}, {Trouble: of("host:b")}},
	}
	var ids []string
	for _, e := range i.Affected() {
		ids = append(ids, e.ID)
	}
	if diff := cmp.Diff([]string{"host:a", "host:b", "host:n"}, ids); diff != "" {
		t.Error(diff)
	}
	if i.Likeliest() != nil {
		t.Error("there is a cause where none is known")
	}
	i.Causes = []incident.Cause{{Kind: finding.Anomaly, Signal: "s/host:a"}, {Kind: finding.Log, Signal: "s/host:b"}}
	if i.Likeliest() != nil {
		t.Error("what the incident is about is told as another cause")
	}
	i.Causes = i.Causes[1:]
	if c := i.Likeliest(); c == nil || c.Signal != "s/host:b" {
		t.Errorf("likeliest: %+v", c)
	}
}
