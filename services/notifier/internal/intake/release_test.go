package intake

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/forewarn/forewarn/services/notifier/internal/life"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/incident"
	"github.com/forewarn/forewarn/shared/topology"
)

// holder holds everything before a time.
type holder struct{ until time.Time }

func (h holder) Hold(_ context.Context, _ *incident.Store, _ *incident.Incident, at time.Time) (*incident.Hold, error) {
	if !at.Before(h.until) {
		return nil, nil //nolint:nilnil // nothing holds it
	}
	return &incident.Hold{By: incident.ByMaintenance, Name: "restart"}, nil
}

func (holder) Rest(*topology.Graph) {}

// TestRelease: what is held is queued for nobody; when nothing holds it any more it is queued once, also if a crash came in between.
func TestRelease(t *testing.T) {
	a, b := newApplier(t)
	until := start.Add(time.Hour)
	a.Holder = holder{until}
	open := say(0, finding.Opened, finding.Warning, "1", "space/volume:a:/")
	apply(t, a, open)
	apply(t, a, say(1, finding.Updated, finding.Critical, "1", "space/volume:a:/"))
	id := incident.NewID(open.Time, open.ID)
	release := func(at time.Time, want Result) {
		t.Helper()
		if r, err := a.Release(t.Context(), incident.Release{Incident: id, Version: 2, Time: at}); r != want || err != nil {
			t.Errorf("%s, %v; want %s", r, err, want)
		}
	}
	release(until.Add(-time.Second), Ignored)
	cur, err := a.Store.Get(t.Context(), id)
	if err != nil || cur.Held == nil || cur.Held.Notices != 2 || cur.Aware != nil || len(look(t, b, a.Store).Queue) != 0 {
		t.Fatalf("held %+v, %v, queued %v", cur.Held, err, look(t, b, a.Store).Queue)
	}
	step := life.Release(cur, until)
	if err := a.address(t.Context(), cur, step); err != nil {
		t.Fatal(err)
	}
	if err := a.Store.Update(t.Context(), step.Incident); err != nil { // and no further
		t.Fatal(err)
	}
	release(until, Repeated)
	release(until, Repeated)
	if diff := cmp.Diff([]string{id + ".3.ops", id + ".3.night"}, look(t, b, a.Store).Queue); diff != "" {
		t.Errorf("queued (-want +got):\n%s", diff)
	}
	if held, err := a.Store.Held(t.Context()); err != nil || len(held) != 0 {
		t.Errorf("%d are held, %v", len(held), err)
	}
	apply(t, a, say(70, finding.Resolved, finding.Info, "1", "space/volume:a:/"))
	release(until, Ignored)
	if q := look(t, b, a.Store).Queue; len(q) != 4 {
		t.Errorf("queued %v, want the end for both who know of the beginning", q)
	}
}

// TestReleaseOfNothing: what came and went while it was held is told to nobody, also at its end.
func TestReleaseOfNothing(t *testing.T) {
	a, b := newApplier(t)
	until := start.Add(time.Hour)
	a.Holder = holder{until}
	open := say(0, finding.Opened, finding.Critical, "1", "space/volume:a:/")
	apply(t, a, open)
	apply(t, a, say(1, finding.Resolved, finding.Info, "1", "space/volume:a:/"))
	r, err := a.Release(t.Context(), incident.Release{Incident: incident.NewID(open.Time, open.ID), Version: 2, Time: until})
	if q := look(t, b, a.Store).Queue; r != ReleasedIncident || err != nil || len(q) != 0 {
		t.Errorf("%s, %v, queued %v", r, err, q)
	}
}
