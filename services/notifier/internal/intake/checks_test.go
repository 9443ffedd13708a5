package intake

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/forewarn/forewarn/shared/checks"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/incident"
)

func report(id string) *checks.Report {
	r := &checks.Report{
		Schema: checks.SchemaVersion, Type: checks.TypeReport, ID: "examiner:" + id + ":0", Incident: id, Transaction: "voucher-entry",
		Title: i18n.Text{En: "Saving a voucher", Zh: "凭证保存"}, From: start.Add(-time.Hour), At: start,
	}
	for _, n := range checks.Names() {
		r.Checks = append(r.Checks, checks.Check{Name: n, Verdict: checks.Clear})
	}
	r.Checks[1].Verdict = checks.Found
	return r
}

// TestAttach: checks change their incident once, however often they come; the change is an event, people are told of it, and what the incident is
// about afterwards is as without them.
func TestAttach(t *testing.T) {
	a, b := newApplier(t)
	open := say(0, finding.Opened, finding.Warning, "1", "space/volume:a:/")
	apply(t, a, open)
	id := incident.NewID(open.Time, open.ID)
	attach := func(want Result) {
		t.Helper()
		if r, err := a.Attach(t.Context(), report(id)); err != nil || r != want {
			t.Errorf("%s, %v; want %s", r, err, want)
		}
	}
	attach(Examined)
	attach(Repeated)
	got := look(t, b, a.Store)
	if len(got.Incidents) != 1 {
		t.Fatalf("incidents: %+v", got.Incidents)
	}
	i := got.Incidents[0]
	if i.Version != 2 || i.Checks == nil || i.Checks.Checks[1].Verdict != checks.Found || i.Notified.Reason != incident.ReasonExamined || len(i.Notified.Channels) == 0 {
		t.Errorf("incident: %+v", i)
	}
	if done, err := incident.Published(t.Context(), a.Trail, id, 2); !done || err != nil {
		t.Errorf("event: %t, %v", done, err)
	}
	apply(t, a, say(5, finding.Updated, finding.Critical, "1", "space/volume:a:/"))
	apply(t, a, say(9, finding.Resolved, finding.Warning, "1", "space/volume:a:/"))
	attach(Repeated)
	if i := look(t, b, a.Store).Incidents[0]; i.State != incident.Resolved || i.Version != 4 || i.Checks == nil {
		t.Errorf("in the end: %+v", i)
	}
	if r, err := a.Attach(t.Context(), report(incident.NewID(start, "none"))); r != Ignored || err != nil {
		t.Errorf("of no incident: %s, %v", r, err)
	}
}

// TestAttachAfterCrash: what a crash left undone is done when the checks come again.
func TestAttachAfterCrash(t *testing.T) {
	a, b := newApplier(t)
	open := say(0, finding.Opened, finding.Warning, "1", "space/volume:a:/")
	apply(t, a, open)
	id := incident.NewID(open.Time, open.ID)
	cur, err := a.Store.Get(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	step := a.Rules.Attach(cur, report(id))
	if err := a.address(t.Context(), cur, step); err != nil {
		t.Fatal(err)
	}
	if err := a.Store.Update(t.Context(), step.Incident); err != nil { // and no further
		t.Fatal(err)
	}
	if r, err := a.Attach(t.Context(), report(id)); r != Repeated || err != nil {
		t.Errorf("%s, %v", r, err)
	}
	if done, err := incident.Published(t.Context(), a.Trail, id, 2); !done || err != nil {
		t.Errorf("event: %t, %v", done, err)
	}
	if q := look(t, b, a.Store).Queue; len(q) != 2 || q[1] != id+".2.ops" {
		t.Errorf("deliveries %v, want one of the opening and one of the checks", q)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := a.Attach(ctx, report(id)); !errors.Is(err, context.Canceled) {
		t.Errorf("without a bus: %v", err)
	}
}
